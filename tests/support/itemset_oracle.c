/* SPDX-License-Identifier: Apache-2.0 */
/* Brute force on small baskets. */
#include "rule_oracle.h"

#include "patron/random.h"

#include <stdlib.h>
#include <string.h>

typedef struct plain_list {
    plain_set *sets;
    uint64_t set_count;
    uint64_t capacity;
    plain_rules rules;
} plain_list;

/* Numbers below `bound`, in the order they are asked for. */
static uint64_t draw(uint64_t seed, uint32_t *draws, uint64_t bound)
{
    return patron_random_bits(seed, PATRON_PURPOSE_SAMPLE_ROW, 0, (*draws)++) % bound;
}

/* Pruning compares all pairs of rules: not of too many. */
static void draw_rule_options(uint64_t seed, uint32_t *draws, oracle_case *drawn)
{
    patron_itemset_options *o = &drawn->options;
    o->max_consequent = (uint32_t)draw(seed, draws, 5);
    if (draw(seed, draws, 3) == 0 && drawn->item_count <= 7)
        o->prune_redundant = true;
    if (draw(seed, draws, 3) == 0)
        o->significance = (double)(1 + draw(seed, draws, 20)) / 40.0;
    if (draw(seed, draws, 3) == 0)
        o->top_rules = 1 + draw(seed, draws, 30);
    o->by = (patron_itemset_measure_kind)draw(seed, draws, PATRON_MEASURES);
}

static void draw_options(uint64_t seed, uint32_t *draws, oracle_case *drawn)
{
    patron_itemset_options *o = &drawn->options;
    *o = (patron_itemset_options){.min_count = 1 + draw(seed, draws, 8),
                                  .kind = (patron_itemset_kind)draw(seed, draws, 3),
                                  .min_length = 1,
                                  .threads = 1 + (int)draw(seed, draws, 2),
                                  .rules = draw(seed, draws, 2) == 0};
    if (draw(seed, draws, 3) == 0)
        o->min_length = 1 + (uint32_t)draw(seed, draws, 4);
    if (draw(seed, draws, 3) == 0)
        o->max_length = o->min_length + (uint32_t)draw(seed, draws, 3);
    o->min_confidence = (double)draw(seed, draws, 11) / 10.0;
    o->min_lift = draw(seed, draws, 2) == 0 ? 0.0 : (double)draw(seed, draws, 30) / 10.0;
    o->include_count = draw(seed, draws, 2) == 0 ? (uint32_t)draw(seed, draws, ORACLE_NAMED) : 0;
    o->exclude_count = draw(seed, draws, 2) == 0 ? (uint32_t)draw(seed, draws, ORACLE_NAMED) : 0;
    o->count_only = draw(seed, draws, 6) == 0;
    draw_rule_options(seed, draws, drawn);
    for (int i = 0; i < ORACLE_NAMED; ++i) {
        drawn->include[i] = (uint32_t)draw(seed, draws, drawn->item_count);
        drawn->exclude[i] = (uint32_t)draw(seed, draws, drawn->item_count);
    }
}

void oracle_draw(uint64_t seed, oracle_case *drawn)
{
    static const uint64_t most_baskets[] = {0, 1, 5, 20, 60, 60, 200, 400};
    uint32_t draws = 0;
    memset(drawn, 0, sizeof *drawn);
    drawn->item_count = 1 + (uint32_t)draw(seed, &draws, 10);
    drawn->basket_count = draw(seed, &draws, most_baskets[draw(seed, &draws, 8)] + 1);
    uint64_t density = 5 + draw(seed, &draws, 96);
    uint64_t everywhere = draw(seed, &draws, 4 * (uint64_t)drawn->item_count);
    bool repeats = draw(seed, &draws, 3) == 0;
    for (uint64_t b = 0; b < drawn->basket_count; ++b) {
        for (uint32_t i = 0; i < drawn->item_count; ++i)
            drawn->holds[b][i] = draw(seed, &draws, 100) < density || i == everywhere;
        if (repeats && b > 0 && draw(seed, &draws, 2) == 0)
            memcpy(drawn->holds[b], drawn->holds[draw(seed, &draws, b)], sizeof drawn->holds[b]);
    }
    draw_options(seed, &draws, drawn);
    if (drawn->basket_count > 60)
        drawn->options.min_count += drawn->basket_count / 10;
}

void oracle_draw_wide(uint64_t seed, oracle_case *drawn)
{
    uint32_t draws = 0;
    memset(drawn, 0, sizeof *drawn);
    drawn->item_count = 90;
    drawn->basket_count = 220;
    for (uint64_t b = 0; b < drawn->basket_count; ++b) {
        bool planted = draw(seed, &draws, 3) == 0;
        for (uint32_t i = 0; i < drawn->item_count; ++i)
            drawn->holds[b][i] = draw(seed, &draws, 100) < 40 || (planted && i % 18 == 5);
    }
    drawn->options = (patron_itemset_options){.min_count = 26,
                                              .kind = (patron_itemset_kind)(seed % 3),
                                              .min_length = 1,
                                              .threads = 1 + (int)(seed % 2),
                                              .rules = true,
                                              .min_confidence = 0.4,
                                              .max_consequent = 1 + (uint32_t)(seed % 3)};
}

