/* SPDX-License-Identifier: Apache-2.0 */
/* An itemset model of segments, for people: what each segment holds, and the items and rules that
 * tell it from the others best. */
#ifndef PATRON_MODEL_BY_SEGMENT_READ_H
#define PATRON_MODEL_BY_SEGMENT_READ_H

#include "itemset/best_contrasts.h"
#include "model/facts.h"
#include "patron/texts.h"
#include "store/digest.h"

#include <stdbool.h>

enum { PATRON_SEGMENT_BEST = 5 }; /* items and rules of a segment */

typedef struct patron_segment_best {
    patron_itemset_group_item items[PATRON_SEGMENT_BEST];
    patron_itemset_group_rule rules[PATRON_SEGMENT_BEST];
    uint32_t item_count, rule_count;
} patron_segment_best;

void patron_segment_best_free(patron_segment_best *best, uint32_t segments);

typedef struct patron_by_segment_view {
    uint32_t k;
    uint64_t total, without;       /* baskets of segments, and of none */
    uint64_t *baskets, *customers; /* k */
    uint64_t least;                /* customers of a segment that is shown */
    uint32_t withheld;             /* segments of fewer, whose best are empty */
    patron_segment_best *best;     /* k */
    bool has_rules;
    uint64_t rules; /* of all segments, each once */
    patron_texts names, labels;
    char segments_digest[PATRON_DIGEST_TEXT]; /* of the segment model */
    patron_facts run;
} patron_by_segment_view;

/* Whether the file, which patron_model_verify has found to be an itemset model, is one of segments.
 * On one rank.  NO_INPUT, DATA. */
patron_status patron_by_segment_is(const char *path, bool *is);

/* Reads a model that patron_model_verify has found sound.  Segments of fewer than `min_group`
 * customers, those that would tell of them (patron_group_least), and items and rules in fewer of a
 * segment's baskets, are withheld.  Each rank reads its range of the tables.  Collective; the same
 * on every rank.  Release with patron_by_segment_view_free in any case.  NO_INPUT, DATA, IO,
 * RESOURCE.
 */
patron_status patron_by_segment_view_read(const patron_comm *comm, const char *path,
                                          uint64_t min_group, patron_by_segment_view *view);
void patron_by_segment_view_free(patron_by_segment_view *view);

#endif
