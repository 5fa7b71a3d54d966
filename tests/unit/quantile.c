/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles between neighbours: the entries that they lie between, and the values, worked out by
 * hand from the definition. */
#include "data/quantile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static double quantile_of(const double *sorted, uint64_t count, double level)
{
    patron_quantile_place place = patron_quantile_find(level, count);
    assert_true(place.high < count);
    return patron_quantile_between(level, place, sorted[place.low], sorted[place.high]);
}

static void test_one_entry(void **state)
{
    (void)state;
    const double one[] = {-3.5};
    for (int i = 0; i <= 20; ++i)
        assert_true(quantile_of(one, 1, i / 20.0) == -3.5);
}

static void test_entries_themselves(void **state)
{
    (void)state;
    const double sorted[] = {1.0, 2.0, 4.0, 8.0, 16.0};
    for (int i = 0; i < 5; ++i)
        assert_true(quantile_of(sorted, 5, i / 4.0) == sorted[i]);
}

static void test_between_entries(void **state)
{
    (void)state;
    const double sorted[] = {0.0, 10.0, 20.0, 40.0};
    assert_true(quantile_of(sorted, 4, 0.25) == 7.5);  /* three quarters of the way to 10 */
    assert_true(quantile_of(sorted, 4, 0.75) == 25.0); /* a quarter from 20 to 40 */
    assert_true(quantile_of(sorted, 4, 0.5) == 15.0);
}

/* The sum of the two is not rounded away, as the difference would be. */
static void test_median_is_the_mean_of_two(void **state)
{
    (void)state;
    const double sorted[] = {-1.0, 0x1p60};
    assert_true(quantile_of(sorted, 2, 0.5) == (-1.0 + 0x1p60) / 2.0);
}

static void test_many_entries(void **state)
{
    (void)state;
    const uint64_t count = (UINT64_C(1) << 40) + 1;
    patron_quantile_place place = patron_quantile_find(0.25, count);
    assert_true(place.low == UINT64_C(1) << 38);
    assert_true(place.part == 0.0);
    assert_true(patron_quantile_find(1.0, count).high == count - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_entry), cmocka_unit_test(test_entries_themselves),
        cmocka_unit_test(test_between_entries), cmocka_unit_test(test_median_is_the_mean_of_two),
        cmocka_unit_test(test_many_entries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
