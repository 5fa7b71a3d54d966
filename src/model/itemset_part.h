/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that itemset models are made of: what one mining found, laid out below a path; for
 * this folder alone. */
#ifndef PATRON_MODEL_ITEMSET_PART_H
#define PATRON_MODEL_ITEMSET_PART_H

#include "model/itemset_model.h"
#include "store/output.h"

/* Places in the file of the arrays that ranks fill. */
enum { PATRON_ITEMSET_PART_SLOTS = 19 };

/* What tells that the file is an itemset model, and its dictionary.  On one rank. */
patron_status patron_itemset_model_header(const patron_h5_file *file, const patron_texts *names,
                                          const patron_texts *labels);

/* All of the groups `prefix`/itemsets and `prefix`/rules but what ranks fill side by side, whose
 * places it leaves in offsets[PATRON_ITEMSET_PART_SLOTS].  On one rank. */
patron_status patron_itemset_part_lay_out(const patron_h5_file *file, const char *prefix,
                                          const patron_itemset_model *model, uint64_t *offsets);

/* Writes this rank's slices there. */
patron_status patron_itemset_part_write(patron_output *output, const patron_itemset_model *model,
                                        const uint64_t *offsets);

/* The same for the sides of rules alone, below the group `prefix`/rules, which exists. */
patron_status patron_itemset_sides_reserve(const patron_h5_file *file, const char *prefix,
                                           const patron_itemset_rules *rules, uint64_t *offsets);
patron_status patron_itemset_sides_write(patron_output *output, const patron_itemset_rules *rules,
                                         const uint64_t *offsets);

#endif
