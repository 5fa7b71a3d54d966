/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics against sorting. */
#include "data/order_statistics.h"

#include "patron/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 600 };

static int compare_values(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Asks for every entry of the sorted column; `gaps` rows without a value lie between the others. */
static void check_entries(const float *values, uint64_t count, uint64_t gaps, int threads)
{
    const patron_comm alone = patron_comm_self();
    float sorted[MOST], column[3 * MOST];
    patron_order_query queries[MOST];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_values);
    for (uint64_t i = 0; i < count + gaps; ++i)
        column[i] = i % 2 == 1 && i / 2 < gaps ? NAN : 0.0F;
    for (uint64_t i = 0, at = 0; i < count; ++i, ++at) {
        while (isnan(column[at]))
            ++at;
        column[at] = values[i];
        queries[i] = (patron_order_query){0, i, 0.0F};
    }
    const patron_rows_shape shape = {.count = count + gaps, .columns = 1, .threads = threads};
    patron_rows rows;
    assert_int_equal(patron_rows_pack(column, NULL, &shape, &rows), PATRON_OK);
    assert_int_equal(patron_order_statistics(&alone, &rows, queries, count), PATRON_OK);
    for (uint64_t i = 0; i < count; ++i)
        assert_true(queries[i].value == sorted[i]);
    patron_rows_free(&rows);
}

/* Of both signs, over many magnitudes, with ties. */
static void test_against_sorting(void **state)
{
    (void)state;
    float values[MOST];
    for (uint64_t count = 1; count <= MOST; count += count < 12 ? 1 : 49) {
        for (uint64_t i = 0; i < count; ++i) {
            double unit = patron_random_unit(1, PATRON_PURPOSE_SEED, i, (uint32_t)count);
            int exponent = (int)(patron_random_bits(2, PATRON_PURPOSE_SEED, i, 0) % 80) - 40;
            values[i] = (float)(i % 3 == 0 ? floor(6.0 * unit) - 3.0 : ldexp(unit - 0.5, exponent));
        }
        check_entries(values, count, 0, 1);
        check_entries(values, count, count / 2, 2);
    }
}

static void test_neighbours_in_the_last_bit(void **state)
{
    (void)state;
    float values[] = {
        nextafterf(1.0F, 2.0F), 1.0F, nextafterf(1.0F, 0.0F), 1.0F, -0.0F, 0.0F, -1.0F};
    check_entries(values, 7, 0, 1);
    check_entries(values, 6, 3, 1);
}

static void test_all_equal(void **state)
{
    (void)state;
    float values[] = {-2.5F, -2.5F, -2.5F, -2.5F};
    check_entries(values, 4, 0, 1);
    check_entries(values, 1, 1, 2);
}

/* The greatest and least numbers, whose keys lie at both ends. */
static void test_ends_of_the_range(void **state)
{
    (void)state;
    float values[] = {FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, -FLT_TRUE_MIN, 0.0F};
    check_entries(values, 5, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sorting),
        cmocka_unit_test(test_neighbours_in_the_last_bit),
        cmocka_unit_test(test_all_equal),
        cmocka_unit_test(test_ends_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
