/* SPDX-License-Identifier: Apache-2.0 */
/* From frequent sets to rules: a search that the subset exchange drives. */
#ifndef PATRON_ITEMSET_RULE_SEARCH_H
#define PATRON_ITEMSET_RULE_SEARCH_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"
#include "itemset/top_rules.h"

typedef struct itemset_rule_search {
    const itemset_slice *slice;
    const patron_itemset_options *options;
    uint64_t baskets;
    const uint64_t *item_counts;
    uint32_t most;              /* items of a consequent */
    itemset_top top;            /* applied at once where no other step waits for all rules */
    itemset_rule_list found;    /* rules that are confident and lift enough */
    itemset_rule_list frontier; /* of one consequent item and this round: confident */
} itemset_rule_search;

/* `options`, `slice` and item_counts (by item, of all baskets) outlive the search. */
itemset_rule_search itemset_rule_search_begin(const itemset_slice *slice,
                                              const patron_itemset_options *options,
                                              uint64_t baskets, const uint64_t *item_counts);

/* Set `antecedent` of the slice and item `consequent` make a frequent set of `count` baskets.
 * RESOURCE. */
patron_status itemset_rule_search_meet(itemset_rule_search *search, uint64_t antecedent,
                                       uint32_t consequent, uint64_t count);

/* Goes on from what was met to longer consequents.  Collective; RESOURCE. */
patron_status itemset_rule_search_widen(itemset_rule_search *search);

/* The rules that are wanted of all that were found, in order, as the slice `rules` (zeroed; the
 * caller's whatever is returned).  Collective; RESOURCE. */
patron_status itemset_rule_search_end(itemset_rule_search *search, patron_itemset_rules *rules);

void itemset_rule_search_free(itemset_rule_search *search);

#endif
