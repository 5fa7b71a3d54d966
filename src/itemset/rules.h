/* SPDX-License-Identifier: Apache-2.0 */
/* Rules with one consequent item, collected on the rank that holds the antecedent. */
#ifndef PATRON_ITEMSET_RULES_H
#define PATRON_ITEMSET_RULES_H

#include "patron/itemset.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_rule {
    uint64_t antecedent; /* set of this rank's slice */
    uint64_t count;      /* baskets that hold the whole rule */
    uint32_t consequent;
} itemset_rule;

typedef struct itemset_rule_list {
    uint64_t baskets;
    const uint64_t *item_counts;
    double min_confidence;
    double min_lift;
    uint64_t count;
    uint64_t capacity;
    itemset_rule *rules;
} itemset_rule_list;

/* Adds the rule if it is confident enough; `antecedent_count` baskets hold its antecedent. */
patron_status itemset_rule_list_add(itemset_rule_list *list, itemset_rule rule,
                                    uint64_t antecedent_count);
void itemset_rule_list_free(itemset_rule_list *list);

/* The list in order, as the slice `rules` (zeroed; the caller's whatever is returned).  `sets` are
 * those that the antecedents name.  Collective. */
patron_status itemset_rules_create(const patron_comm *comm, const itemset_rule_list *list,
                                   const patron_itemset_sets *sets, patron_itemset_rules *rules);
void itemset_rules_free(patron_itemset_rules *rules);

#endif
