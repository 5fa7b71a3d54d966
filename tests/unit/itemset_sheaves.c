/* SPDX-License-Identifier: Apache-2.0 */
/* Rows cut for each branch, bundled and read again, against a plain loop over the rows. */
#include "itemset/cutting.h"
#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of the first items there are more than a mask has bits, beside each other; of the last, whose
 * pairs may be counted or not, few. */
enum { ROWS = 900, WIDTH = 220, COUNTED = 200, MIN_COUNT = 7, PIECES = 3 };

typedef struct top {
    itemset_node node;
    itemset_pairs pairs; /* of the first items */
} top;

static bool holds(uint64_t row, uint32_t item)
{
    uint64_t bits = patron_random_bits(1, PATRON_PURPOSE_SAMPLE_ROW, row, item);
    if (item == 0 || (item == 7 && row % 3 == 0)) /* in all rows; in all of another */
        return true;
    return item == 8 ? row % 3 == 0 : bits % (3 + item / 10) == 0;
}

static void make_top(top *t, bool weighted)
{
    static uint64_t offsets[ROWS + 1], weights[ROWS], counts[WIDTH];
    static uint32_t items[ROWS * WIDTH], names[WIDTH];
    itemset_pairs all;
    memset(counts, 0, sizeof counts);
    for (uint64_t row = 0; row < ROWS; ++row) {
        weights[row] = weighted && row % 9 == 0 ? 2 : 1;
        offsets[row + 1] = offsets[row];
        for (uint32_t item = 0; item < WIDTH; ++item) {
            names[item] = item;
            if (!holds(row, item))
                continue;
            items[offsets[row + 1]++] = item;
            counts[item] += weights[row];
        }
    }
    const itemset_rows rows = {ROWS, offsets, items, weights};
    t->node = (itemset_node){.rows = rows, .width = WIDTH, .items = names, .counts = counts};
    assert_int_equal(itemset_pairs_count(&t->node, false, 1, &all), PATRON_OK);
    t->pairs = all;
    t->pairs.width = COUNTED; /* of a triangle, the first items are a triangle */
}

/* What a branch has by the definition. */
typedef struct expected {
    uint64_t rows, tokens;
    uint64_t weights[ROWS];
    uint16_t labels[ROWS * WIDTH];
    uint32_t partners; /* 0: nothing is needed */
} expected;

static uint32_t pair_count(const top *t, uint32_t item, uint32_t other)
{
    return t->pairs
        .counts[itemset_pair_place(item > other ? item : other, item > other ? other : item)];
}

/* The place of each partner, WIDTH for others; returns how many, 0 where no row is needed. */
static uint32_t find_partners(const top *t, uint32_t item, bool judged, uint32_t *place)
{
    uint32_t count = 0, below = 0;
    bool is_passed = false;
    for (uint32_t other = 0; other < COUNTED; ++other) {
        place[other] = WIDTH;
        if (other == item || (!judged && other > item))
            continue;
        uint32_t both = pair_count(t, item, other);
        bool is_in_all = both == t->node.counts[item];
        if (both < MIN_COUNT || (is_in_all && other < item))
            continue;
        is_passed |= is_in_all;
        below += other < item;
        place[other] = count++;
    }
    bool is_needed = judged ? below > 0 && !is_passed : below > 1;
    return is_needed ? count : 0;
}

static void find_expected(const top *t, uint32_t item, bool judged, expected *e)
{
    uint32_t place[COUNTED];
    memset(e, 0, sizeof *e);
    e->partners = find_partners(t, item, judged, place);
    for (uint64_t row = 0; row < ROWS && e->partners > 0; ++row) {
        const itemset_span span = itemset_rows_span(&t->node.rows, row);
        uint64_t tokens = 0;
        bool is_held = false;
        for (const uint32_t *other = span.first; other < span.end; ++other) {
            is_held |= *other == item;
            if (*other < COUNTED && place[*other] < WIDTH)
                e->labels[e->tokens + tokens++] = (uint16_t)place[*other];
        }
        if (!is_held || tokens < 2)
            continue;
        e->tokens += tokens;
        e->labels[e->tokens - 1] |= ITEMSET_LAST_TOKEN;
        e->weights[e->rows++] = t->node.rows.weights[row];
    }
}

/* Masks as the tokens that they stand for. */
static uint64_t spell_masks(const uint64_t *masks, uint64_t rows, uint16_t *labels)
{
    uint64_t count = 0;
    for (uint64_t row = 0; row < rows; ++row) {
        for (uint64_t left = masks[row]; left != 0; left &= left - 1)
            labels[count++] = (uint16_t)__builtin_ctzll(left);
        labels[count - 1] |= ITEMSET_LAST_TOKEN;
    }
    return count;
}

