/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: filter, order, layout.  As slices of sets follow each other in the global order, so do the
 * rules of their antecedents. */
#include "itemset/rules.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_CAPACITY = 1024 };

static bool is_wanted(const itemset_rule_list *list, const itemset_rule *rule,
                      uint64_t antecedent_count)
{
    patron_itemset_measures m = patron_itemset_measure(list->baskets, rule->count, antecedent_count,
                                                       list->item_counts[rule->consequent]);
    return m.confidence >= list->min_confidence && m.lift >= list->min_lift;
}

patron_status itemset_rule_list_add(itemset_rule_list *list, itemset_rule rule,
                                    uint64_t antecedent_count)
{
    if (!is_wanted(list, &rule, antecedent_count))
        return PATRON_OK;
    if (list->count == list->capacity) {
        uint64_t capacity = list->capacity > 0 ? 2 * list->capacity : LEAST_CAPACITY;
        itemset_rule *rules = patron_reallocate(list->rules, capacity, sizeof *rules);
        if (rules == NULL)
            return PATRON_RESOURCE;
        list->rules = rules;
        list->capacity = capacity;
    }
    list->rules[list->count++] = rule;
    return PATRON_OK;
}

void itemset_rule_list_free(itemset_rule_list *list)
{
    free(list->rules);
    list->rules = NULL;
    list->count = list->capacity = 0;
}

void itemset_rules_free(patron_itemset_rules *rules)
{
    free(rules->antecedent_offsets);
    free(rules->antecedent_items);
    free(rules->consequent_offsets);
    free(rules->consequent_items);
    free(rules->support_count);
    free(rules->antecedent_count);
    free(rules->consequent_count);
    *rules = (patron_itemset_rules){0};
}

static int compare_consequents(const void *left, const void *right)
{
    uint32_t a = ((const itemset_rule *)left)->consequent;
    uint32_t b = ((const itemset_rule *)right)->consequent;
    return (a > b) - (a < b);
}

/* By antecedent (counting sort), then consequent, into sorted[list->count]. */
static patron_status sort_rules(const itemset_rule_list *list, uint64_t set_count,
                                itemset_rule *sorted)
{
    uint64_t *ends = patron_allocate(set_count + 1, sizeof *ends);
    if (ends == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < list->count; ++i)
        ++ends[list->rules[i].antecedent + 1];
    for (uint64_t set = 0; set < set_count; ++set)
        ends[set + 1] += ends[set];
    for (uint64_t i = 0; i < list->count; ++i)
        sorted[ends[list->rules[i].antecedent]++] = list->rules[i];
    uint64_t start = 0;
    for (uint64_t set = 0; set < set_count; ++set) {
        if (ends[set] - start > 1)
            qsort(sorted + start, ends[set] - start, sizeof *sorted, compare_consequents);
        start = ends[set];
    }
    free(ends);
    return PATRON_OK;
}

static uint64_t set_length(const patron_itemset_sets *sets, uint64_t set)
{
    return sets->offsets[set + 1] - sets->offsets[set];
}

static patron_status allocate_rules(const itemset_rule_list *list, const patron_itemset_sets *sets,
                                    patron_itemset_rules *rules)
{
    uint64_t count = list->count;
    uint64_t items = 0;
    for (uint64_t i = 0; i < count; ++i)
        items += set_length(sets, list->rules[i].antecedent);
    rules->count = count;
    rules->antecedent_offsets = patron_allocate(count + 1, sizeof(uint64_t));
    rules->antecedent_items = patron_allocate(items, sizeof(uint32_t));
    rules->consequent_offsets = patron_allocate(count + 1, sizeof(uint64_t));
    rules->consequent_items = patron_allocate(count, sizeof(uint32_t));
    rules->support_count = patron_allocate(count, sizeof(uint64_t));
    rules->antecedent_count = patron_allocate(count, sizeof(uint64_t));
    rules->consequent_count = patron_allocate(count, sizeof(uint64_t));
    bool short_of_memory = rules->antecedent_offsets == NULL || rules->antecedent_items == NULL ||
                           rules->consequent_offsets == NULL || rules->consequent_items == NULL ||
                           rules->support_count == NULL || rules->antecedent_count == NULL ||
                           rules->consequent_count == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static void write_rules(const itemset_rule_list *list, const itemset_rule *sorted,
                        const patron_itemset_sets *sets, patron_itemset_rules *rules)
{
    for (uint64_t i = 0; i < list->count; ++i) {
        const itemset_rule *rule = &sorted[i];
        uint64_t length = set_length(sets, rule->antecedent);
        uint64_t start = rules->antecedent_offsets[i];
        memcpy(rules->antecedent_items + start, sets->items + sets->offsets[rule->antecedent],
               length * sizeof *sets->items);
        rules->antecedent_offsets[i + 1] = start + length;
        rules->consequent_offsets[i + 1] = i + 1;
        rules->consequent_items[i] = rule->consequent;
        rules->support_count[i] = rule->count;
        rules->antecedent_count[i] = sets->support_count[rule->antecedent];
        rules->consequent_count[i] = list->item_counts[rule->consequent];
    }
}

static void number_rules(const patron_comm *comm, patron_itemset_rules *rules)
{
    uint64_t items = rules->antecedent_offsets[rules->count];
    uint64_t totals[2] = {rules->count, items};
    patron_comm_reduce_u64(comm, totals, 2, PATRON_SUM);
    rules->total = rules->total_consequent_items = totals[0];
    rules->total_antecedent_items = totals[1];
    rules->first = rules->first_consequent_item = patron_comm_prefix_u64(comm, rules->count);
    rules->first_antecedent_item = patron_comm_prefix_u64(comm, items);
}

patron_status itemset_rules_create(const patron_comm *comm, const itemset_rule_list *list,
                                   const patron_itemset_sets *sets, patron_itemset_rules *rules)
{
    itemset_rule *sorted = patron_allocate(list->count, sizeof *sorted);
    patron_status status = sorted == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = sort_rules(list, sets->count, sorted);
    if (status == PATRON_OK)
        status = allocate_rules(list, sets, rules);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        write_rules(list, sorted, sets, rules);
        number_rules(comm, rules);
    }
    free(sorted);
    return status;
}
