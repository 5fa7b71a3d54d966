/* SPDX-License-Identifier: Apache-2.0 */
/* Items and rules that tell segments from each other, for a job that mined them and for one that
 * reads a model of them.  On rank 0. */
#ifndef PATRON_JOBS_BY_SEGMENT_TOLD_H
#define PATRON_JOBS_BY_SEGMENT_TOLD_H

#include "cli/summary.h"
#include "cli/table.h"
#include "model/by_segment_read.h"
#include "patron/texts.h"

typedef struct by_segment_told {
    uint32_t k;
    uint64_t total;                  /* baskets of all segments */
    const uint64_t *baskets;         /* k */
    const patron_segment_best *best; /* k; empty where a segment is withheld */
    const patron_texts *names, *labels;
    bool has_items, has_rules;
    uint64_t rules; /* of all segments, each once */
} by_segment_told;

/* Shares of baskets that hold an item: of the segment, and of the others (NaN where there are
 * none).
 */
double by_segment_share(const by_segment_told *told, uint32_t segment,
                        const patron_itemset_group_item *item);
double by_segment_share_of_others(const by_segment_told *told, uint32_t segment,
                                  const patron_itemset_group_item *item);

/* Sets "best_items" and "best_rules" of a segment in `object`. */
void by_segment_json_best(json_t *object, const by_segment_told *told, uint32_t segment);

/* Prints both as tables, after a sentence each. */
patron_status by_segment_print_best(const by_segment_told *told);

/* The segments of a model, but those withheld: as a list of
 * JSON, the caller's; and as tables. */
json_t *by_segment_json_view(const patron_by_segment_view *view);
patron_status by_segment_print_view(const patron_by_segment_view *view);

/* Prints a table within the page, if it has cells, and frees it. */
patron_status by_segment_print_table(patron_table *table);

#endif
