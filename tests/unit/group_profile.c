/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of groups that are small enough to be seen. */
#include "data/group_profile.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 130, SEGMENTS = 3 };

/* Row i holds i; segment i % 4, the last of which is none; segment 2 is empty. */
static void make(float *values, int32_t *labels, patron_rows *rows)
{
    const patron_rows_shape shape = {.count = ROWS, .columns = 1, .threads = 2};
    for (int32_t i = 0; i < ROWS; ++i) {
        values[i] = (float)i;
        labels[i] = i % 4 < 2 ? i % 4 : -1;
    }
    assert_int_equal(patron_rows_pack(values, NULL, &shape, rows), PATRON_OK);
}

static void test_figures(void **state)
{
    const patron_comm alone = patron_comm_self();
    float values[ROWS];
    int32_t labels[ROWS];
    patron_rows rows;
    patron_group_profile profile, by_column;
    const patron_row_groups groups = {labels, SEGMENTS};
    (void)state;
    make(values, labels, &rows);
    assert_int_equal(patron_group_profile_measure(&alone, &rows, &groups, 1 << 20, &profile),
                     PATRON_OK);
    assert_int_equal(patron_group_profile_measure(&alone, &rows, &groups, 1, &by_column),
                     PATRON_OK);
    for (int g = 0; g <= SEGMENTS; ++g) /* NaN is the same bits, too */
        assert_memory_equal(&profile.column[g], &by_column.column[g], sizeof *profile.column);
    patron_group_profile_free(&by_column);
    const patron_column_profile *column = profile.column;
    assert_true(profile.rows[0] == 33 && profile.rows[1] == 33 && profile.rows[2] == 0);
    assert_true(profile.rows[SEGMENTS] == 66);
    assert_true(column[0].mean == 64.0 && column[1].mean == 65.0 && column[3].mean == 64.5);
    assert_true(column[0].quantile[2] == 64.0 && column[3].quantile[2] == 64.5);
    assert_true(column[1].least == 1.0 && column[1].greatest == 129.0);
    assert_true(column[2].present == 0 && isnan(column[2].mean) && isnan(column[2].quantile[2]));
    assert_true(rows.lanes[0] == UINT64_MAX);
    patron_group_profile_free(&profile);
    patron_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_figures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
