/* SPDX-License-Identifier: Apache-2.0 */
/* Brute force on the splits of sets. */
#include "rule_oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what sets and rules share ---- */

uint64_t plain_count(const oracle_case *drawn, const plain_set *set)
{
    uint64_t count = 0;
    for (uint64_t b = 0; b < drawn->basket_count; ++b) {
        bool all = true;
        for (uint32_t i = 0; i < set->length && all; ++i)
            all = drawn->holds[b][set->items[i]];
        count += all;
    }
    return count;
}

int plain_compare(const plain_set *a, const plain_set *b)
{
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    for (uint32_t i = 0; i < a->length; ++i)
        if (a->items[i] != b->items[i])
            return a->items[i] < b->items[i] ? -1 : 1;
    return 0;
}

bool plain_equal(const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        fprintf(stderr, "%s: %llu, expected %llu\n", what, (unsigned long long)found,
                (unsigned long long)expected);
    return found == expected;
}

bool plain_items_agree(const char *what, const uint64_t *offsets, const uint32_t *items,
                       uint64_t place, const plain_set *set)
{
    uint64_t start = offsets[place];
    if (!plain_equal(what, offsets[place + 1] - start, set->length))
        return false;
    for (uint32_t i = 0; i < set->length; ++i)
        if (!plain_equal(what, items[start + i], set->items[i]))
            return false;
    return true;
}

void *plain_grow(void *array, uint64_t count, uint64_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = 2 * *capacity + 16;
    void *larger = realloc(array, *capacity * size);
    if (larger == NULL)
        abort();
    return larger;
}

/* ---- candidates ---- */

static double confidence_of(const plain_rule *rule)
{
    return (double)rule->count / (double)rule->antecedent.count;
}

void plain_rules_add(const oracle_case *drawn, const plain_set *set, plain_rules *list)
{
    const patron_itemset_options *o = &drawn->options;
    uint32_t most = o->max_consequent > 1 ? o->max_consequent : 1;
    for (uint32_t mask = 1; mask + 1 < 1U << set->length; ++mask) {
        plain_rule rule = {.count = set->count};
        for (uint32_t i = 0; i < set->length; ++i) {
            plain_set *side = mask >> i & 1 ? &rule.consequent : &rule.antecedent;
            side->items[side->length++] = set->items[i];
        }
        if (rule.consequent.length > most)
            continue;
        rule.antecedent.count = plain_count(drawn, &rule.antecedent);
        if (confidence_of(&rule) < o->min_confidence)
            continue;
        rule.consequent.count = plain_count(drawn, &rule.consequent);
        double share = (double)rule.consequent.count / (double)drawn->basket_count;
        if (confidence_of(&rule) / share < o->min_lift)
            continue;
        list->rules = plain_grow(list->rules, list->count, &list->capacity, sizeof *list->rules);
        list->rules[list->count++] = rule;
    }
}

/* ---- choice ---- */

static bool is_part(const plain_set *part, const plain_set *whole)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < part->length; ++i)
        for (uint32_t k = 0; k < whole->length; ++k)
            held += part->items[i] == whole->items[k];
    return held == part->length;
}

static void prune(plain_rules *list)
{
    bool *redundant = calloc(list->count + 1, sizeof *redundant);
    for (uint64_t i = 0; i < list->count; ++i)
        for (uint64_t k = 0; k < list->count && !redundant[i]; ++k) {
            const plain_rule *rule = &list->rules[i], *other = &list->rules[k];
            redundant[i] = other->antecedent.length < rule->antecedent.length &&
                           plain_compare(&other->consequent, &rule->consequent) == 0 &&
                           is_part(&other->antecedent, &rule->antecedent) &&
                           confidence_of(other) >= confidence_of(rule);
        }
    uint64_t kept = 0;
    for (uint64_t i = 0; i < list->count; ++i)
        if (!redundant[i])
            list->rules[kept++] = list->rules[i];
    list->count = kept;
    free(redundant);
}

static long double log_choose(uint64_t n, uint64_t k)
{
    return lgammal((long double)n + 1) - lgammal((long double)k + 1) -
           lgammal((long double)(n - k) + 1);
}

/* The lesser side first, so that a rule and its converse have the same bits. */
static double p_value(uint64_t n, uint64_t both, uint64_t a, uint64_t b)
{
    uint64_t less = a < b ? a : b, more = a < b ? b : a;
    long double sum = 0.0L;
    for (uint64_t i = both; i <= less; ++i)
        if (n - less >= more - i)
            sum += expl(log_choose(less, i) + log_choose(n - less, more - i) - log_choose(n, more));
    return sum < 1.0L ? (double)sum : 1.0;
}

