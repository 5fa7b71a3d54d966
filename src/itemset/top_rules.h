/* SPDX-License-Identifier: Apache-2.0 */
/* The rules whose measure is as high as that of the N-th best: ties stay. */
#ifndef PATRON_ITEMSET_TOP_RULES_H
#define PATRON_ITEMSET_TOP_RULES_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

typedef struct itemset_top {
    uint64_t wanted; /* 0: all */
    patron_itemset_measure_kind by;
    uint64_t baskets;
    const patron_itemset_sets *sets; /* what antecedents name */
    uint64_t least;                  /* rank key that a rule must have, by this rank's rules */
    uint64_t limit;                  /* rules that the list may hold before it is cut; 0 at first */
} itemset_top;

/* A number that orders doubles: NaN first, then from -Inf to +Inf; -0 is 0. */
uint64_t itemset_rank_key(double value);

/* Adds a rule that this rank's N best do not rule out, and cuts the list when it is long: it never
 * holds many more rules than wanted, but for ties.  RESOURCE. */
patron_status itemset_top_add(itemset_top *top, itemset_rule_list *list, const itemset_rule *rule,
                              const uint32_t *items, uint32_t length);

/* Cuts the lists of all ranks to the N best of all.  Collective; RESOURCE. */
patron_status itemset_top_cut(const itemset_slice *slice, const itemset_top *top,
                              itemset_rule_list *list);

#endif
