/* SPDX-License-Identifier: Apache-2.0 */
/* Rules laid out as slices. */
#ifndef PATRON_ITEMSET_RULES_H
#define PATRON_ITEMSET_RULES_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

/* The list in order, as this rank's slice `rules` (zeroed; the caller's whatever is returned), with
 * p-values where `tested`.  Collective; RESOURCE. */
patron_status itemset_rules_create(const itemset_slice *slice, itemset_rule_list *list, bool tested,
                                   patron_itemset_rules *rules);

/* Arrays but p_value for `count` rules of so many items in all, zeroed; free them whatever is
 * returned. */
patron_status itemset_rules_allocate(patron_itemset_rules *rules, uint64_t count,
                                     uint64_t antecedent_items, uint64_t consequent_items);

/* Sets what tells where this slice lies among those of all ranks.  Collective. */
void itemset_rules_number(const patron_comm *comm, patron_itemset_rules *rules);

void itemset_rules_free(patron_itemset_rules *rules);

#endif
