/* SPDX-License-Identifier: Apache-2.0 */
/* What tells groups of baskets apart: how many baskets of each hold the items and rules that were
 * found in any of them. */
#ifndef PATRON_ITEMSET_CONTRAST_H
#define PATRON_ITEMSET_CONTRAST_H

#include "itemset/groups.h"

/* A slice of the items that are frequent in some group, ascending. */
typedef struct patron_itemset_item_contrast {
    uint64_t count;
    uint64_t first; /* items in the slices of lower ranks */
    uint64_t total; /* items of all ranks */
    uint32_t *items;
    uint64_t *held;        /* count x groups: baskets that hold the item */
    uint64_t *held_by_all; /* count: the same of all groups together */
} patron_itemset_item_contrast;

/* Counts the items that at least min_counts[g] baskets of some group g hold, but those that
 * `options` exclude.  A rank keeps counts by group of its share of the items alone.  The contrast
 * is the caller's afterwards, whatever is returned.  Collective; RESOURCE. */
patron_status patron_itemset_contrast_items(const patron_comm *comm,
                                            const patron_itemset_groups *groups,
                                            const uint64_t *min_counts,
                                            const patron_itemset_options *options,
                                            patron_itemset_item_contrast *contrast);
void patron_itemset_item_contrast_free(patron_itemset_item_contrast *contrast);

/* A slice of the rules that were found in some group, in the order of rules. */
typedef struct patron_itemset_rule_contrast {
    patron_itemset_rules rules; /* counts in the baskets of all groups together */
    uint64_t *support_count;    /* rules.count x groups, as those of rules */
    uint64_t *antecedent_count;
    uint64_t *consequent_count;
} patron_itemset_rule_contrast;

/* Brings together the rules of found[groups->count] and counts each in every group.  The contrast
 * is the caller's afterwards, whatever is returned.  Collective; RESOURCE. */
patron_status patron_itemset_contrast_rules(const patron_comm *comm,
                                            const patron_itemset_groups *groups,
                                            const patron_itemset_result *found, int threads,
                                            patron_itemset_rule_contrast *contrast);
void patron_itemset_rule_contrast_free(patron_itemset_rule_contrast *contrast);

/* The lift of a rule in the baskets of a group, as patron_itemset_measure has it; NaN where none of
 * them holds a side.  For the lift of an item in a group, the group is the antecedent. */
double patron_itemset_contrast_lift(uint64_t baskets, uint64_t support_count,
                                    uint64_t antecedent_count, uint64_t consequent_count);

#endif
