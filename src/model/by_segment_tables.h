/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of an itemset model of segments; of items and rules as many rows as are asked for. For
 * this folder alone, and not collective.  All structs start zeroed, and are to be freed whatever is
 * returned.  DATA, IO, RESOURCE. */
#ifndef PATRON_MODEL_BY_SEGMENT_TABLES_H
#define PATRON_MODEL_BY_SEGMENT_TABLES_H

#include "model/verify_lists.h"

/* What the segments are. */
typedef struct patron_by_segment_figures {
    uint64_t k, total;
    uint64_t *baskets, *customers; /* k */
    uint64_t *min_counts;          /* k; the caller's to fill */
} patron_by_segment_figures;

/* The part of all tables is /by_segment.  Checks that baskets add up, and are enough for their
 * customers. */
patron_status patron_by_segment_figures_read(const patron_model_part *part,
                                             patron_by_segment_figures *figures);
void patron_by_segment_figures_free(patron_by_segment_figures *figures);

typedef struct patron_by_segment_items {
    uint64_t total; /* rows of the table */
    patron_range range;
    uint64_t *items; /* range.count */
    uint64_t *held;  /* range.count x k, none above the segment's baskets */
} patron_by_segment_items;

patron_status patron_by_segment_items_count(const patron_model_part *part, uint64_t *count);
patron_status patron_by_segment_items_read(const patron_model_part *part,
                                           const patron_by_segment_figures *figures, uint64_t total,
                                           patron_range range, patron_by_segment_items *items);
void patron_by_segment_items_free(patron_by_segment_items *items);

/* Counts of rules, range.count x k, none above the segment's baskets. */
typedef struct patron_by_segment_rules {
    uint64_t total; /* rules of the table, as patron_sides_count has them */
    patron_range range;
    patron_side_lists sides;
    uint64_t *both, *antecedent, *consequent;
} patron_by_segment_rules;

patron_status patron_by_segment_rules_read(const patron_model_part *part,
                                           const patron_by_segment_figures *figures, uint64_t total,
                                           patron_range range, patron_by_segment_rules *rules);
void patron_by_segment_rules_free(patron_by_segment_rules *rules);

/* Reads the rows of `range`, of `total` rows of `columns` numbers, of one dimension where `columns`
 * is 0; *values is the caller's to free(). */
patron_status patron_by_segment_reals_read(const patron_model_part *part, const char *name,
                                           uint64_t total, patron_range range, uint64_t columns,
                                           double **values);

/* Of counts[rows x k], the sum of a row: all segments together. */
uint64_t patron_by_segment_sum(const uint64_t *counts, uint64_t row, uint64_t k);

#endif
