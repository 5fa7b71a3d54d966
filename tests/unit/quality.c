/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of compare: the matching against trying all of them, expected informations against
 * values of exact fractions, contingency tables small and large, stability indices by hand. */
#include "quality/agreement.h"
#include "quality/contingency.h"
#include "quality/information.h"
#include "quality/matching.h"
#include "quality/stability.h"

#include "patron/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST_SIDE = 6 };

/* Adds up the table of labels; to be freed. */
static patron_contingency table_of(const int32_t *first, const int32_t *second, uint64_t count,
                                   uint32_t rows, uint32_t columns)
{
    const patron_comm alone = patron_comm_self();
    const patron_labelled_rows labelled = {count, first, second, rows, columns};
    patron_contingency table;
    assert_int_equal(patron_contingency_count(&alone, 2, &labelled, &table), PATRON_OK);
    return table;
}

/* ---- matching ---- */

/* The most that any pairing of rows from `row` on with columns not in `taken` can hold. */
static uint64_t best_of(uint64_t counts[MOST_SIDE][MOST_SIDE], uint32_t rows, uint32_t columns,
                        uint32_t row, uint32_t taken)
{
    if (row == rows)
        return 0;
    uint64_t best = best_of(counts, rows, columns, row + 1, taken);
    for (uint32_t c = 0; c < columns; ++c)
        if ((taken >> c & 1) == 0) {
            uint64_t with =
                counts[row][c] + best_of(counts, rows, columns, row + 1, taken | 1U << c);
            best = with > best ? with : best;
        }
    return best;
}

/* A table of random counts, many of them 0 and many equal, and its matching. */
static void check_matching(uint64_t trial)
{
    uint64_t counts[MOST_SIDE][MOST_SIDE] = {{0}}, held = 0;
    patron_contingency_cell cells[MOST_SIDE * MOST_SIDE];
    uint32_t rows =
        1 + (uint32_t)(patron_random_bits(trial, PATRON_PURPOSE_SEED, 0, 0) % MOST_SIDE);
    uint32_t columns =
        1 + (uint32_t)(patron_random_bits(trial, PATRON_PURPOSE_SEED, 1, 0) % MOST_SIDE);
    uint64_t range = trial % 3 == 0 ? 3 : 1000, seen = 0;
    patron_contingency table = {.rows = rows, .columns = columns, .cell = cells};
    uint32_t partner[MOST_SIDE];
    for (uint32_t r = 0; r < rows; ++r)
        for (uint32_t c = 0; c < columns; ++c) {
            uint64_t bits = patron_random_bits(trial, PATRON_PURPOSE_SEED, 2 + r, c);
            counts[r][c] = bits % 4 == 0 ? 0 : (bits >> 8) % range;
            if (counts[r][c] > 0)
                cells[table.cell_count++] = (patron_contingency_cell){r, c, counts[r][c]};
        }
    assert_int_equal(patron_matching_find(&table, partner), PATRON_OK);
    for (uint32_t r = 0; r < rows; ++r) {
        if (partner[r] == PATRON_UNMATCHED)
            continue;
        assert_true(partner[r] < columns && counts[r][partner[r]] > 0);
        assert_int_equal(seen >> partner[r] & 1, 0);
        seen |= UINT64_C(1) << partner[r];
        held += counts[r][partner[r]];
    }
    assert_true(held == best_of(counts, rows, columns, 0, 0));
}

static void test_matching(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 3000; ++trial)
        check_matching(trial);
}

/* The greedy choice, 10, would leave 1 for the other row. */
static void test_matching_is_not_greedy(void **state)
{
    (void)state;
    patron_contingency_cell cells[] = {{0, 0, 10}, {0, 1, 9}, {1, 0, 9}, {1, 1, 1}};
    const patron_contingency table = {.rows = 2, .columns = 2, .cell_count = 4, .cell = cells};
    uint32_t partner[2];
    assert_int_equal(patron_matching_find(&table, partner), PATRON_OK);
    assert_int_equal(partner[0], 1);
    assert_int_equal(partner[1], 0);
}

/* ---- information ---- */

static void test_log_ratio(void **state)
{
    (void)state;
    const uint64_t large = UINT64_C(1) << 40;
    assert_true(patron_log_ratio(6, large, 3, 2 * large) == 0.0);
    assert_true(fabs(patron_log_ratio(large + 1, 1, large, 1) - 0x1p-40) < 0x1p-80);
    assert_true(fabs(patron_log_ratio(1, 1, large, large) + 80.0 * log(2.0)) < 1e-13);
    assert_true(fabs(patron_log_ratio(3, 5, 2, 7) - log1p(1.0 / 14.0)) < 3e-17);
}

