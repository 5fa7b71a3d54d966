/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles of distances against sorting them, with more segments than are looked at in one go. */
#include "quality/spread.h"

#include "patron/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 20000, SEGMENTS = 2500, LEVELS = PATRON_SPREAD_LEVELS };

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

/* One column about centroids at 0; every fifth row has no label, segment 7 no row. */
static void test_order_statistics(void **state)
{
    static float values[ROWS], own[ROWS];
    static int32_t labels[ROWS];
    static double centroids[SEGMENTS];
    const patron_comm alone = patron_comm_self();
    const patron_rows_shape shape = {.count = ROWS, .columns = 1, .threads = 3};
    patron_rows rows;
    patron_spread spread;
    (void)state;
    for (uint64_t i = 0; i < ROWS; ++i) {
        uint64_t bits = patron_random_bits(1, PATRON_PURPOSE_SEED, i, 0);
        values[i] = (float)((double)(bits % 1000) - 500.0) * 0.37F;
        labels[i] = i % 5 == 4 ? -1 : (int32_t)((bits >> 32) % SEGMENTS);
        labels[i] = labels[i] == 7 ? 8 : labels[i];
    }
    assert_int_equal(patron_rows_pack(values, NULL, &shape, &rows), PATRON_OK);
    for (uint64_t i = 4; i < ROWS; i += 5)
        rows.lanes[i / PATRON_BLOCK] &= ~(UINT64_C(1) << i % PATRON_BLOCK);
    assert_int_equal(patron_spread_measure(&alone, &rows, labels, centroids, SEGMENTS, &spread),
                     PATRON_OK);
    for (int32_t s = 0; s < SEGMENTS; ++s) {
        uint64_t count = 0;
        int64_t beyond = 0;
        for (uint64_t i = 0; i < ROWS; ++i)
            if (labels[i] == s) {
                own[count++] = fabsf(values[i]);
                beyond += (double)fabsf(values[i]) > spread.threshold[s] ? 1 : 0;
            }
        qsort(own, count, sizeof *own, compare);
        const double *found = spread.quantile + (uint64_t)s * LEVELS;
        for (int level = 0; level < LEVELS && count > 0; ++level) {
            uint64_t rank = (count * patron_spread_percents[level] + 99) / 100;
            assert_true(found[level] == (double)own[rank - 1]);
        }
        assert_true(count > 0 || (isnan(found[0]) && isnan(spread.threshold[s])));
        assert_true(spread.beyond[s] == beyond);
    }
    assert_true(isnan(spread.distance[4]) && spread.distance[5] == fabsf(values[5]));
    patron_spread_free(&spread);
    patron_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order_statistics)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
