/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that a more general one makes superfluous. */
#ifndef PATRON_ITEMSET_REDUNDANT_H
#define PATRON_ITEMSET_REDUNDANT_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

/* Drops each rule beside which there is one, on any rank, of the same consequent, fewer items of
 * the antecedent and the same or a higher confidence.  Collective; RESOURCE. */
patron_status itemset_rules_prune(const itemset_slice *slice, itemset_rule_list *list);

#endif
