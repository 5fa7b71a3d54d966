/* SPDX-License-Identifier: Apache-2.0 */
/* The few items and rules that tell a group from the others best. */
#ifndef PATRON_ITEMSET_BEST_CONTRASTS_H
#define PATRON_ITEMSET_BEST_CONTRASTS_H

#include "itemset/best_rules.h"
#include "itemset/contrast.h"

typedef struct patron_itemset_group_item {
    uint32_t item;
    uint64_t held; /* baskets of the group that hold the item */
    uint64_t held_by_all;
    double lift;    /* its share of the group's baskets over that of all groups' together */
    double p_value; /* chance of as many baskets or more, were the item dealt to groups at random */
} patron_itemset_group_item;

/* The `wanted` items with the highest lift in `group` among those that at least min_count of its
 * baskets hold and whose lift is above 1; ties by count, then item; best first, into best[wanted];
 * *found of them there are.  Collective; the same on every rank; RESOURCE. */
patron_status patron_itemset_best_items(const patron_comm *comm,
                                        const patron_itemset_groups *groups,
                                        const patron_itemset_item_contrast *contrast,
                                        uint32_t group, uint64_t min_count, uint32_t wanted,
                                        patron_itemset_group_item *best, uint32_t *found);

typedef struct patron_itemset_group_rule {
    patron_itemset_rule rule; /* counts and measures are those in the group */
    double lift_in_all;       /* in the baskets of all groups together */
} patron_itemset_group_rule;

/* The same for rules, by how far their lift in the group is above that in all groups together; ties
 * by that lift, then count, then order.  Release each by patron_itemset_rule_free of its rule. */
patron_status patron_itemset_best_group_rules(const patron_comm *comm,
                                              const patron_itemset_groups *groups,
                                              const patron_itemset_rule_contrast *contrast,
                                              uint32_t group, uint64_t min_count, uint32_t wanted,
                                              patron_itemset_group_rule *best, uint32_t *found);

#endif