patron_itemset_baskets oracle_share(const patron_comm *comm, oracle_case *drawn, int idle)
{
    static uint64_t offsets[ORACLE_MOST_BASKETS + 1];
    static uint32_t items[ORACLE_MOST_BASKETS * ORACLE_MOST_ITEMS];
    patron_itemset_baskets baskets = {
        .offsets = offsets, .items = items, .item_count = drawn->item_count};
    uint64_t workers = (uint64_t)comm->size - (idle < comm->size);
    uint64_t worker = (uint64_t)comm->rank - (comm->rank > idle);
    uint64_t used = 0;
    for (uint64_t b = worker; b < drawn->basket_count && comm->rank != idle; b += workers) {
        for (uint32_t i = 0; i < drawn->item_count; ++i)
            if (drawn->holds[b][i])
                items[used++] = i;
        offsets[++baskets.count] = used;
    }
    drawn->options.include = drawn->include;
    drawn->options.exclude = drawn->exclude;
    return baskets;
}

patron_status oracle_mine(const patron_comm *comm, oracle_case *drawn, int idle,
                          patron_itemset_result *result)
{
    const patron_itemset_baskets baskets = oracle_share(comm, drawn, idle);
    return patron_itemset_mine(comm, &baskets, &drawn->options, result);
}

static bool is_named(uint32_t item, const uint32_t *named, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        if (named[i] == item)
            return true;
    return false;
}

/* Baskets that hold items[length] and, unless it is item_count, `another`. */
static uint64_t count_baskets(const oracle_case *drawn, const plain_set *set, uint32_t another)
{
    uint64_t count = 0;
    for (uint64_t b = 0; b < drawn->basket_count; ++b) {
        bool all = another == drawn->item_count || drawn->holds[b][another];
        for (uint32_t i = 0; i < set->length && all; ++i)
            all = drawn->holds[b][set->items[i]];
        count += all;
    }
    return count;
}

static bool is_listed(const oracle_case *drawn, const plain_set *set)
{
    const patron_itemset_options *o = &drawn->options;
    if (set->length < o->min_length || (o->max_length > 0 && set->length > o->max_length))
        return false;
    for (uint32_t i = 0; i < o->include_count; ++i)
        if (!is_named(drawn->include[i], set->items, set->length))
            return false;
    for (uint32_t item = 0; item < drawn->item_count && o->kind != PATRON_ITEMSET_ALL; ++item) {
        if (is_named(item, set->items, set->length) ||
            is_named(item, drawn->exclude, o->exclude_count))
            continue;
        uint64_t count = count_baskets(drawn, set, item);
        if (count >= o->min_count && (o->kind == PATRON_ITEMSET_MAXIMAL || count == set->count))
            return false;
    }
    return true;
}

/* All frequent extensions of `set` by items from `next` on. */
static void enumerate(const oracle_case *drawn, plain_set *set, uint32_t next, plain_list *list)
{
    const patron_itemset_options *o = &drawn->options;
    for (uint32_t item = next; item < drawn->item_count; ++item) {
        uint64_t count = count_baskets(drawn, set, item);
        if (count < o->min_count || is_named(item, drawn->exclude, o->exclude_count))
            continue;
        plain_set longer = *set;
        longer.items[longer.length++] = item;
        longer.count = count;
        if (o->rules)
            plain_rules_add(drawn, &longer, &list->rules);
        if (is_listed(drawn, &longer)) {
            list->sets =
                plain_grow(list->sets, list->set_count, &list->capacity, sizeof *list->sets);
            list->sets[list->set_count++] = longer;
        }
        enumerate(drawn, &longer, item + 1, list);
    }
}

static int compare_sets(const void *left, const void *right)
{
    return plain_compare(left, right);
}

static bool sets_agree(const plain_list *list, const patron_itemset_sets *sets)
{
    uint64_t items = 0;
    uint64_t items_before = 0;
    for (uint64_t i = 0; i < list->set_count; ++i) {
        items_before += i < sets->first ? list->sets[i].length : 0;
        items += list->sets[i].length;
    }
    bool agree = plain_equal("sets", sets->total, list->set_count) &&
                 plain_equal("items of sets", sets->total_items, items) &&
                 plain_equal("first item", sets->first_item, items_before) &&
                 plain_equal("first offset", sets->offsets[0], 0);
    for (uint64_t i = 0; i < sets->count && agree; ++i) {
        const plain_set *set = &list->sets[sets->first + i];
        agree = plain_items_agree("set", sets->offsets, sets->items, i, set) &&
                plain_equal("support", sets->support_count[i], set->count);
    }
    return agree;
}

static bool lengths_agree(const plain_list *list, const patron_itemset_result *result)
{
    uint64_t counts[ORACLE_LONGEST + 1] = {0};
    uint32_t longest = 0;
    for (uint64_t i = 0; i < list->set_count; ++i) {
        uint32_t length = list->sets[i].length;
        ++counts[length];
        longest = length > longest ? length : longest;
    }
    bool agree = plain_equal("longest", result->longest, longest);
    for (uint32_t length = 0; length <= longest && agree; ++length)
        agree = plain_equal("sets of a length", result->count_by_length[length], counts[length]);
    return agree;
}

bool oracle_agrees(const oracle_case *drawn, const patron_itemset_result *result)
{
    plain_list list = {0};
    plain_set set = {0};
    enumerate(drawn, &set, 0, &list);
    if (list.set_count > 0)
        qsort(list.sets, list.set_count, sizeof *list.sets, compare_sets);
    plain_rules_choose(drawn, &list.rules);
    bool agree = plain_equal("baskets", result->baskets, drawn->basket_count) &&
                 lengths_agree(&list, result);
    if (drawn->options.count_only)
        agree =
            agree && plain_equal("sets when counting", result->sets.count + result->rules.count, 0);
    else
        agree = agree && sets_agree(&list, &result->sets) &&
                (!drawn->options.rules || plain_rules_agree(&list.rules, &result->rules));
    free(list.sets);
    free(list.rules.rules);
    return agree;
}
