/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of rules, of which each rank has a share, against all rules sorted. */
#include "mpi_main.h"

#include "score/rule_blocks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { RULES = 700, SIDE = 4, ITEMS = 50 };

static uint64_t state_of_dice;

static uint32_t dice(uint32_t below)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state_of_dice >> 33) % below;
}

typedef struct plain_rule {
    uint64_t number;
    double confidence, lift;
    uint32_t length[2], items[2][SIDE];
} plain_rule;

static int compare(const void *left, const void *right)
{
    const plain_rule *a = left, *b = right;
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence ? -1 : 1;
    if (a->lift != b->lift)
        return a->lift > b->lift ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

/* The same on every rank; with many ties, and figures of all sizes. */
static void draw_rules(uint64_t seed, plain_rule *rules)
{
    static const double lifts[] = {0.0, -0.0, 1e-300, 0.5, 1.0, 1.5, 1e300};
    state_of_dice = seed;
    for (uint64_t i = 0; i < RULES; ++i) {
        rules[i] = (plain_rule){.number = i,
                                .confidence = (1 + dice(5)) / 7.0,
                                .lift = lifts[dice(sizeof lifts / sizeof lifts[0])]};
        for (int side = 0; side < 2; ++side) {
            rules[i].length[side] = 1 + dice(SIDE);
            for (uint32_t j = 0; j < rules[i].length[side]; ++j)
                rules[i].items[side][j] = dice(ITEMS);
        }
    }
}

typedef struct share_arrays {
    uint64_t offsets[2][RULES + 1];
    uint32_t items[2][RULES * SIDE];
    double confidence[RULES], lift[RULES];
} share_arrays;

/* The rules from `from` to before `to`. */
static patron_rule_share take_share(const plain_rule *rules, uint64_t from, uint64_t to,
                                    share_arrays *own)
{
    uint64_t used[2] = {0};
    for (uint64_t i = from; i < to; ++i) {
        for (int side = 0; side < 2; ++side) {
            memcpy(own->items[side] + used[side], rules[i].items[side],
                   rules[i].length[side] * sizeof(uint32_t));
            used[side] += rules[i].length[side];
            own->offsets[side][i - from + 1] = used[side];
        }
        own->confidence[i - from] = rules[i].confidence;
        own->lift[i - from] = rules[i].lift;
    }
    return (patron_rule_share){.first = from,
                               .count = to - from,
                               .item_count = ITEMS,
                               .antecedent_offsets = own->offsets[0],
                               .consequent_offsets = own->offsets[1],
                               .antecedent_items = own->items[0],
                               .consequent_items = own->items[1],
                               .confidence = own->confidence,
                               .lift = own->lift};
}

static bool is_equal(const patron_offer_rules *found, uint64_t i, const plain_rule *expected)
{
    const uint64_t *const offsets[] = {found->antecedent_offsets, found->consequent_offsets};
    const uint32_t *const items[] = {found->antecedent_items, found->consequent_items};
    bool is_right =
        found->number[i] == expected->number && found->confidence[i] == expected->confidence;
    for (int side = 0; side < 2; ++side)
        is_right = is_right && offsets[side][i + 1] - offsets[side][i] == expected->length[side] &&
                   memcmp(items[side] + offsets[side][i], expected->items[side],
                          expected->length[side] * sizeof(uint32_t)) == 0;
    return is_right;
}

/* How many rules came as they should, over all blocks; and that all blocks but the last were full.
 */
static uint64_t count_right(const patron_rule_share *share, uint64_t most, const plain_rule *sorted)
{
    patron_rule_blocks blocks;
    uint64_t right = 0;
    patron_status status = patron_rule_blocks_begin(&test_comm, share, most, &blocks);
    while (status == PATRON_OK && blocks.done < blocks.total) {
        patron_rule_block block;
        uint64_t left = blocks.total - blocks.done, before = blocks.done;
        status = patron_rule_blocks_next(&blocks, &block);
        bool is_whole = status == PATRON_OK && block.rules.before == before &&
                        block.rules.count == (left < most ? left : most);
        for (uint64_t i = 0; is_whole && i < block.rules.count; ++i)
            right += is_equal(&block.rules, i, &sorted[before + i]) ? 1 : 0;
        patron_rule_block_free(&block);
    }
    patron_rule_blocks_free(&blocks);
    return status == PATRON_OK ? right : 0;
}

static void test_against_sorted_rules(void **state)
{
    static const uint64_t sizes[] = {10, 100, RULES - 1, RULES, 10 * RULES};
    static plain_rule rules[RULES], sorted[RULES];
    static share_arrays own;
    uint64_t rank = (uint64_t)test_comm.rank, ranks = (uint64_t)test_comm.size;
    (void)state;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        uint64_t right[sizeof sizes / sizeof sizes[0]];
        draw_rules(seed, rules);
        memcpy(sorted, rules, sizeof sorted);
        qsort(sorted, RULES, sizeof *sorted, compare);
        /* with an even seed the first rank has none; the later, the more */
        uint64_t shift = ranks > 1 && seed % 2 == 0 ? 1 : 0, parts = ranks - shift;
        uint64_t low = rank < shift ? 0 : rank - shift, high = rank < shift ? 0 : low + 1;
        const patron_rule_share share = take_share(rules, RULES * low * low / (parts * parts),
                                                   RULES * high * high / (parts * parts), &own);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i)
            right[i] = count_right(&share, sizes[i], sorted);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i)
            assert_int_equal(right[i], RULES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_sorted_rules)};
    return test_mpi_main("rule_blocks", tests, sizeof tests / sizeof tests[0]);
}
