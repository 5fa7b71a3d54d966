/* SPDX-License-Identifier: Apache-2.0 */
/* The box of a reference by hand: along a slanted line, along columns, and what is drawn from it.
 */
#include "sweep/reference.h"
#include "patron/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SEED = 5, DRAW = 3, DRAWN = 400, WIDE = PATRON_SHAPE_COLUMNS + 1 };

static void assert_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-6);
}

/* Rows along (3, 4) / 5, at -10, -5, 5 and 10 of it, and 1 across, about (7, 1). */
static void test_slanted_box(void **state)
{
    const double along[] = {-10.0, -5.0, 5.0, 10.0, 0.0, 0.0}, across[] = {0, 0, 0, 0, 1.0, -1.0};
    const double mean[] = {7.0, 1.0};
    float values[12], drawn[2 * DRAWN];
    const patron_sampled_rows rows = {values, NULL, 6, 2};
    patron_reference reference;
    double least[2] = {INFINITY, INFINITY}, greatest[2] = {-INFINITY, -INFINITY};
    (void)state;
    for (int i = 0; i < 6; ++i) {
        values[2 * i] = (float)(mean[0] + 0.6 * along[i] - 0.8 * across[i]);
        values[2 * i + 1] = (float)(mean[1] + 0.8 * along[i] + 0.6 * across[i]);
    }
    assert_int_equal(patron_reference_create(&rows, &reference), PATRON_OK);
    assert_int_equal(patron_reference_draw(&reference, SEED, DRAW, DRAWN, drawn), PATRON_OK);
    assert_near(reference.mean[0], mean[0]);
    assert_near(reference.mean[1], mean[1]);
    for (int i = 0; i < DRAWN; ++i) {
        double x = (double)drawn[2 * i] - mean[0], y = (double)drawn[2 * i + 1] - mean[1];
        const double at[] = {0.6 * x + 0.8 * y, 0.6 * y - 0.8 * x};
        for (int a = 0; a < 2; ++a) {
            least[a] = fmin(least[a], at[a]);
            greatest[a] = fmax(greatest[a], at[a]);
        }
    }
    /* all within the box, and near to its sides: of 400 one is nearly always in the outer 5% */
    assert_true(least[0] > -10.0001 && least[0] < -9.0 && greatest[0] < 10.0001);
    assert_true(greatest[0] > 9.0 && least[1] > -1.0001 && least[1] < -0.9);
    assert_true(greatest[1] < 1.0001 && greatest[1] > 0.9);
    patron_reference_free(&reference);
}

/* Above PATRON_SHAPE_COLUMNS each column has its own range, and a number of its own. */
static void test_box_of_columns(void **state)
{
    float values[2 * WIDE], drawn[3 * WIDE];
    const patron_sampled_rows rows = {values, NULL, 2, WIDE};
    patron_reference reference;
    (void)state;
    for (int j = 0; j < WIDE; ++j) {
        values[j] = (float)j;
        values[WIDE + j] = (float)(3 * j);
    }
    assert_int_equal(patron_reference_create(&rows, &reference), PATRON_OK);
    assert_null(reference.axes);
    assert_int_equal(patron_reference_draw(&reference, SEED, DRAW, 3, drawn), PATRON_OK);
    for (uint64_t i = 0; i < 3; ++i)
        for (uint32_t j = 0; j < WIDE; ++j) {
            double unit =
                patron_random_unit(SEED, PATRON_PURPOSE_REFERENCE, ((uint64_t)DRAW << 32) + i, j);
            assert_true(drawn[i * WIDE + j] == (float)(2.0 * j + (unit * 2.0 * j - j)));
        }
    patron_reference_free(&reference);
}

/* Rows without spread give a box without any. */
static void test_point(void **state)
{
    const float values[] = {2.0F, -3.0F, 2.0F, -3.0F, 2.0F, -3.0F};
    const patron_sampled_rows rows = {values, NULL, 3, 2};
    float drawn[8];
    patron_reference reference;
    (void)state;
    assert_int_equal(patron_reference_create(&rows, &reference), PATRON_OK);
    assert_int_equal(patron_reference_draw(&reference, SEED, 0, 4, drawn), PATRON_OK);
    for (int i = 0; i < 4; ++i)
        assert_true(drawn[2 * i] == 2.0F && drawn[2 * i + 1] == -3.0F);
    patron_reference_free(&reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slanted_box),
                                       cmocka_unit_test(test_box_of_columns),
                                       cmocka_unit_test(test_point)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
