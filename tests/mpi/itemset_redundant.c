/* SPDX-License-Identifier: Apache-2.0 */
/* Redundant rules, most of them of one consequent, against all pairs of rules: where its rules are
 * split by items of the antecedent, and where they are not. */
#include "mpi_main.h"

#include "itemset/hash.h"
#include "itemset/redundant.h"
#include "itemset/redundant_split.h"

#include <stdbool.h>
#include <stdlib.h>

enum { ITEMS = 12, SETS = 400, LENGTH = 3, RULES = 3 * SETS };

/* All antecedents and rules, the same on every rank. */
typedef struct plain_case {
    uint64_t sets, rules;
    uint32_t items[SETS][LENGTH], length[SETS];
    uint64_t support[SETS];
    uint64_t antecedent[RULES], count[RULES];
    int consequent[RULES]; /* of `consequents` */
} plain_case;

static const uint32_t consequents[3][2] = {{ITEMS}, {ITEMS + 1}, {ITEMS, ITEMS + 1}};
static const uint32_t lengths[3] = {1, 1, 2};

static uint32_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void add_set(plain_case *drawn, uint64_t *state, uint32_t length, const uint32_t *items)
{
    uint64_t set = drawn->sets++;
    drawn->length[set] = length;
    for (uint32_t i = 0; i < length; ++i)
        drawn->items[set][i] = items[i];
    drawn->support[set] = 4 * (1 + draw(state) % 4); /* many equal confidences */
    for (int c = 0; c < 3; ++c) {
        if (c > 0 && draw(state) % 20 > 0)
            continue;
        uint64_t rule = drawn->rules++;
        drawn->antecedent[rule] = set;
        drawn->consequent[rule] = c;
        drawn->count[rule] = 1 + draw(state) % drawn->support[set];
    }
}

static void draw_case(uint64_t seed, plain_case *drawn)
{
    uint64_t state = seed;
    drawn->sets = drawn->rules = 0;
    for (uint32_t a = 0; a < ITEMS; ++a) {
        add_set(drawn, &state, 1, &a);
        for (uint32_t b = a + 1; b < ITEMS; ++b) {
            const uint32_t pair[] = {a, b};
            if (draw(&state) % 8 > 0)
                add_set(drawn, &state, 2, pair);
            for (uint32_t c = b + 1; c < ITEMS; ++c) {
                const uint32_t three[] = {a, b, c};
                if (draw(&state) % 3 == 0)
                    add_set(drawn, &state, 3, three);
            }
        }
    }
}

static bool is_part(const plain_case *drawn, uint64_t part, uint64_t whole)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < drawn->length[part]; ++i)
        for (uint32_t j = 0; j < drawn->length[whole]; ++j)
            held += drawn->items[part][i] == drawn->items[whole][j];
    return held == drawn->length[part];
}

static bool is_redundant(const plain_case *drawn, uint64_t rule)
{
    uint64_t set = drawn->antecedent[rule];
    for (uint64_t other = 0; other < drawn->rules; ++other) {
        uint64_t part = drawn->antecedent[other];
        if (drawn->consequent[other] == drawn->consequent[rule] && part != set &&
            is_part(drawn, part, set) &&
            drawn->count[other] * drawn->support[set] >= drawn->count[rule] * drawn->support[part])
            return true;
    }
    return false;
}

/* What one rank has of it: each rule's number stands in its consequent_count. */
typedef struct share {
    uint64_t offsets[SETS + 1], support[SETS];
    uint32_t items[SETS * LENGTH];
    patron_itemset_sets sets;
    itemset_rule_list list;
} share;

static patron_status take_share(const plain_case *drawn, share *own)
{
    uint64_t place[SETS], used = 0;
    patron_status status = PATRON_OK;
    own->sets = (patron_itemset_sets){
        .offsets = own->offsets, .items = own->items, .support_count = own->support};
    own->list = (itemset_rule_list){0};
    for (uint64_t set = 0; set < drawn->sets; ++set) {
        if (set % (uint64_t)test_comm.size != (uint64_t)test_comm.rank)
            continue;
        for (uint32_t i = 0; i < drawn->length[set]; ++i)
            own->items[used++] = drawn->items[set][i];
        place[set] = own->sets.count++;
        own->support[place[set]] = drawn->support[set];
        own->offsets[place[set] + 1] = used;
    }
    for (uint64_t rule = 0; status == PATRON_OK && rule < drawn->rules; ++rule) {
        uint64_t set = drawn->antecedent[rule];
        if (set % (uint64_t)test_comm.size != (uint64_t)test_comm.rank)
            continue;
        const itemset_rule added = {
            .antecedent = place[set], .count = drawn->count[rule], .consequent_count = rule};
        status = itemset_rule_list_add(&own->list, &added, consequents[drawn->consequent[rule]],
                                       lengths[drawn->consequent[rule]]);
    }
    return status;
}

static void test_against_all_pairs(void **state)
{
    static plain_case drawn;
    static share own;
    (void)state;
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        itemset_split split = {0};
        uint64_t kept[RULES] = {0}, redundant = 0;
        draw_case(seed, &drawn);
        patron_status status = patron_comm_agree(&test_comm, take_share(&drawn, &own));
        const itemset_slice slice = {.comm = &test_comm, .sets = &own.sets, .threads = 1};
        if (status == PATRON_OK)
            status = itemset_split_find(&slice, &own.list, &split);
        if (status == PATRON_OK)
            status = itemset_rules_prune(&slice, &own.list);
        for (uint64_t i = 0; i < own.list.count; ++i)
            ++kept[own.list.rules[i].consequent_count];
        patron_comm_reduce_u64(&test_comm, kept, drawn.rules, PATRON_SUM);
        itemset_split_free(&split);
        itemset_rule_list_free(&own.list);
        assert_int_equal(status, PATRON_OK);
        for (uint64_t rule = 0; rule < drawn.rules; ++rule) {
            bool expected = !is_redundant(&drawn, rule);
            redundant += expected ? 0 : 1;
            assert_int_equal(kept[rule], expected ? 1 : 0);
        }
        assert_true(redundant > 50 && redundant < drawn.rules - 10);
        /* nine of ten rules have the first, of 2.3 items on average */
        for (int c = 0; c < 3; ++c)
            assert_int_equal(
                itemset_split_holds(&split, itemset_hash_items(consequents[c], lengths[c])),
                c == 0 && test_comm.size >= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_all_pairs)};
    return test_mpi_main("itemset_redundant", tests, sizeof tests / sizeof tests[0]);
}
