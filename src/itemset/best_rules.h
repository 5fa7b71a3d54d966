/* SPDX-License-Identifier: Apache-2.0 */
/* The few rules that a person is shown. */
#ifndef PATRON_ITEMSET_BEST_RULES_H
#define PATRON_ITEMSET_BEST_RULES_H

#include "patron/itemset.h"

typedef struct patron_itemset_rule {
    uint64_t number; /* in the order of all rules */
    uint64_t support_count;
    patron_itemset_measures measures;
    uint32_t antecedent_length, consequent_length;
    uint32_t *antecedent, *consequent;
} patron_itemset_rule;

/* The `wanted` rules that are best by a measure, ties by confidence, then support, then order, best
 * first, into best[wanted]; *found of them there are.  Release each by patron_itemset_rule_free.
 * Collective; the same on every rank. */
patron_status patron_itemset_best_rules(const patron_comm *comm,
                                        const patron_itemset_result *result,
                                        patron_itemset_measure_kind by, uint32_t wanted,
                                        patron_itemset_rule *best, uint32_t *found);

/* Brings number and sides of a rule from the rank that holds it in its slice to all; release it
 * whatever is returned.  Collective; RESOURCE. */
patron_status itemset_rule_share(const patron_comm *comm, const patron_itemset_rules *rules,
                                 uint64_t number, patron_itemset_rule *rule);

void patron_itemset_rule_free(patron_itemset_rule *rule);

#endif
