/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms by their definitions, on values whose figures are known. */
#include "data/transform.h"

#include "patron/elementary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 5, COLUMNS = 3 };

/* A column with mean 4 and variance 8, a constant one, one with a missing value. */
static const float VALUES[ROWS * COLUMNS] = {0.0F, 7.0F, 1.0F, 2.0F, 7.0F, NAN,  4.0F, 7.0F,
                                             2.0F, 6.0F, 7.0F, 6.0F, 8.0F, 7.0F, 3.0F};
enum { FIRST_ROW = 10 };

typedef struct fixture {
    patron_texts names;
    patron_transform transform;
    patron_rows rows;
} fixture;

/* Takes values[rows x COLUMNS] instead of what there was. */
static void take(fixture *made, const float *values, uint64_t rows)
{
    const patron_rows_shape shape = {
        .first = FIRST_ROW, .count = rows, .columns = COLUMNS, .threads = 2};
    patron_rows_free(&made->rows);
    assert_int_equal(patron_rows_pack(values, NULL, &shape, &made->rows), PATRON_OK);
}

static int make(void **state)
{
    static fixture made;
    made = (fixture){0};
    patron_texts_append(&made.names, "sum", 3);
    patron_texts_append(&made.names, "same", 4);
    patron_texts_append(&made.names, "gap", 3);
    take(&made, VALUES, ROWS);
    *state = &made;
    return patron_transform_create(COLUMNS, &made.transform) == PATRON_OK ? 0 : 1;
}

static int release(void **state)
{
    fixture *made = *state;
    patron_transform_free(&made->transform);
    patron_texts_free(&made->names);
    patron_rows_free(&made->rows);
    return 0;
}

static patron_status estimate(fixture *made, patron_scale scale, patron_missing missing)
{
    patron_comm alone = patron_comm_self();
    return patron_transform_estimate(&alone, &made->rows, &made->names, scale, missing,
                                     &made->transform);
}

static void check_figures(const fixture *made, uint32_t column, double fill, double offset,
                          double scale)
{
    assert_true(made->transform.fill[column] == fill);
    assert_true(made->transform.offset[column] == offset);
    assert_true(made->transform.scale[column] == scale);
}

static void test_zscore_and_mean(void **state)
{
    fixture *made = *state;
    assert_int_equal(estimate(made, PATRON_SCALE_ZSCORE, PATRON_MISSING_MEAN), PATRON_OK);
    check_figures(made, 0, 4.0, 4.0, sqrt(8.0));
    check_figures(made, 1, 7.0, 7.0, 1.0);
    check_figures(made, 2, 3.0, 3.0, sqrt(14.0 / 5.0));
}

static void test_robust_and_median(void **state)
{
    fixture *made = *state;
    assert_int_equal(estimate(made, PATRON_SCALE_ROBUST, PATRON_MISSING_MEDIAN), PATRON_OK);
    check_figures(made, 0, 4.0, 4.0, 4.0);
    check_figures(made, 1, 7.0, 7.0, 1.0);
    check_figures(made, 2, 2.5, 2.5, 1.0); /* 1 2 2.5 3 6 */
}

static void test_minmax_and_none(void **state)
{
    fixture *made = *state;
    assert_int_equal(estimate(made, PATRON_SCALE_MINMAX, PATRON_MISSING_MEAN), PATRON_OK);
    check_figures(made, 0, 4.0, 0.0, 8.0);
    check_figures(made, 1, 7.0, 7.0, 1.0);
    patron_transform_free(&made->transform);
    assert_int_equal(patron_transform_create(COLUMNS, &made->transform), PATRON_OK);
    assert_int_equal(estimate(made, PATRON_SCALE_NONE, PATRON_MISSING_MEAN), PATRON_OK);
    check_figures(made, 0, 4.0, 0.0, 1.0);
}

