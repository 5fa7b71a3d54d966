/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of a dataset holds beside its own rows, for those that write parts; on one rank
 * but for the digest.  Errors are those of store/h5_write.h. */
#ifndef PATRON_DATA_DATASET_PARTS_H
#define PATRON_DATA_DATASET_PARTS_H

#include "patron/data.h"
#include "store/h5_place.h"
#include "store/h5_write.h"
#include "store/output.h"

#include <limits.h>
#include <stddef.h>

enum { PATRON_PART_PATH = PATH_MAX + 64 }; /* room for a name below a partial output */

enum { PATRON_PART_NAME = sizeof "part-4294967295.h5" };

/* Name of part `part` in its folder. */
void patron_part_name(uint32_t part, char name[PATRON_PART_NAME]);

/* Name of part `part` under the output's partial name, or that name itself where parts is 0. */
void patron_part_path(const patron_output *output, uint32_t part, uint32_t parts, char *path,
                      size_t capacity);

/* Root attributes of part `part` of `parts`, which holds these rows and baskets. */
patron_status patron_part_write_root(const patron_h5_file *file,
                                     const patron_dataset_content *content, uint32_t part,
                                     uint32_t parts, patron_range rows, patron_range baskets);

/* What ids are, to /customers/id. */
patron_status patron_part_attach_ids(const patron_h5_file *file,
                                     const patron_dataset_content *content);

/* Names, units and sources of the columns, to /customers/features. */
patron_status patron_part_attach_columns(const patron_h5_file *file,
                                         const patron_dataset_content *content);

/* The dictionary, and the figures of /quality where there are any. */
patron_status patron_part_write_items(const patron_h5_file *file,
                                      const patron_dataset_content *content);
patron_status patron_part_write_quality(const patron_h5_file *file,
                                        const patron_dataset_content *content);

/* Writes `count` entries of an array, the first of which is entry `first` of this part, to where
 * they have their place in its file; from any rank.  IO. */
patron_status patron_part_write_entries(patron_output *output, uint32_t part, uint32_t parts,
                                        const patron_h5_place *place, uint64_t first,
                                        uint64_t count, const void *entries);

/* Takes the digest of what was written (all ranks share the work) and records it in every file.
 * Collective. */
patron_status patron_dataset_record_digest(const patron_comm *comm, int threads,
                                           const patron_output *output, uint32_t parts,
                                           char digest[PATRON_DIGEST_CAPACITY]);

#endif
