/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets that lie spread over ranks; FIMI baskets of a plain file, read by all ranks and threads
 * side by side. */
#ifndef PATRON_INGEST_FIMI_RANGES_H
#define PATRON_INGEST_FIMI_RANGES_H

#include "patron/data.h"

#include <stdbool.h>
#include <stdint.h>

/* Baskets of this rank in CSR form, a range of the file's lines, and the names of all items. */
typedef struct patron_basket_range {
    uint64_t count;
    uint64_t *offsets; /* to free() */
    uint32_t *items;   /* to free() */
    patron_texts names;
} patron_basket_range;

/* Reads `path`.  *is_plain is false, and there is nothing in *range, where this is not the way to
 * read it: it is no regular file that all ranks see, it is compressed, or holds anything but lines
 * of item numbers below 2^20; patron_ingest_baskets then tells what is wrong, or reads it.
 * Collective; RESOURCE. */
patron_status patron_basket_range_read(const patron_comm *comm, const char *path, int threads,
                                       bool *is_plain, patron_basket_range *range);

/* Fills the frame of a dataset of these baskets: its numbers, names (taken from `range`) and
 * figures.  Collective; RESOURCE. */
patron_status patron_basket_range_frame(const patron_comm *comm, patron_basket_range *range,
                                        patron_dataset_content *frame);

/* Writes the baskets of all ranks as a dataset, as patron_dataset_write does.  Collective. */
patron_status patron_basket_range_write(const patron_comm *comm, int threads,
                                        const patron_basket_range *range,
                                        const patron_dataset_content *frame, const char *path,
                                        uint32_t parts, bool force,
                                        char digest[PATRON_DIGEST_CAPACITY]);

void patron_basket_range_free(patron_basket_range *range);

#endif
