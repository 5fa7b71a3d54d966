/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of mining that a whole run does not show: each counting kernel, the stack of memory,
 * the dealing of tasks. */
#include "itemset/popcount.h"
#include "itemset/scratch.h"
#include "itemset/tasks.h"
#include "itemset/trim.h"
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

static void test_compressed_bits(void **state)
{
    (void)state;
    uint64_t words[WORDS], held[WORDS], out[WORDS] = {0};
    uint64_t place = 0;
    for (uint32_t i = 0; i < WORDS; ++i) {
        words[i] = random_word(i);
        held[i] = i % 5 == 3 ? UINT64_MAX : i % 5 == 4 ? 0 : random_word(500 + i);
    }
    itemset_compress_bits(words, held, WORDS, out);
    for (uint64_t bit = 0; bit < UINT64_C(64) * WORDS; ++bit) {
        if ((held[bit / 64] >> bit % 64 & 1) == 0)
            continue;
        assert_int_equal(out[place / 64] >> place % 64 & 1, words[bit / 64] >> bit % 64 & 1);
        ++place;
    }
}

static void test_picked_bits(void **state)
{
    (void)state;
    enum { ROWS = 130, STRIDE = 3, HELD_WORDS = 3 };
    itemset_pick_kernel kernels[ITEMSET_MOST_PICK_KERNELS];
    int kernel_count = itemset_pick_kernels(kernels);
    uint64_t words[ROWS * STRIDE], weights[ROWS];
    uint64_t held[HELD_WORDS] = {random_word(1), random_word(2), 3};
    uint64_t wanted[STRIDE] = {random_word(3) & random_word(4), 0, random_word(5) & random_word(6)};
    for (uint32_t i = 0; i < ROWS * STRIDE; ++i)
        words[i] = i < 4 * STRIDE ? 0 : random_word(100 + i);
    for (uint32_t row = 0; row < ROWS; ++row)
        weights[row] = row;
    const itemset_bit_rows rows = {words, STRIDE, weights};
    assert_true(kernel_count >= 1);
    for (int kernel = 0; kernel < kernel_count; ++kernel) {
        uint64_t masks[ROWS], picked_weights[ROWS], picked = 0;
        uint64_t count = kernels[kernel](&rows, held, HELD_WORDS, wanted, masks, picked_weights);
        for (uint64_t row = 0; row < ROWS; ++row) {
            uint64_t mask = 0, place = 0;
            for (uint64_t bit = 0; bit < UINT64_C(64) * STRIDE; ++bit)
                if ((wanted[bit / 64] >> bit % 64 & 1) != 0)
                    mask |= (words[row * STRIDE + bit / 64] >> bit % 64 & 1) << place++;
            if ((held[row / 64] >> row % 64 & 1) == 0 || __builtin_popcountll(mask) < 2)
                continue;
            assert_true(picked < count);
            assert_int_equal(masks[picked], mask);
            assert_int_equal(picked_weights[picked++], row);
        }
        assert_int_equal(picked, count);
    }
}

enum { WIDTH = 40 };

/* Row r holds items 0 ... r; it weighs r + 1. */
typedef struct stairs {
    uint64_t offsets[WIDTH + 1];
    uint32_t items[WIDTH * (WIDTH + 1) / 2];
    uint64_t weights[WIDTH];
    uint64_t counts[WIDTH];
} stairs;

static itemset_node make_stairs(stairs *s)
{
    *s = (stairs){0};
    for (uint32_t row = 0; row < WIDTH; ++row) {
        s->weights[row] = row + 1;
        s->offsets[row + 1] = s->offsets[row] + row + 1;
        for (uint32_t item = 0; item <= row; ++item) {
            s->items[s->offsets[row] + item] = item;
            s->counts[item] += row + 1;
        }
    }
    return (itemset_node){
        .rows = {WIDTH, s->offsets, s->items, s->weights}, .width = WIDTH, .counts = s->counts};
}