static void check_branch(const itemset_sheaves *sheaves, uint32_t item, const expected *e)
{
    static uint64_t masks[ROWS], weights[ROWS];
    static uint16_t labels[ROWS * WIDTH];
    bool is_masked = e->partners <= ITEMSET_MASK_ITEMS;
    const itemset_branch_rows sum = itemset_sheaves_count(sheaves, item);
    assert_int_equal(sum.rows, e->rows);
    assert_int_equal(sum.tokens, is_masked ? 0 : e->tokens);
    for (uint64_t row = 0; row < ROWS; ++row)
        weights[row] = 1;
    itemset_sheaves_read(sheaves, item, masks, labels, weights);
    if (is_masked)
        assert_int_equal(spell_masks(masks, sum.rows, labels), e->tokens);
    assert_memory_equal(labels, e->labels, e->tokens * sizeof *labels);
    assert_memory_equal(weights, e->weights, e->rows * sizeof *weights);
}

/* The sheaves of branches[count], from pieces of the rows. */
static itemset_sheaves *cut_all(const top *t, const itemset_partners *partners, bool weighted,
                                const uint32_t *branches, uint64_t count)
{
    itemset_cutting cutting;
    itemset_sheaves *sheaves = itemset_sheaves_create(branches, count, weighted);
    assert_non_null(sheaves);
    assert_int_equal(itemset_cutting_create(partners, weighted, &cutting), PATRON_OK);
    for (uint64_t piece = 0; piece < PIECES; ++piece) {
        assert_int_equal(itemset_cut(&cutting, &t->node.rows, ROWS * piece / PIECES,
                                     ROWS * (piece + 1) / PIECES),
                         PATRON_OK);
        uint64_t words = itemset_cutting_words(&cutting, branches, count);
        uint64_t *load = itemset_sheaves_add(sheaves, words);
        assert_non_null(load);
        assert_ptr_equal(itemset_cutting_bundle(&cutting, branches, count, load), load + words);
    }
    assert_int_equal(itemset_sheaves_index(sheaves), PATRON_OK);
    itemset_cutting_free(&cutting);
    return sheaves;
}

/* The same rows as one sheaf of fewer branches, as a gift has them. */
static itemset_sheaves *bundle(const itemset_sheaves *from, const uint32_t *branches,
                               uint64_t count)
{
    itemset_sheaves *sheaves = itemset_sheaves_create(branches, count, from->weighted);
    assert_non_null(sheaves);
    uint64_t *load =
        itemset_sheaves_add(sheaves, itemset_sheaves_bundle_words(from, branches, count));
    assert_non_null(load);
    itemset_sheaves_bundle(from, branches, count, load);
    assert_int_equal(itemset_sheaves_index(sheaves), PATRON_OK);
    assert_int_equal(sheaves->sheaf_count, 1);
    return sheaves;
}

static void check(bool weighted, bool judged)
{
    static expected e;
    static top t;
    itemset_partners partners;
    uint32_t branches[COUNTED], some[COUNTED / 3 + 1], masked = 0, labelled = 0;
    make_top(&t, weighted);
    assert_int_equal(itemset_partners_create(&t.node, &t.pairs, MIN_COUNT, judged, &partners),
                     PATRON_OK);
    for (uint32_t item = 0; item < COUNTED; ++item) {
        branches[item] = item;
        some[item / 3] = item; /* the last of three */
    }
    itemset_sheaves *sheaves = cut_all(&t, &partners, weighted, branches, COUNTED);
    itemset_sheaves *gift = bundle(sheaves, some, COUNTED / 3);
    for (uint32_t item = 0; item < COUNTED; ++item) {
        find_expected(&t, item, judged, &e);
        assert_int_equal(partners.counts[item], e.partners);
        masked += e.rows > 0 && e.partners <= ITEMSET_MASK_ITEMS;
        labelled += e.rows > 0 && e.partners > ITEMSET_MASK_ITEMS;
        check_branch(sheaves, item, &e);
        if (item % 3 == 2)
            check_branch(gift, item, &e);
    }
    assert_true(masked > 10 && labelled > 10);
    assert_int_equal(itemset_sheaves_count(gift, 0).rows, 0);
    itemset_sheaves_free(sheaves);
    itemset_sheaves_free(gift);
    itemset_partners_free(&partners);
    itemset_pairs_free(&t.pairs);
}

static void test_rows(void **state)
{
    (void)state;
    check(false, false);
    check(true, false);
}

static void test_rows_of_judged_sets(void **state)
{
    (void)state;
    check(false, true);
    check(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_rows_of_judged_sets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
