/* SPDX-License-Identifier: Apache-2.0 */
/* Holm's step-down test (A simple sequentially rejective multiple test procedure, 1979) over ranks,
 * without sorting over them.  It goes up through the m p-values and rejects while
 * (m - number of those below) p <= level; equal ones stand or fall together.  Where c are rejected
 * already, all p with (m - c) p <= level are, since c or more are below each new one; where that
 * adds none, the least that is left fails. */
#include "itemset/significance.h"

#include "patron/memory.h"

#include <stdlib.h>

static int compare_values(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* How many of sorted[count] pass where `left` hypotheses are left. */
static uint64_t count_passing(const double *sorted, uint64_t count, uint64_t left, double level)
{
    uint64_t low = 0;
    uint64_t high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if ((double)left * sorted[middle] <= level)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t itemset_holm(const patron_comm *comm, const double *sorted, uint64_t count, uint64_t total,
                      double level, uint64_t *rejected)
{
    uint64_t all = 0;
    for (;;) {
        *rejected = count_passing(sorted, count, total - all, level);
        uint64_t now = *rejected;
        patron_comm_reduce_u64(comm, &now, 1, PATRON_SUM);
        if (now == all)
            return all;
        all = now;
    }
}

static void compute_p_values(const itemset_slice *slice, uint64_t baskets, itemset_rule_list *list)
{
#pragma omp parallel for schedule(dynamic, 256) num_threads(slice->threads)
    for (uint64_t i = 0; i < list->count; ++i) {
        itemset_rule *rule = &list->rules[i];
        rule->p_value = patron_itemset_p_value(baskets, rule->count,
                                               slice->sets->support_count[rule->antecedent],
                                               rule->consequent_count);
    }
}

patron_status itemset_rules_test(const itemset_slice *slice, uint64_t baskets, double level,
                                 itemset_rule_list *list, uint64_t *tested)
{
    double *sorted = patron_allocate(list->count, sizeof *sorted);
    bool *dropped = patron_allocate(list->count, sizeof *dropped);
    patron_status status = sorted == NULL || dropped == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(slice->comm, status);
    if (status == PATRON_OK) {
        uint64_t rejected = 0;
        compute_p_values(slice, baskets, list);
        for (uint64_t i = 0; i < list->count; ++i)
            sorted[i] = list->rules[i].p_value;
        qsort(sorted, list->count, sizeof *sorted, compare_values);
        *tested = list->count;
        patron_comm_reduce_u64(slice->comm, tested, 1, PATRON_SUM);
        itemset_holm(slice->comm, sorted, list->count, *tested, level, &rejected);
        for (uint64_t i = 0; i < list->count; ++i)
            dropped[i] = rejected == 0 || list->rules[i].p_value > sorted[rejected - 1];
        itemset_rule_list_drop(list, dropped);
    }
    free(sorted);
    free(dropped);
    return status;
}
