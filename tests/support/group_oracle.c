/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in groups by looking at every basket. */
#include "group_oracle.h"

#include "rule_oracle.h"

#include <math.h>
#include <string.h>

int32_t group_of(uint64_t b)
{
    return (int32_t)((b * 7 + b / 3) % GROUPS) - 1;
}

static patron_status contrast(const patron_comm *comm, const oracle_case *drawn, grouped_result *r)
{
    uint64_t min_counts[GROUPS];
    patron_status status = PATRON_OK;
    for (uint32_t g = 0; status == PATRON_OK && g < GROUPS; ++g) {
        status = patron_itemset_groups_mine(comm, &r->groups, g, &drawn->options, &r->found[g]);
        min_counts[g] = r->found[g].min_count;
    }
    if (status == PATRON_OK)
        status =
            patron_itemset_contrast_items(comm, &r->groups, min_counts, &drawn->options, &r->items);
    if (status == PATRON_OK)
        status = patron_itemset_contrast_rules(comm, &r->groups, r->found, drawn->options.threads,
                                               &r->rules);
    for (uint32_t g = 0; status == PATRON_OK && g < GROUPS; ++g) {
        status = patron_itemset_best_items(comm, &r->groups, &r->items, g, min_counts[g],
                                           GROUP_BEST, r->best_items[g], &r->best_item_count[g]);
        if (status == PATRON_OK)
            status = patron_itemset_best_group_rules(comm, &r->groups, &r->rules, g, min_counts[g],
                                                     GROUP_BEST, r->best_rules[g],
                                                     &r->best_rule_count[g]);
    }
    return status;
}

patron_status grouped_run(const patron_comm *comm, oracle_case *drawn, grouped_result *result)
{
    static int32_t groups[ORACLE_MOST_BASKETS];
    patron_itemset_baskets baskets = oracle_share(comm, drawn, comm->size);
    for (uint64_t i = 0; i < baskets.count; ++i)
        groups[i] = group_of((uint64_t)comm->rank + i * (uint64_t)comm->size);
    *result = (grouped_result){0};
    patron_status status =
        patron_itemset_groups_create(comm, &baskets, groups, GROUPS, &result->groups);
    return status == PATRON_OK ? contrast(comm, drawn, result) : status;
}

void grouped_free(grouped_result *result)
{
    for (uint32_t g = 0; g < GROUPS; ++g) {
        patron_itemset_result_free(&result->found[g]);
        for (uint32_t i = 0; i < result->best_rule_count[g]; ++i)
            patron_itemset_rule_free(&result->best_rules[g][i].rule);
    }
    patron_itemset_item_contrast_free(&result->items);
    patron_itemset_rule_contrast_free(&result->rules);
    patron_itemset_groups_free(&result->groups);
}

/* ---- one process ---- */

/* Baskets of a group that hold items[length] and others[other_length]. */
static uint64_t count_in(const oracle_case *drawn, int32_t group, const uint32_t *items,
                         uint64_t length, const uint32_t *others, uint64_t other_length)
{
    uint64_t count = 0;
    for (uint64_t b = 0; b < drawn->basket_count; ++b) {
        bool holds = group_of(b) == group;
        for (uint64_t i = 0; i < length; ++i)
            holds = holds && drawn->holds[b][items[i]];
        for (uint64_t i = 0; i < other_length; ++i)
            holds = holds && drawn->holds[b][others[i]];
        count += holds;
    }
    return count;
}

static bool is_excluded(const oracle_case *drawn, uint32_t item)
{
    for (uint32_t i = 0; i < drawn->options.exclude_count; ++i)
        if (drawn->exclude[i] == item)
            return true;
    return false;
}

static bool items_agree(const oracle_case *drawn, const grouped_result *r)
{
    uint64_t row = 0;
    bool agree = true;
    for (uint32_t item = 0; item < drawn->item_count; ++item) {
        uint64_t counts[GROUPS], all = 0;
        bool is_frequent = false;
        for (int32_t g = 0; g < GROUPS; ++g) {
            counts[g] = count_in(drawn, g, &item, 1, NULL, 0);
            all += counts[g];
            is_frequent = is_frequent || counts[g] >= r->found[g].min_count;
        }
        if (!is_frequent || is_excluded(drawn, item))
            continue;
        if (row == r->items.count)
            return plain_equal("items", row, row + 1);
        agree = agree && plain_equal("item", r->items.items[row], item) &&
                plain_equal("held by all", r->items.held_by_all[row], all) &&
                memcmp(r->items.held + row * GROUPS, counts, sizeof counts) == 0;
        ++row;
    }
    return agree && plain_equal("items", r->items.count, row);
}