static void test_log1p_comes_after_the_fill(void **state)
{
    fixture *made = *state;
    made->transform.log1p[2] = 1;
    assert_int_equal(estimate(made, PATRON_SCALE_MINMAX, PATRON_MISSING_MEAN), PATRON_OK);
    double least = patron_log1p(1.0), range = patron_log1p(6.0) - patron_log1p(1.0);
    check_figures(made, 2, 3.0, least, range);
    float filled = patron_transform_value(&made->transform, 2, (double)NAN);
    assert_true(filled == (float)((patron_log1p(3.0) - least) / range));
    double back = patron_transform_inverse(&made->transform, 2, (double)filled);
    assert_true(fabs(back - 3.0) < 1e-6);
}

/* A value of the rows as they lie now. */
static float value_at(const fixture *made, uint64_t row, uint64_t column)
{
    return made->rows.values[column * PATRON_BLOCK + row];
}

static void test_apply(void **state)
{
    fixture *made = *state;
    assert_int_equal(estimate(made, PATRON_SCALE_ZSCORE, PATRON_MISSING_MEDIAN), PATRON_OK);
    assert_int_equal(made->transform.rows, ROWS);
    assert_int_equal(made->transform.missing, 1);
    assert_int_equal(patron_transform_rows(&made->transform, &made->names, &made->rows), PATRON_OK);
    for (uint32_t i = 0; i < ROWS * COLUMNS; ++i)
        assert_true(value_at(made, i / COLUMNS, i % COLUMNS) ==
                    patron_transform_value(&made->transform, i % COLUMNS, (double)VALUES[i]));
}

static void fails(fixture *made, patron_missing missing, const char *says)
{
    char text[PATRON_FAIL_CAPACITY];
    assert_int_equal(estimate(made, PATRON_SCALE_ZSCORE, missing), PATRON_DATA);
    patron_fail_text(PATRON_DATA, text, sizeof text);
    assert_non_null(strstr(text, says));
}

static void test_missing_is_an_error(void **state)
{
    fails(*state, PATRON_MISSING_ERROR, "row 11, column 'gap': missing");
}

static void test_nothing_to_fill_with(void **state)
{
    fixture *made = *state;
    float values[ROWS * COLUMNS];
    for (uint32_t i = 0; i < ROWS * COLUMNS; ++i)
        values[i] = i % COLUMNS == 1 ? NAN : 1.0F;
    take(made, values, ROWS);
    fails(made, PATRON_MISSING_MEDIAN, "column 'same' has no value");
    fails(made, PATRON_MISSING_MEAN, "column 'same' has no value");
}

static void test_log1p_of_minus_one(void **state)
{
    fixture *made = *state;
    float values[ROWS * COLUMNS];
    memcpy(values, VALUES, sizeof values);
    values[4 * COLUMNS] = -1.0F;
    take(made, values, ROWS);
    made->transform.log1p[0] = 1;
    fails(made, PATRON_MISSING_MEAN, "row 14, column 'sum' is -1");
}

static void test_no_rows(void **state)
{
    fixture *made = *state;
    take(made, VALUES, 0);
    fails(made, PATRON_MISSING_DROP, "no row is left");
}

static void test_a_value_out_of_range(void **state)
{
    fixture *made = *state;
    char text[PATRON_FAIL_CAPACITY];
    made->transform.scale[1] = 1e-300;
    made->transform.fill[2] = 0.0;
    assert_int_equal(patron_transform_rows(&made->transform, &made->names, &made->rows),
                     PATRON_DATA);
    patron_fail_text(PATRON_DATA, text, sizeof text);
    assert_string_equal(text, "row 10, column 'same': not finite once it is transformed");
}

int main(void)
{
#define TRANSFORM_TEST(test) cmocka_unit_test_setup_teardown(test, make, release)
    const struct CMUnitTest tests[] = {
        TRANSFORM_TEST(test_zscore_and_mean),
        TRANSFORM_TEST(test_robust_and_median),
        TRANSFORM_TEST(test_minmax_and_none),
        TRANSFORM_TEST(test_log1p_comes_after_the_fill),
        TRANSFORM_TEST(test_apply),
        TRANSFORM_TEST(test_missing_is_an_error),
        TRANSFORM_TEST(test_nothing_to_fill_with),
        TRANSFORM_TEST(test_log1p_of_minus_one),
        TRANSFORM_TEST(test_no_rows),
        TRANSFORM_TEST(test_a_value_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
