/* SPDX-License-Identifier: Apache-2.0 */
/* Rules laid out as slices. */
#ifndef PATRON_ITEMSET_RULES_H
#define PATRON_ITEMSET_RULES_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

/* All ranks' lists in order, as this rank's slice `rules` (zeroed; the caller's whatever is
 * returned), with p-values where `tested`; the list is freed.  Collective; RESOURCE. */
patron_status itemset_rules_create(const itemset_slice *slice, itemset_rule_list *list, bool tested,
                                   patron_itemset_rules *rules);

/* Arrays for `count` rules of so many items in all, zeroed, p_value where `tested`; free them
 * whatever is returned. */
patron_status itemset_rules_allocate(patron_itemset_rules *rules, uint64_t count,
                                     uint64_t antecedent_items, uint64_t consequent_items,
                                     bool tested);

/* From each rank's own sorted rules, each antecedent's on one rank, to rank r's r-th slice,
 * numbered; slices have as many rules, but for those of one antecedent.  Collective; RESOURCE. */
patron_status itemset_rules_sort(const patron_comm *comm, patron_itemset_rules *rules);

/* Sets what tells where this slice lies among those of all ranks.  Collective. */
void itemset_rules_number(const patron_comm *comm, patron_itemset_rules *rules);

void itemset_rules_free(patron_itemset_rules *rules);

#endif
