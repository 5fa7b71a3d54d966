/* SPDX-License-Identifier: Apache-2.0 */
/* Offers by the index against a scan of all rules that sorts what it finds; rules in one block, and
 * in many. */
#include "score/rule_blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS = 12, RULES = 300, SIDE = 3, MOST = 5, CUSTOMERS = 500 };

static uint64_t state_of_dice = 1;

static uint32_t dice(uint32_t below)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state_of_dice >> 33) % below;
}

typedef struct table {
    uint64_t offsets[2][RULES + 1];
    uint32_t items[2][RULES * SIDE];
    double confidence[RULES], lift[RULES];
} table;

/* Rules of up to SIDE items a side, with few different figures, so that there are ties. */
static patron_rule_share draw_rules(table *drawn)
{
    for (uint64_t rule = 0; rule < RULES; ++rule) {
        bool used[ITEMS] = {false};
        for (int side = 0; side < 2; ++side) {
            uint64_t at = drawn->offsets[side][rule];
            for (uint32_t left = 1 + dice(SIDE); left > 0; --left) {
                uint32_t item = dice(ITEMS);
                if (used[item])
                    continue;
                used[item] = true;
                drawn->items[side][at++] = item;
            }
            if (at == drawn->offsets[side][rule]) {
                uint32_t item = 0;
                while (used[item])
                    ++item;
                used[item] = true;
                drawn->items[side][at++] = item;
            }
            drawn->offsets[side][rule + 1] = at;
        }
        drawn->confidence[rule] = (1 + dice(6)) / 8.0;
        drawn->lift[rule] = 1 + dice(3);
    }
    return (patron_rule_share){.count = RULES,
                               .item_count = ITEMS,
                               .antecedent_offsets = drawn->offsets[0],
                               .antecedent_items = drawn->items[0],
                               .consequent_offsets = drawn->offsets[1],
                               .consequent_items = drawn->items[1],
                               .confidence = drawn->confidence,
                               .lift = drawn->lift};
}

static const table *compared;

static int compare(const void *first, const void *second)
{
    const patron_offer *a = first, *b = second;
    double by_lift = compared->lift[b->rule] - compared->lift[a->rule];
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (by_lift != 0.0)
        return by_lift < 0.0 ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return a->item < b->item ? -1 : 1;
}

/* All offers of all rules that apply, sorted; then the first of each item. */
static uint32_t scan(const table *drawn, const bool *has, patron_offer *offers)
{
    static patron_offer all[RULES * SIDE];
    uint64_t count = 0;
    for (uint64_t rule = 0; rule < RULES; ++rule) {
        bool applies = true;
        for (uint64_t i = drawn->offsets[0][rule]; i < drawn->offsets[0][rule + 1]; ++i)
            applies = applies && has[drawn->items[0][i]];
        for (uint64_t i = drawn->offsets[1][rule]; applies && i < drawn->offsets[1][rule + 1]; ++i)
            if (!has[drawn->items[1][i]])
                all[count++] = (patron_offer){
                    .item = drawn->items[1][i], .rule = rule, .score = drawn->confidence[rule]};
    }
    compared = drawn;
    qsort(all, count, sizeof *all, compare);
    bool offered[ITEMS] = {false};
    uint32_t taken = 0;
    for (uint64_t i = 0; i < count && taken < MOST; ++i) {
        if (offered[all[i].item])
            continue;
        offered[all[i].item] = true;
        offers[taken++] = all[i];
    }
    return taken;
}

typedef struct customers {
    bool has[CUSTOMERS][ITEMS];
    uint32_t items[CUSTOMERS][ITEMS], count[CUSTOMERS];
    patron_offer found[CUSTOMERS][MOST];
    uint32_t offers[CUSTOMERS];
} customers;

static void draw_customers(customers *drawn)
{
    for (int customer = 0; customer < CUSTOMERS; ++customer)
        for (uint32_t item = 0; item < ITEMS; ++item)
            if ((drawn->has[customer][item] = dice(3) == 0))
                drawn->items[customer][drawn->count[customer]++] = item;
}

