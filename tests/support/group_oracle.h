/* SPDX-License-Identifier: Apache-2.0 */
/* Drawn baskets dealt to groups, and all that the engine makes of these. */
#ifndef PATRON_TEST_GROUP_ORACLE_H
#define PATRON_TEST_GROUP_ORACLE_H

#include "itemset_oracle.h"

#include "itemset/best_contrasts.h"

enum { GROUPS = 4, GROUP_BEST = 3 }; /* the last group is empty */

typedef struct grouped_result {
    patron_itemset_groups groups;
    patron_itemset_result found[GROUPS];
    patron_itemset_item_contrast items;
    patron_itemset_rule_contrast rules;
    patron_itemset_group_item best_items[GROUPS][GROUP_BEST];
    patron_itemset_group_rule best_rules[GROUPS][GROUP_BEST];
    uint32_t best_item_count[GROUPS], best_rule_count[GROUPS];
} grouped_result;

/* The group of basket b, -1 for none. */
int32_t group_of(uint64_t b);

/* Mines each group of this rank's share (every size-th basket) and holds them against each other.
 * Free the result whatever is returned.  Collective. */
patron_status grouped_run(const patron_comm *comm, oracle_case *drawn, grouped_result *result);
void grouped_free(grouped_result *result);

/* Whether groups, items and rules of a run by one process are what counting says. */
bool grouped_agrees(const oracle_case *drawn, const grouped_result *result);

/* Whether this rank's slices are those of `whole`, a run by one process. */
bool grouped_is_slice(const grouped_result *slice, const grouped_result *whole);

#endif
