/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a task cuts: found by its bitmap, and in a row by a hint that may be of any task.
 */
#include "itemset/node_index.h"
#include "itemset/pairs.h"
#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Rows are longer than a hint can tell, and tasks of a rank more than there are bitmaps. */
enum { ROWS = 1100, WIDTH = 700, LENGTH = 300, MIN_COUNT = 250, LONGEST = 3 };

typedef struct top {
    itemset_node node;
    itemset_pairs pairs;
    itemset_task tasks[WIDTH];
} top;

/* Items of a row are a run of LENGTH that wraps, less some; the first are in all rows. */
static bool holds(uint64_t row, uint32_t item)
{
    uint32_t place = (item + WIDTH - (uint32_t)(row * 37 % WIDTH)) % WIDTH;
    return item < 3 || (place < LENGTH &&
                        patron_random_bits(1, PATRON_PURPOSE_SAMPLE_ROW, row, item) % 16 != 0);
}

static void make_top(top *t)
{
    static uint64_t offsets[ROWS + 1], weights[ROWS], counts[WIDTH];
    static uint32_t items[ROWS * WIDTH], names[WIDTH];
    itemset_rows rows = {ROWS, offsets, items, weights};
    *t = (top){.node = {.rows = rows, .width = WIDTH, .items = names, .counts = counts}};
    for (uint32_t item = 0; item < WIDTH; ++item) {
        names[item] = item;
        counts[item] = 0;
        t->tasks[item] = (itemset_task){
            .number = item, .rank = (int)(item % 2), .batch = {item, item + 1, {.count = 1}}};
    }
    for (uint64_t row = 0; row < ROWS; ++row) {
        weights[row] = 1;
        offsets[row + 1] = offsets[row];
        for (uint32_t item = 0; item < WIDTH; ++item)
            if (holds(row, item)) {
                items[offsets[row + 1]++] = item;
                ++counts[item];
            }
    }
    assert_int_equal(itemset_pairs_count(&t->node, false, 1, &t->pairs), PATRON_OK);
    assert_int_equal(t->pairs.width, WIDTH);
}

static void free_top(top *t)
{
    itemset_node_index_free(&t->node);
    itemset_pairs_free(&t->pairs);
}

static void test_bitmaps(void **state)
{
    (void)state;
    static top t;
    make_top(&t);
    assert_int_equal(itemset_node_index(&t.node, &t.pairs, t.tasks, WIDTH, 1, 3), PATRON_OK);
    const itemset_row_bitmaps *bitmaps = &t.node.row_bitmaps;
    uint64_t wrong = 0;
    for (uint32_t item = 1; item < WIDTH; item += 2) {
        const uint64_t *rows = itemset_row_bitmap_of(bitmaps, item);
        for (uint64_t row = 0; row < 64 * bitmaps->words; ++row) {
            bool expected = false;
            for (uint32_t other = 1; other < WIDTH && row < ROWS; other += 2)
                expected |=
                    bitmaps->bitmap_of[other] == bitmaps->bitmap_of[item] && holds(row, other);
            wrong += (rows[row / 64] >> row % 64 & 1) != expected;
        }
    }
    assert_int_equal(wrong, 0);
    for (uint32_t item = 0; item < WIDTH; item += 2)
        assert_int_equal(bitmaps->bitmap_of[item], 0); /* of the other rank */
    for (uint32_t item = 5; item < WIDTH; item += 2)
        assert_true(bitmaps->bitmap_of[item] >
                    bitmaps->bitmap_of[item - 4]); /* two tasks share one */
    free_top(&t);
}

static void test_parts_of_an_item(void **state)
{
    (void)state;
    static top t;
    make_top(&t);
    for (uint32_t i = 0; i < WIDTH; ++i)
        t.tasks[i] = (itemset_task){
            .number = i, .rank = (int)(i % 2), .batch = {5, 6, {.index = i, .count = WIDTH}}};
    assert_int_equal(itemset_node_index(&t.node, &t.pairs, t.tasks, WIDTH, 1, 1), PATRON_OK);
    for (uint32_t item = 0; item < WIDTH; ++item)
        assert_int_equal(t.node.row_bitmaps.bitmap_of[item], item == 5 ? 1 : 0);
    free_top(&t);
}

/* Sets of three that are found where tasks come in the order i * step. */
static uint64_t count_sets(const top *t, uint32_t step)
{
    itemset_budget budget = {0};
    const itemset_wanted wanted = {.kind = PATRON_ITEMSET_ALL,
                                   .min_count = MIN_COUNT,
                                   .shortest = 1,
                                   .longest = LONGEST,
                                   .count_only = true,
                                   .budget = &budget};
    itemset_miner miner = {0};
    assert_int_equal(itemset_miner_create(&miner, &wanted, WIDTH, LONGEST, UINT64_MAX / 16),
                     PATRON_OK);
    for (uint32_t i = 0; i < WIDTH; ++i)
        assert_int_equal(itemset_mine_batch(&miner, &t->node, &t->pairs,
                                            t->tasks[(uint64_t)i * step % WIDTH].batch),
                         PATRON_OK);
    uint64_t count = miner.found.buckets[LONGEST].count;
    itemset_miner_free(&miner);
    return count;
}

static uint64_t count_sets_plainly(void)
{
    uint64_t found = 0;
    static uint64_t bits[WIDTH][(ROWS + 63) / 64];
    for (uint64_t row = 0; row < ROWS; ++row)
        for (uint32_t item = 0; item < WIDTH; ++item)
            bits[item][row / 64] |= (uint64_t)holds(row, item) << row % 64;
    for (uint32_t a = 0; a < WIDTH; ++a)
        for (uint32_t b = a + 1; b < WIDTH; ++b) {
            uint64_t both[(ROWS + 63) / 64];
            int count = 0;
            for (int w = 0; w < (ROWS + 63) / 64; ++w) {
                both[w] = bits[a][w] & bits[b][w];
                count += __builtin_popcountll(both[w]);
            }
            for (uint32_t c = b + 1; c < WIDTH && count >= MIN_COUNT; ++c) {
                int all = 0;
                for (int w = 0; w < (ROWS + 63) / 64; ++w)
                    all += __builtin_popcountll(both[w] & bits[c][w]);
                found += all >= MIN_COUNT;
            }
        }
    return found;
}

static void test_any_order(void **state)
{
    (void)state;
    static top t;
    make_top(&t);
    assert_int_equal(itemset_node_index(&t.node, &t.pairs, t.tasks, WIDTH, 0, 1), PATRON_OK);
    uint64_t expected = count_sets_plainly();
    assert_true(expected > 1000);
    assert_int_equal(count_sets(&t, 1), expected);
    assert_int_equal(count_sets(&t, WIDTH - 1), expected); /* from the last to the first */
    assert_int_equal(count_sets(&t, 223), expected);
    free_top(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bitmaps),
                                       cmocka_unit_test(test_parts_of_an_item),
                                       cmocka_unit_test(test_any_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
