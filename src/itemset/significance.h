/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are significant, all tests taken together. */
#ifndef PATRON_ITEMSET_SIGNIFICANCE_H
#define PATRON_ITEMSET_SIGNIFICANCE_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

/* How many of all ranks' p-values Holm's step-down test at `level` rejects: the least ones; this
 * rank's are sorted[count], ascending, and *rejected of them are rejected.  `total` is their number
 * over all ranks.  Collective. */
uint64_t itemset_holm(const patron_comm *comm, const double *sorted, uint64_t count, uint64_t total,
                      double level, uint64_t *rejected);

/* Sets each rule's p-value, and drops those that are not significant at `level`; *tested rules of
 * all ranks there were.  Collective; RESOURCE. */
patron_status itemset_rules_test(const itemset_slice *slice, uint64_t baskets, double level,
                                 itemset_rule_list *list, uint64_t *tested);

#endif
