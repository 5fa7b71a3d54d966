/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's N-th best is never above that of all ranks, so that what it rules out is out; the N-th
 * best of all is found by bisection, one sum over ranks a bit of the key, and no rank gathers. */
#include "itemset/top_rules.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LEAST_LIMIT = UINT64_C(1) << 12;

uint64_t itemset_rank_key(double value)
{
    uint64_t bits = 0;
    double positive_zero = value + 0.0;
    if (isnan(value))
        return 0;
    memcpy(&bits, &positive_zero, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of(const itemset_top *top, const itemset_rule *rule)
{
    patron_itemset_measures measures =
        patron_itemset_measure(top->baskets, rule->count,
                               top->sets->support_count[rule->antecedent], rule->consequent_count);
    return itemset_rank_key(patron_itemset_measure_value(&measures, top->by));
}

static int compare_keys(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The keys of the list, in its order and ascending; free both whatever is returned. */
static patron_status take_keys(const itemset_top *top, const itemset_rule_list *list,
                               uint64_t **keys, uint64_t **sorted)
{
    *keys = patron_allocate(list->count, sizeof **keys);
    *sorted = patron_allocate(list->count, sizeof **sorted);
    if (*keys == NULL || *sorted == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < list->count; ++i)
        (*sorted)[i] = (*keys)[i] = key_of(top, &list->rules[i]);
    qsort(*sorted, list->count, sizeof **sorted, compare_keys);
    return PATRON_OK;
}

static patron_status drop_below(itemset_rule_list *list, const uint64_t *keys, uint64_t least)
{
    bool *dropped = patron_allocate(list->count, sizeof *dropped);
    if (dropped == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < list->count; ++i)
        dropped[i] = keys[i] < least;
    itemset_rule_list_drop(list, dropped);
    free(dropped);
    return PATRON_OK;
}

/* Twice as many as there are before the next cut, so that cutting costs little a rule. */
static patron_status cut_here(itemset_top *top, itemset_rule_list *list)
{
    uint64_t *keys = NULL;
    uint64_t *sorted = NULL;
    patron_status status = PATRON_OK;
    if (list->count > top->wanted) {
        status = take_keys(top, list, &keys, &sorted);
        if (status == PATRON_OK) {
            top->least = sorted[list->count - top->wanted];
            status = drop_below(list, keys, top->least);
        }
    }
    top->limit = 2 * (list->count < LEAST_LIMIT ? LEAST_LIMIT : list->count);
    free(keys);
    free(sorted);
    return status;
}

patron_status itemset_top_add(itemset_top *top, itemset_rule_list *list, const itemset_rule *rule,
                              const uint32_t *items, uint32_t length)
{
    if (top->wanted > 0 && key_of(top, rule) < top->least)
        return PATRON_OK;
    patron_status status = itemset_rule_list_add(list, rule, items, length);
    if (status == PATRON_OK && top->wanted > 0 && list->count >= top->limit)
        status = cut_here(top, list);
    return status;
}

static uint64_t count_from(const uint64_t *sorted, uint64_t count, uint64_t least)
{
    uint64_t low = 0;
    uint64_t high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (sorted[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return count - low;
}

patron_status itemset_top_cut(const itemset_slice *slice, const itemset_top *top,
                              itemset_rule_list *list)
{
    uint64_t *keys = NULL;
    uint64_t *sorted = NULL;
    uint64_t least = 0; /* the greatest key that so many rules or more have */
    patron_status status = patron_comm_agree(slice->comm, take_keys(top, list, &keys, &sorted));
    for (int bit = 63; bit >= 0 && status == PATRON_OK; --bit) {
        uint64_t tried = least | UINT64_C(1) << bit;
        uint64_t count = count_from(sorted, list->count, tried);
        patron_comm_reduce_u64(slice->comm, &count, 1, PATRON_SUM);
        if (count >= top->wanted)
            least = tried;
    }
    if (status == PATRON_OK)
        status = patron_comm_agree(slice->comm, drop_below(list, keys, least));
    free(keys);
    free(sorted);
    return status;
}
