/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: order and layout.  Each rank sorts those that it found, all of an antecedent; then ranks
 * sort them together. */
#include "itemset/rules.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

void itemset_rules_free(patron_itemset_rules *rules)
{
    free(rules->antecedent_offsets);
    free(rules->antecedent_items);
    free(rules->consequent_offsets);
    free(rules->consequent_items);
    free(rules->support_count);
    free(rules->antecedent_count);
    free(rules->consequent_count);
    free(rules->p_value);
    *rules = (patron_itemset_rules){0};
}

/* Two numbers of rules of the list. */
static int compare_consequents(const void *left, const void *right, void *argument)
{
    const itemset_rule_list *list = argument;
    uint32_t a_length = 0, b_length = 0;
    const uint32_t *a = itemset_rule_consequent(list, *(const uint64_t *)left, &a_length);
    const uint32_t *b = itemset_rule_consequent(list, *(const uint64_t *)right, &b_length);
    return itemset_compare(a, a_length, b, b_length);
}

/* The list's rules by antecedent (counting sort), then consequent: their numbers, into
 * order[list->count]. */
static patron_status sort_rules(itemset_rule_list *list, uint64_t set_count, uint64_t *order)
{
    uint64_t *ends = patron_allocate(set_count + 1, sizeof *ends);
    if (ends == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < list->count; ++i)
        ++ends[list->rules[i].antecedent + 1];
    for (uint64_t set = 0; set < set_count; ++set)
        ends[set + 1] += ends[set];
    for (uint64_t i = 0; i < list->count; ++i)
        order[ends[list->rules[i].antecedent]++] = i;
    uint64_t start = 0;
    for (uint64_t set = 0; set < set_count; ++set) {
        if (ends[set] - start > 1)
            qsort_r(order + start, ends[set] - start, sizeof *order, compare_consequents, list);
        start = ends[set];
    }
    free(ends);
    return PATRON_OK;
}

patron_status itemset_rules_allocate(patron_itemset_rules *rules, uint64_t count,
                                     uint64_t antecedent_items, uint64_t consequent_items,
                                     bool tested)
{
    rules->count = count;
    rules->antecedent_offsets = patron_allocate(count + 1, sizeof(uint64_t));
    rules->antecedent_items = patron_allocate(antecedent_items, sizeof(uint32_t));
    rules->consequent_offsets = patron_allocate(count + 1, sizeof(uint64_t));
    rules->consequent_items = patron_allocate(consequent_items, sizeof(uint32_t));
    rules->support_count = patron_allocate(count, sizeof(uint64_t));
    rules->antecedent_count = patron_allocate(count, sizeof(uint64_t));
    rules->consequent_count = patron_allocate(count, sizeof(uint64_t));
    if (tested)
        rules->p_value = patron_allocate(count, sizeof(double));
    bool short_of_memory = rules->antecedent_offsets == NULL || rules->antecedent_items == NULL ||
                           rules->consequent_offsets == NULL || rules->consequent_items == NULL ||
                           rules->support_count == NULL || rules->antecedent_count == NULL ||
                           rules->consequent_count == NULL || (tested && rules->p_value == NULL);
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status allocate_listed(const itemset_rule_list *list, const patron_itemset_sets *sets,
                                     bool tested, patron_itemset_rules *rules)
{
    uint64_t items = 0;
    for (uint64_t i = 0; i < list->count; ++i)
        items += itemset_set_length(sets, list->rules[i].antecedent);
    return itemset_rules_allocate(rules, list->count, items, list->word_count - list->count,
                                  tested);
}

static void write_rules(const itemset_rule_list *list, const uint64_t *order,
                        const patron_itemset_sets *sets, patron_itemset_rules *rules)
{
    for (uint64_t i = 0; i < list->count; ++i) {
        const itemset_rule *rule = &list->rules[order[i]];
        const uint32_t *consequent = list->words + rule->consequent;
        uint64_t length = itemset_set_length(sets, rule->antecedent);
        uint64_t start = rules->antecedent_offsets[i];
        memcpy(rules->antecedent_items + start, sets->items + sets->offsets[rule->antecedent],
               length * sizeof *sets->items);
        rules->antecedent_offsets[i + 1] = start + length;
        start = rules->consequent_offsets[i];
        memcpy(rules->consequent_items + start, consequent + 1, consequent[0] * sizeof *consequent);
        rules->consequent_offsets[i + 1] = start + consequent[0];
        rules->support_count[i] = rule->count;
        rules->antecedent_count[i] = sets->support_count[rule->antecedent];
        rules->consequent_count[i] = rule->consequent_count;
        if (rules->p_value != NULL)
            rules->p_value[i] = rule->p_value;
    }
}

void itemset_rules_number(const patron_comm *comm, patron_itemset_rules *rules)
{
    uint64_t antecedents = rules->antecedent_offsets[rules->count];
    uint64_t consequents = rules->consequent_offsets[rules->count];
    uint64_t totals[3] = {rules->count, antecedents, consequents};
    patron_comm_reduce_u64(comm, totals, 3, PATRON_SUM);
    rules->total = totals[0];
    rules->total_antecedent_items = totals[1];
    rules->total_consequent_items = totals[2];
    uint64_t before[3] = {rules->count, antecedents, consequents};
    patron_comm_prefixes_u64(comm, before, 3);
    rules->first = before[0];
    rules->first_antecedent_item = before[1];
    rules->first_consequent_item = before[2];
}

patron_status itemset_rules_create(const itemset_slice *slice, itemset_rule_list *list, bool tested,
                                   patron_itemset_rules *rules)
{
    uint64_t *order = patron_allocate(list->count, sizeof *order);
    patron_status status = order == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = sort_rules(list, slice->sets->count, order);
    if (status == PATRON_OK)
        status = allocate_listed(list, slice->sets, tested, rules);
    if (status == PATRON_OK)
        write_rules(list, order, slice->sets, rules);
    free(order);
    itemset_rule_list_free(list);
    status = patron_comm_agree(slice->comm, status);
    return status == PATRON_OK ? itemset_rules_sort(slice->comm, rules) : status;
}