static void test_pairs(void **state)
{
    (void)state;
    stairs s;
    itemset_node node = make_stairs(&s);
    itemset_pairs pairs;
    for (int threads = 1; threads <= 3; ++threads) {
        assert_int_equal(itemset_pairs_count(&node, false, threads, &pairs), PATRON_OK);
        assert_int_equal(pairs.width, WIDTH);
        for (uint32_t item = 0; item < WIDTH; ++item)
            for (uint32_t other = 0; other < item; ++other)
                assert_int_equal(itemset_pairs_below(&pairs, item)[other], s.counts[item]);
        itemset_pairs_free(&pairs);
    }
    s.counts[0] = UINT64_C(1) << 32; /* what a count of pairs has no room for is not counted */
    assert_int_equal(itemset_pairs_count(&node, false, 1, &pairs), PATRON_OK);
    assert_int_equal(pairs.width, 0);
    itemset_pairs_free(&pairs);
}

static void test_parts_cover_branches(void **state)
{
    (void)state;
    for (uint32_t branches = 0; branches < 50; ++branches)
        for (uint32_t count = 1; count < 9; ++count) {
            uint32_t next = 0;
            for (uint32_t index = 0; index < count; ++index) {
                itemset_part part = {.index = index, .count = count};
                assert_int_equal(itemset_part_first(part, branches), next);
                next = itemset_part_end(part, branches);
                part.done = next; /* all of them, and one less */
                assert_int_equal(itemset_part_first(part, branches), next);
                part.done = next > 0 ? next - 1 : 0;
                assert_true(itemset_part_first(part, branches) >= part.done);
                assert_int_equal(itemset_part_end(part, branches), next);
            }
            assert_int_equal(next, branches);
        }
}

enum { TRIM_ROWS = 200, TRIM_ITEMS = 20 };

static uint64_t trim_mask(uint32_t row)
{
    return random_word(row) & random_word(1000 + row) & ((UINT64_C(1) << TRIM_ITEMS) - 1);
}

/* How many of the rows, by their weights, hold both items. */
static uint64_t count_both(const itemset_masks *masks, uint32_t item, uint32_t other)
{
    uint64_t both = UINT64_C(1) << item | UINT64_C(1) << other, sum = 0;
    for (uint64_t row = 0; row < masks->count; ++row)
        sum += (masks->masks[row] & both) == both ? masks->weights[row] : 0;
    return sum;
}

/* The same rows, of at least two items, as tokens. */
static uint64_t write_tokens(const itemset_masks *masks, itemset_tokens *tokens, uint64_t *weights)
{
    uint64_t rows = 0;
    tokens->count = 0;
    for (uint64_t row = 0; row < masks->count; ++row) {
        if (__builtin_popcountll(masks->masks[row]) < 2)
            continue;
        for (uint32_t item = 0; item < TRIM_ITEMS; ++item)
            if ((masks->masks[row] >> item & 1) != 0)
                tokens->labels[tokens->count++] = (uint16_t)item;
        tokens->labels[tokens->count - 1] |= ITEMSET_LAST_TOKEN;
        weights[rows++] = masks->weights[row];
    }
    return rows;
}