/* Of `n` rows, `a` in the first of two segments and `b` in the first of two others. */
static double expected_of_two(uint64_t n, uint64_t a, uint64_t b)
{
    const patron_comm alone = patron_comm_self();
    uint64_t row_sum[] = {a, n - a}, column_sum[] = {b, n - b};
    const patron_contingency table = {
        .rows = 2, .columns = 2, .total = n, .row_sum = row_sum, .column_sum = column_sum};
    double expected = 0.0;
    assert_int_equal(patron_expected_information(&alone, &table, 2, &expected), PATRON_OK);
    return expected;
}

/* Two of four rows drawn twice: the same two or the other two with 1/3, and then log 2. */
static void test_expected_information(void **state)
{
    (void)state;
    const double log2 = 0.69314718055994530942;
    assert_true(fabs(expected_of_two(4, 2, 2) - log2 / 3.0) < 1e-16);
    /* one row of n drawn twice: the same one with 1/n, and then the entropy h; else log(n/(n-1)) of
     * n - 2 rows, less what two single rows say */
    for (uint64_t n = 3; n < 2000000000; n = n * 7 + 1) {
        double m = (double)n;
        double same = log(m) / m + (m - 1) / m * -log1p(-1 / m);
        double other = 2 / m * -log1p(-1 / m) + (m - 2) / m * log1p(-1 / ((m - 1) * (m - 1)));
        assert_true(fabs(expected_of_two(n, 1, 1) - (same / m + (m - 1) / m * other)) <
                    1e-12 * (same / m));
    }
}

/* For many rows the expectation is near half the degrees of freedom over n. */
static void test_expected_information_of_many(void **state)
{
    (void)state;
    const uint64_t n = UINT64_C(1) << 40;
    double scaled = expected_of_two(n, n / 2, n / 4) * 2.0 * (double)n;
    assert_true(fabs(scaled - 1.0) < 1e-5);
}

/* ---- tables ---- */

/* A table too large to be held whole, against one cell a row and the sums. */
static void test_large_table(void **state)
{
    (void)state;
    enum { ROWS = 4000, SEGMENTS = 3000 };
    static int32_t first[ROWS], second[ROWS];
    for (int32_t i = 0; i < ROWS; ++i) {
        first[i] = i % 11 == 0 ? -1 : (i * 7) % SEGMENTS;
        second[i] = i % 13 == 0 ? -1 : (i * 7 + 5) % SEGMENTS;
    }
    patron_contingency table = table_of(first, second, ROWS, SEGMENTS, SEGMENTS);
    uint64_t total = 0;
    for (uint64_t i = 0; i < table.cell_count; ++i) {
        const patron_contingency_cell *cell = &table.cell[i];
        uint64_t count = 0;
        for (int32_t row = 0; row < ROWS; ++row)
            count += first[row] == (int32_t)cell->row && second[row] == (int32_t)cell->column;
        assert_true(cell->count == count && count > 0);
        assert_true(i == 0 || cell[-1].row < cell->row ||
                    (cell[-1].row == cell->row && cell[-1].column < cell->column));
        total += count;
    }
    assert_true(table.total == total && table.total + table.left_out == ROWS);
    patron_contingency_free(&table);
}

static void test_equal_labels_agree_exactly(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    const patron_comm alone = patron_comm_self();
    int32_t first[ROWS], second[ROWS];
    for (int32_t i = 0; i < ROWS; ++i) {
        first[i] = i * i % 7;
        second[i] = 6 - first[i];
    }
    patron_contingency table = table_of(first, second, ROWS, 7, 9);
    patron_agreement agreement;
    assert_int_equal(patron_agreement_compute(&alone, &table, 1, &agreement), PATRON_OK);
    assert_true(agreement.mutual_information == agreement.entropy_first);
    assert_true(agreement.adjusted_mutual_information == 1.0 && agreement.v_measure == 1.0);
    assert_true(agreement.variation_of_information == 0.0 && agreement.fowlkes_mallows == 1.0);
    patron_contingency_free(&table);
}

/* ---- stability ---- */

static void test_stability(void **state)
{
    (void)state;
    const uint64_t old_counts[] = {20, 80, 0, 0}, new_counts[] = {100, 99, 0, 1},
                   nothing[] = {0, 0, 0, 0};
    double by_hand = 0.3 * log(0.5 / 0.2) + (0.495 - 0.8) * log(0.495 / 0.8) +
                     (0.005 - 0.005) * log(0.005 / 0.005);
    assert_true(fabs(patron_stability_index(old_counts, new_counts, 4) - by_hand) < 1e-15);
    assert_true(patron_stability_index(old_counts, old_counts, 4) == 0.0);
    assert_true(isnan(patron_stability_index(old_counts, nothing, 4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matching),
                                       cmocka_unit_test(test_matching_is_not_greedy),
                                       cmocka_unit_test(test_log_ratio),
                                       cmocka_unit_test(test_expected_information),
                                       cmocka_unit_test(test_expected_information_of_many),
                                       cmocka_unit_test(test_large_table),
                                       cmocka_unit_test(test_equal_labels_agree_exactly),
                                       cmocka_unit_test(test_stability)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