static int compare_p_values(const void *left, const void *right)
{
    double a = ((const plain_rule *)left)->p_value, b = ((const plain_rule *)right)->p_value;
    return (a > b) - (a < b);
}

static void test_all(const oracle_case *drawn, plain_rules *list)
{
    uint64_t passed = 0;
    for (uint64_t i = 0; i < list->count; ++i)
        list->rules[i].p_value =
            p_value(drawn->basket_count, list->rules[i].count, list->rules[i].antecedent.count,
                    list->rules[i].consequent.count);
    qsort(list->rules, list->count, sizeof *list->rules, compare_p_values);
    list->tested = list->count;
    while (passed < list->count && (double)(list->count - passed) * list->rules[passed].p_value <=
                                       drawn->options.significance)
        ++passed;
    list->count = passed;
}

/* The greatest first, NaN last. */
static int compare_values(const void *left, const void *right)
{
    double a = ((const plain_rule *)left)->value, b = ((const plain_rule *)right)->value;
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a < b) - (a > b);
}

static void keep_best(const oracle_case *drawn, plain_rules *list)
{
    uint64_t kept = drawn->options.top_rules;
    for (uint64_t i = 0; i < list->count; ++i) {
        plain_rule *rule = &list->rules[i];
        patron_itemset_measures measures = patron_itemset_measure(
            drawn->basket_count, rule->count, rule->antecedent.count, rule->consequent.count);
        rule->value = patron_itemset_measure_value(&measures, drawn->options.by);
    }
    qsort(list->rules, list->count, sizeof *list->rules, compare_values);
    while (kept < list->count &&
           compare_values(&list->rules[kept], &list->rules[drawn->options.top_rules - 1]) == 0)
        ++kept;
    list->count = kept < list->count ? kept : list->count;
}

static int compare_rules(const void *left, const void *right)
{
    const plain_rule *a = left;
    const plain_rule *b = right;
    int order = plain_compare(&a->antecedent, &b->antecedent);
    return order != 0 ? order : plain_compare(&a->consequent, &b->consequent);
}

void plain_rules_choose(const oracle_case *drawn, plain_rules *list)
{
    if (list->count == 0)
        return;
    if (drawn->options.prune_redundant)
        prune(list);
    if (drawn->options.significance > 0.0)
        test_all(drawn, list);
    if (drawn->options.top_rules > 0)
        keep_best(drawn, list);
    qsort(list->rules, list->count, sizeof *list->rules, compare_rules);
}

/* ---- comparison ---- */

static bool rule_agrees(const plain_rule *rule, const patron_itemset_rules *rules, uint64_t i)
{
    bool agree =
        plain_items_agree("antecedent", rules->antecedent_offsets, rules->antecedent_items, i,
                          &rule->antecedent) &&
        plain_items_agree("consequent", rules->consequent_offsets, rules->consequent_items, i,
                          &rule->consequent) &&
        plain_equal("rule's count", rules->support_count[i], rule->count) &&
        plain_equal("antecedent's count", rules->antecedent_count[i], rule->antecedent.count) &&
        plain_equal("consequent's count", rules->consequent_count[i], rule->consequent.count);
    if (agree && rules->p_value != NULL &&
        !(fabs(rules->p_value[i] - rule->p_value) <= 1e-11 * rule->p_value)) {
        fprintf(stderr, "p-value %.17g, expected %.17g\n", rules->p_value[i], rule->p_value);
        return false;
    }
    return agree;
}

bool plain_rules_agree(const plain_rules *list, const patron_itemset_rules *rules)
{
    uint64_t items[2] = {0};
    uint64_t before[2] = {0};
    for (uint64_t i = 0; i < list->count; ++i) {
        const plain_rule *rule = &list->rules[i];
        items[0] += rule->antecedent.length;
        items[1] += rule->consequent.length;
        before[0] += i < rules->first ? rule->antecedent.length : 0;
        before[1] += i < rules->first ? rule->consequent.length : 0;
    }
    bool agree = plain_equal("rules", rules->total, list->count) &&
                 plain_equal("tested", rules->tested, list->tested) &&
                 plain_equal("antecedent items", rules->total_antecedent_items, items[0]) &&
                 plain_equal("first antecedent item", rules->first_antecedent_item, before[0]) &&
                 plain_equal("consequent items", rules->total_consequent_items, items[1]) &&
                 plain_equal("first consequent item", rules->first_consequent_item, before[1]);
    for (uint64_t i = 0; i < rules->count && agree; ++i)
        agree = rule_agrees(&list->rules[rules->first + i], rules, i);
    return agree;
}