static bool rules_agree(const oracle_case *drawn, const grouped_result *r)
{
    const patron_itemset_rules *rules = &r->rules.rules;
    bool agree = true;
    for (uint64_t i = 0; i < rules->count; ++i) {
        const uint32_t *a = rules->antecedent_items + rules->antecedent_offsets[i];
        const uint32_t *c = rules->consequent_items + rules->consequent_offsets[i];
        uint64_t a_length = rules->antecedent_offsets[i + 1] - rules->antecedent_offsets[i];
        uint64_t c_length = rules->consequent_offsets[i + 1] - rules->consequent_offsets[i];
        uint64_t all = 0;
        for (int32_t g = 0; g < GROUPS; ++g) {
            uint64_t cell = i * GROUPS + (uint64_t)g;
            uint64_t both = count_in(drawn, g, a, a_length, c, c_length);
            all += both;
            agree = agree && plain_equal("both", r->rules.support_count[cell], both) &&
                    plain_equal("antecedent", r->rules.antecedent_count[cell],
                                count_in(drawn, g, a, a_length, NULL, 0)) &&
                    plain_equal("consequent", r->rules.consequent_count[cell],
                                count_in(drawn, g, c, c_length, NULL, 0));
        }
        agree = agree && plain_equal("both in all", rules->support_count[i], all);
    }
    return agree;
}

bool grouped_agrees(const oracle_case *drawn, const grouped_result *result)
{
    uint64_t total = 0;
    bool agree = true;
    for (int32_t g = 0; g < GROUPS; ++g) {
        uint64_t baskets = count_in(drawn, g, NULL, 0, NULL, 0);
        total += baskets;
        agree = agree && plain_equal("baskets", result->groups.baskets[g], baskets);
    }
    return agree && plain_equal("all baskets", result->groups.total, total) &&
           items_agree(drawn, result) && rules_agree(drawn, result);
}

/* ---- slices ---- */

static bool counts_are_slice(const uint64_t *slice, const uint64_t *whole, uint64_t first,
                             uint64_t count, uint64_t columns)
{
    return memcmp(slice, whole + first * columns, count * columns * sizeof *slice) == 0;
}

static bool sides_are_slice(const uint64_t *offsets, const uint32_t *items, uint64_t first_item,
                            uint64_t count, const uint64_t *whole, const uint32_t *whole_items)
{
    for (uint64_t i = 0; i <= count; ++i)
        if (!plain_equal("offset", first_item + offsets[i], whole[i]))
            return false;
    return memcmp(items, whole_items + first_item, offsets[count] * sizeof *items) == 0;
}

static bool best_are_equal(const grouped_result *slice, const grouped_result *whole)
{
    for (uint32_t g = 0; g < GROUPS; ++g) {
        if (!plain_equal("best items", slice->best_item_count[g], whole->best_item_count[g]) ||
            !plain_equal("best rules", slice->best_rule_count[g], whole->best_rule_count[g]))
            return false;
        for (uint32_t i = 0; i < slice->best_item_count[g]; ++i)
            if (!plain_equal("best item", slice->best_items[g][i].item,
                             whole->best_items[g][i].item))
                return false;
        for (uint32_t i = 0; i < slice->best_rule_count[g]; ++i)
            if (!plain_equal("best rule", slice->best_rules[g][i].rule.number,
                             whole->best_rules[g][i].rule.number))
                return false;
    }
    return true;
}

bool grouped_is_slice(const grouped_result *slice, const grouped_result *whole)
{
    const patron_itemset_item_contrast *items = &slice->items;
    const patron_itemset_rules *rules = &slice->rules.rules, *all = &whole->rules.rules;
    uint64_t first = rules->first, count = rules->count;
    return plain_equal("items", items->total, whole->items.count) &&
           plain_equal("rules", rules->total, all->count) &&
           memcmp(items->items, whole->items.items + items->first,
                  items->count * sizeof *items->items) == 0 &&
           counts_are_slice(items->held, whole->items.held, items->first, items->count, GROUPS) &&
           sides_are_slice(rules->antecedent_offsets, rules->antecedent_items,
                           rules->first_antecedent_item, count, all->antecedent_offsets + first,
                           all->antecedent_items) &&
           sides_are_slice(rules->consequent_offsets, rules->consequent_items,
                           rules->first_consequent_item, count, all->consequent_offsets + first,
                           all->consequent_items) &&
           counts_are_slice(slice->rules.support_count, whole->rules.support_count, first, count,
                            GROUPS) &&
           counts_are_slice(slice->rules.antecedent_count, whole->rules.antecedent_count, first,
                            count, GROUPS) &&
           counts_are_slice(slice->rules.consequent_count, whole->rules.consequent_count, first,
                            count, GROUPS) &&
           counts_are_slice(rules->support_count, all->support_count, first, count, 1) &&
           best_are_equal(slice, whole);
}