/* What a part counts is what it would count in all rows, and each row that is left is of use. */
static void test_parts_keep_what_they_count(void **state)
{
    (void)state;
    uint64_t bits[TRIM_ROWS], weights[TRIM_ROWS], of_tokens[TRIM_ROWS], all_bits[TRIM_ROWS];
    uint16_t labels[TRIM_ROWS * TRIM_ITEMS], trimmed[TRIM_ROWS * TRIM_ITEMS];
    const itemset_candidates candidates = {.count = TRIM_ITEMS};
    for (uint32_t row = 0; row < TRIM_ROWS; ++row)
        all_bits[row] = trim_mask(row);
    for (uint32_t index = 0; index < 3; ++index) {
        const itemset_part part = {.index = index, .count = 3};
        uint32_t first = itemset_part_first(part, TRIM_ITEMS);
        uint32_t end = itemset_part_end(part, TRIM_ITEMS);
        itemset_masks masks = {TRIM_ROWS, bits, weights}, all = {TRIM_ROWS, all_bits, of_tokens};
        itemset_tokens tokens = {.labels = labels}, expected = {.labels = trimmed};
        for (uint32_t row = 0; row < TRIM_ROWS; ++row)
            of_tokens[row] = weights[row] = 1 + row % 3;
        memcpy(bits, all_bits, sizeof bits);
        itemset_masks_trim(&masks, &candidates, part);
        for (uint32_t item = first; item < end; ++item)
            for (uint32_t other = 0; other < item; ++other)
                assert_int_equal(count_both(&masks, item, other), count_both(&all, item, other));
        for (uint64_t row = 0; row < masks.count; ++row) {
            assert_true(masks.masks[row] >> first != 0);
            assert_true(masks.masks[row] >> end == 0 && __builtin_popcountll(masks.masks[row]) > 1);
        }
        uint64_t rows = write_tokens(&all, &tokens, of_tokens);
        itemset_tokens_trim(&tokens, of_tokens, &rows, &candidates, part);
        assert_int_equal(rows, masks.count);
        assert_memory_equal(of_tokens, weights, rows * sizeof *weights);
        uint64_t again[TRIM_ROWS];
        assert_int_equal(write_tokens(&masks, &expected, again), rows);
        assert_int_equal(tokens.count, expected.count);
        assert_memory_equal(labels, trimmed, tokens.count * sizeof *labels);
    }
}

/* The last part of as many candidates as a mask has bits, also of one that is gone on with. */
static void test_last_part_of_all_bits(void **state)
{
    (void)state;
    const itemset_candidates candidates = {.count = ITEMSET_MASK_ITEMS};
    const uint64_t top = UINT64_C(1) << 63, below_top = UINT64_C(1) << 59;
    for (uint32_t done = 0; done <= 60; done += 60) {
        uint64_t bits[] = {UINT64_MAX, top, top | 1, below_top | 1, 3}, weights[] = {1, 2, 3, 4, 5};
        itemset_masks masks = {5, bits, weights};
        itemset_masks_trim(&masks, &candidates, (itemset_part){2, 3, done, false});
        assert_int_equal(masks.count, done == 0 ? 3 : 2);
        assert_int_equal(masks.masks[0], UINT64_MAX);
        assert_int_equal(masks.weights[1], 3);
        assert_true(done > 0 || masks.masks[2] == (below_top | 1));
    }
}

static void test_tasks_are_dealt_once(void **state)
{
    (void)state;
    enum { RANKS = 5 };
    stairs s;
    itemset_node node = make_stairs(&s);
    itemset_pairs pairs;
    assert_int_equal(itemset_pairs_count(&node, false, 1, &pairs), PATRON_OK);
    uint32_t seen[WIDTH] = {0}, parts[WIDTH] = {0};
    uint64_t least = UINT64_MAX, most = 0;
    uint64_t costs[WIDTH] = {0}, loads[RANKS] = {0};
    itemset_tasks_cost(&node.rows, costs);
    const itemset_task_wishes wishes = {1, costs, s.offsets[WIDTH], RANKS, 2, true};
    itemset_task *tasks = NULL;
    uint64_t count = 0;
    assert_int_equal(itemset_cut_tasks(&node, &pairs, &wishes, &tasks, &count), PATRON_OK);
    assert_int_equal(itemset_deal_tasks(tasks, count, RANKS), PATRON_OK);
    for (uint64_t i = 0; i < count; ++i) {
        itemset_batch batch = tasks[i].batch;
        assert_int_equal(tasks[i].number, i);
        assert_true(i == 0 || batch.first >= tasks[i - 1].batch.first);
        assert_true(batch.part.index < batch.part.count);
        assert_true(batch.part.count == 1 || batch.end == batch.first + 1);
        for (uint32_t item = batch.first; item < batch.end; ++item) {
            parts[item] = batch.part.count;
            ++seen[item];
        }
        assert_true(tasks[i].rank >= 0 && tasks[i].rank < RANKS);
        loads[tasks[i].rank] += tasks[i].cost;
    }
    free(tasks);
    for (int rank = 0; rank < RANKS; ++rank) {
        least = loads[rank] < least ? loads[rank] : least;
        most = loads[rank] > most ? loads[rank] : most;
    }
    for (uint32_t item = 0; item < WIDTH; ++item)
        assert_true(seen[item] > 0 && seen[item] == parts[item]);
    assert_true(most * 10 <= least * 12);
    itemset_pairs_free(&pairs);
}