static uint32_t most_of(int customer)
{
    return customer % 2 == 0 ? MOST : 1;
}

/* What blocks of at most `block_size` rules offer them, one after the other. */
static void offer(const patron_rule_share *share, uint64_t block_size, customers *drawn)
{
    const patron_comm comm = patron_comm_self();
    uint8_t marks[ITEMS] = {0};
    uint64_t number = 0;
    patron_rule_blocks blocks;
    memset(drawn->offers, 0, sizeof drawn->offers);
    assert_int_equal(patron_rule_blocks_begin(&comm, share, block_size, &blocks), PATRON_OK);
    for (; blocks.done < blocks.total; ++number) {
        patron_rule_block block;
        patron_offer_index index;
        assert_int_equal(patron_rule_blocks_next(&blocks, &block), PATRON_OK);
        assert_int_equal(patron_offer_index_create(&block.rules, &index), PATRON_OK);
        assert_int_equal(block.rules.before, number * block_size);
        for (int customer = 0; customer < CUSTOMERS; ++customer) {
            const patron_offer_taker taker = {.items = drawn->items[customer],
                                              .count = drawn->count[customer]};
            drawn->offers[customer] =
                patron_offers_find(&index, NULL, &taker, marks, most_of(customer),
                                   drawn->offers[customer], drawn->found[customer]);
            for (uint32_t item = 0; item < ITEMS; ++item)
                assert_int_equal(marks[item], 0);
        }
        patron_offer_index_free(&index);
        patron_rule_block_free(&block);
    }
    assert_int_equal(number, (RULES + block_size - 1) / block_size);
    patron_rule_blocks_free(&blocks);
}

static void test_equal_to_a_scan(void **state)
{
    static table drawn;
    static customers people;
    static const uint64_t sizes[] = {RULES + 1, RULES, RULES - 1, 64, 7, 1};
    (void)state;
    const patron_rule_share share = draw_rules(&drawn);
    draw_customers(&people);
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; ++size) {
        uint64_t found_in_all = 0;
        offer(&share, sizes[size], &people);
        for (int customer = 0; customer < CUSTOMERS; ++customer) {
            patron_offer expected[MOST];
            uint32_t all = scan(&drawn, people.has[customer], expected), most = most_of(customer);
            assert_int_equal(people.offers[customer], all < most ? all : most);
            for (uint32_t i = 0; i < people.offers[customer]; ++i) {
                const patron_offer *found = &people.found[customer][i];
                assert_int_equal(found->item, expected[i].item);
                assert_int_equal(found->rule, expected[i].rule);
                assert_true(found->score == expected[i].score);
            }
            found_in_all += people.offers[customer];
        }
        assert_true(found_in_all > CUSTOMERS);
    }
}

static void test_no_rules(void **state)
{
    const patron_comm comm = patron_comm_self();
    const uint64_t offsets[1] = {0};
    const patron_rule_share share = {
        .item_count = ITEMS, .antecedent_offsets = offsets, .consequent_offsets = offsets};
    const uint32_t items[] = {1, 2};
    const patron_offer_taker taker = {.items = items, .count = 2};
    uint8_t marks[ITEMS] = {0};
    patron_offer found[1];
    patron_rule_blocks blocks;
    patron_rule_block block;
    patron_offer_index index;
    (void)state;
    assert_int_equal(patron_rule_blocks_begin(&comm, &share, 1, &blocks), PATRON_OK);
    assert_int_equal(patron_rule_blocks_next(&blocks, &block), PATRON_OK);
    assert_int_equal(patron_offer_index_create(&block.rules, &index), PATRON_OK);
    assert_int_equal(patron_offers_find(&index, NULL, &taker, marks, 1, 0, found), 0);
    patron_offer_index_free(&index);
    patron_rule_block_free(&block);
    patron_rule_blocks_free(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_equal_to_a_scan),
                                       cmocka_unit_test(test_no_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
