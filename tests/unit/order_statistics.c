/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles against sorting, with NumPy's interpolation written out. */
#include "data/order_statistics.h"

#include "patron/random.h"

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
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double by_sorting(const double *values, uint64_t count, double level)
{
    double sorted[MOST];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_values);
    double position = level * (double)(count - 1);
    uint64_t below = (uint64_t)position;
    double part = position - (double)below;
    double low = sorted[below], high = sorted[below + 1 < count ? below + 1 : below];
    if (part == 0.5 && level == 0.5)
        return (low + high) / 2.0;
    return part >= 0.5 ? high - (high - low) * (1.0 - part) : low + (high - low) * part;
}

static void check_levels(const double *values, uint64_t count)
{
    static const double levels[] = {0.0, 0.01, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0};
    patron_comm alone = patron_comm_self();
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; ++i) {
        double found = patron_quantile(&alone, values, count, levels[i]);
        double expected = by_sorting(values, count, levels[i]);
        assert_true(found == expected);
    }
}

/* Of both signs, over many magnitudes, with ties. */
static void test_against_sorting(void **state)
{
    (void)state;
    double values[MOST];
    for (uint64_t count = 1; count <= MOST; count += count < 12 ? 1 : 49) {
        for (uint64_t i = 0; i < count; ++i) {
            double unit = patron_random_unit(1, PATRON_PURPOSE_SEED, i, (uint32_t)count);
            int exponent = (int)(patron_random_bits(2, PATRON_PURPOSE_SEED, i, 0) % 80) - 40;
            values[i] = i % 3 == 0 ? floor(6.0 * unit) - 3.0 : ldexp(unit - 0.5, exponent);
        }
        check_levels(values, count);
    }
}

static void test_neighbours_in_the_last_bit(void **state)
{
    (void)state;
    const double values[] = {nextafter(1.0, 2.0), 1.0, nextafter(1.0, 0.0), 1.0, -0.0, 0.0, -1.0};
    check_levels(values, 7);
    check_levels(values, 6);
}

static void test_all_equal(void **state)
{
    (void)state;
    const double values[] = {-2.5, -2.5, -2.5, -2.5};
    check_levels(values, 4);
    check_levels(values, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sorting),
        cmocka_unit_test(test_neighbours_in_the_last_bit),
        cmocka_unit_test(test_all_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
