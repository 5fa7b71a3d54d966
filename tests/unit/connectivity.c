/* SPDX-License-Identifier: Apache-2.0 */
/* Connectivity by hand: rows on a line, ties, few rows. */
#include "quality/connectivity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 12 };

static void assert_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-14);
}

/* Rows 0 ... 11 stand at 0 ... 11; the last four are another segment. */
static void test_on_a_line(void **state)
{
    const patron_comm alone = patron_comm_self();
    float values[ROWS];
    int32_t labels[ROWS];
    double penalty[ROWS];
    const patron_sampled_rows rows = {values, NULL, ROWS, 1};
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        values[i] = (float)i;
        labels[i] = i < 8 ? 0 : 1;
    }
    for (int threads = 1; threads < 4; ++threads) {
        patron_connectivity_find(&alone, threads, &rows, labels, penalty);
        /* of row 0 the 8th, 9th and 10th; of row 11 the 4th and on; the first of equal ones first:
         * row 7 has 6 8 5 9 4 10 3 11 2 1 */
        assert_near(penalty[0], 1.0 / 8 + 1.0 / 9 + 1.0 / 10);
        assert_near(penalty[7], 1.0 / 2 + 1.0 / 4 + 1.0 / 6 + 1.0 / 8);
        assert_near(penalty[11], patron_connectivity_most(ROWS) - 1.0 - 0.5 - 1.0 / 3);
    }
}

static void test_few_rows(void **state)
{
    const patron_comm alone = patron_comm_self();
    const float values[] = {1.0F, 1.0F, 1.0F};
    const int32_t labels[] = {0, 1, 0};
    double penalty[3];
    patron_sampled_rows rows = {values, NULL, 3, 1};
    (void)state;
    patron_connectivity_find(&alone, 1, &rows, labels, penalty);
    assert_true(penalty[0] == 1.0 && penalty[1] == 1.5 && penalty[2] == 0.5);
    assert_true(patron_connectivity_most(3) == 1.5 && patron_connectivity_most(1) == 0.0);
    rows.count = 1;
    patron_connectivity_find(&alone, 1, &rows, labels, penalty);
    assert_true(penalty[0] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_on_a_line),
                                       cmocka_unit_test(test_few_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
