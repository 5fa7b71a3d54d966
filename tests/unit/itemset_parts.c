/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of mining that a whole run does not show: each counting kernel, the stack of memory,
 * the dealing of tasks. */
#include "itemset/popcount.h"
#include "itemset/scratch.h"
#include "itemset/tasks.h"
#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 21, COLUMNS = 5 };

static uint64_t random_word(uint32_t number)
{
    return patron_random_bits(1, PATRON_PURPOSE_SAMPLE_ROW, 0, number);
}

/* Weights of up to 7 in three planes of falling size, bit by bit. */
static uint64_t count_plainly(const itemset_planes *planes, const uint64_t *held,
                              const uint64_t *column)
{
    uint64_t sum = 0;
    for (uint32_t plane = 0; plane < planes->count; ++plane) {
        for (uint64_t bit = 0; bit < 64 * planes->words[plane]; ++bit)
            sum += (held[bit / 64] & column[bit / 64]) >> bit % 64 & 1 ? UINT64_C(1) << plane : 0;
        held += planes->words[plane];
    }
    return sum;
}

static void test_kernels(void **state)
{
    (void)state;
    itemset_count_kernel kernels[ITEMSET_MOST_KERNELS];
    int kernel_count = itemset_count_kernels(kernels);
    uint64_t held[3 * WORDS];
    uint64_t columns[COLUMNS * WORDS];
    for (uint32_t i = 0; i < 3 * WORDS; ++i)
        held[i] = random_word(i);
    for (uint32_t i = 0; i < COLUMNS * WORDS; ++i)
        columns[i] = random_word(1000 + i);
    const uint32_t candidates[] = {4, 0, 2};
    assert_true(kernel_count >= 1);
    for (int kernel = 0; kernel < kernel_count; ++kernel) {
        for (uint64_t words = 1; words <= WORDS; ++words) {
            for (uint32_t plane_count = 1; plane_count <= 3; ++plane_count) {
                const itemset_planes planes = {plane_count, {words, (words + 1) / 2, 1}};
                uint64_t counts[3];
                kernels[kernel](&planes, held, columns, words, candidates, 3, counts);
                for (int i = 0; i < 3; ++i)
                    assert_int_equal(counts[i],
                                     count_plainly(&planes, held, columns + candidates[i] * words));
            }
        }
    }
}

static void test_scratch(void **state)
{
    (void)state;
    itemset_scratch scratch = {0};
    itemset_scratch_mark empty = itemset_scratch_mark_now(&scratch);
    unsigned char *small = itemset_scratch_take(&scratch, 10, 1);
    memset(small, 1, 10);
    itemset_scratch_mark mark = itemset_scratch_mark_now(&scratch);
    for (uint64_t bytes = 1; bytes < UINT64_C(1) << 23; bytes = 3 * bytes + 1) {
        unsigned char *taken = itemset_scratch_take(&scratch, bytes, 1);
        assert_non_null(taken);
        assert_int_equal((uintptr_t)taken % 64, 0);
        memset(taken, 2, bytes);
    }
    assert_int_equal(small[9], 1);
    itemset_scratch_release(&scratch, mark);
    unsigned char *again = itemset_scratch_take(&scratch, UINT64_C(1) << 24, 1);
    assert_non_null(again);
    memset(again, 3, UINT64_C(1) << 24);
    assert_int_equal(small[9], 1);
    itemset_scratch_release(&scratch, empty);
    assert_ptr_equal(itemset_scratch_take(&scratch, 10, 1), small);
    itemset_scratch_free(&scratch);
}

/* Items 0 ... width - 1 in one row each of 1, 2, ... width items: item i is the i-th of its rows.
 */
static void test_tasks_are_dealt_once(void **state)
{
    (void)state;
    enum { WIDTH = 40, RANKS = 5 };
    uint64_t offsets[WIDTH + 1] = {0};
    uint32_t items[WIDTH * (WIDTH + 1) / 2];
    for (uint32_t row = 0; row < WIDTH; ++row) {
        for (uint32_t item = 0; item <= row; ++item)
            items[offsets[row] + item] = item;
        offsets[row + 1] = offsets[row] + row + 1;
    }
    itemset_node node = {.rows = {WIDTH, offsets, items, NULL}, .width = WIDTH};
    uint32_t seen[WIDTH] = {0}, parts[WIDTH] = {0};
    uint64_t least = UINT64_MAX, most = 0;
    for (int rank = 0; rank < RANKS; ++rank) {
        itemset_task *tasks = NULL;
        uint64_t count = 0;
        uint64_t cost = 0;
        assert_int_equal(itemset_deal_tasks(&node, rank, RANKS, &tasks, &count), PATRON_OK);
        for (uint64_t i = 0; i < count; ++i) {
            assert_true(i == 0 || tasks[i].cost <= tasks[i - 1].cost);
            assert_true(tasks[i].part.index < tasks[i].part.count);
            parts[tasks[i].item] = tasks[i].part.count;
            ++seen[tasks[i].item];
            cost += tasks[i].cost;
        }
        least = cost < least ? cost : least;
        most = cost > most ? cost : most;
        free(tasks);
    }
    for (uint32_t item = 0; item < WIDTH; ++item)
        assert_true(seen[item] > 0 && seen[item] == parts[item]);
    assert_true(most * 10 <= least * 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_tasks_are_dealt_once),
    };
    return cmocka_run_group_tests_name("itemset_parts", tests, NULL, NULL);
}