/* The least cost of a part of a branch, in hundredths of what a rank has to do; 0: nothing is cut.
 */
static uint64_t least_part(uint64_t ranks)
{
    stairs s;
    itemset_node node = make_stairs(&s);
    itemset_pairs pairs;
    uint64_t costs[WIDTH] = {0}, total = 0, least = UINT64_MAX, count = 0;
    itemset_task *tasks = NULL;
    assert_int_equal(itemset_pairs_count(&node, false, 1, &pairs), PATRON_OK);
    itemset_tasks_cost(&node.rows, costs);
    const itemset_task_wishes wishes = {1, costs, s.offsets[WIDTH], ranks, 1, true};
    assert_int_equal(itemset_cut_tasks(&node, &pairs, &wishes, &tasks, &count), PATRON_OK);
    for (uint64_t i = 0; i < count; ++i) {
        total += tasks[i].cost;
        if (tasks[i].batch.part.count > 1 && tasks[i].cost < least)
            least = tasks[i].cost;
    }
    free(tasks);
    itemset_pairs_free(&pairs);
    return least == UINT64_MAX ? 0 : least * 100 * ranks / total;
}

static void test_many_ranks_have_few_parts(void **state)
{
    (void)state;
    assert_in_range(least_part(31), 5, 10);
    assert_in_range(least_part(32), 49, 99);
    assert_in_range(least_part(200), 49, 99);
}

/* On how many ranks the parts of all branches are, each counted by its branch; *most: the load of
 * the rank that has most, in hundredths of the mean. */
static uint64_t deal_parts(int ranks, uint64_t *most)
{
    enum { BRANCHES = 40, PARTS = 8, COUNT = BRANCHES * PARTS, MOST_RANKS = 64 };
    static itemset_task tasks[COUNT];
    uint64_t loads[MOST_RANKS] = {0}, copies = 0, total = 0;
    for (uint32_t i = 0; i < COUNT; ++i) {
        uint32_t branch = i / PARTS;
        tasks[i] =
            (itemset_task){.number = i,
                           .cost = 100 + branch,
                           .batch = {branch, branch + 1, {.index = i % PARTS, .count = PARTS}}};
    }
    assert_int_equal(itemset_deal_tasks(tasks, COUNT, ranks), PATRON_OK);
    for (uint32_t i = 0; i < COUNT; ++i) {
        bool is_new = true;
        for (uint32_t other = i / PARTS * PARTS; other < i; ++other)
            is_new = is_new && tasks[other].rank != tasks[i].rank;
        copies += is_new;
        loads[tasks[i].rank] += tasks[i].cost;
        total += tasks[i].cost;
    }
    *most = 0;
    for (int rank = 0; rank < ranks; ++rank)
        *most = loads[rank] > *most ? loads[rank] : *most;
    *most = *most * 100 * (uint64_t)ranks / total;
    return copies;
}

/* A share is 5 parts of 64 ranks: two of a branch go together.  Few ranks have each some of all. */
static void test_parts_go_together(void **state)
{
    (void)state;
    uint64_t most = 0;
    assert_int_equal(deal_parts(64, &most), 40 * 4);
    assert_true(most <= 130);
    assert_int_equal(deal_parts(4, &most), 40 * 4);
    assert_true(most <= 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_compressed_bits),
        cmocka_unit_test(test_picked_bits),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_parts_cover_branches),
        cmocka_unit_test(test_parts_keep_what_they_count),
        cmocka_unit_test(test_last_part_of_all_bits),
        cmocka_unit_test(test_tasks_are_dealt_once),
        cmocka_unit_test(test_many_ranks_have_few_parts),
        cmocka_unit_test(test_parts_go_together),
    };
    return cmocka_run_group_tests_name("itemset_parts", tests, NULL, NULL);
}
