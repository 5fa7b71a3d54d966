/* SPDX-License-Identifier: Apache-2.0 */
/* The seconds of phases over ranks: the longest of each. */
#include "cli/phases.h"

#include "mpi_main.h"

static void test_reduce_takes_the_longest(void **state)
{
    (void)state;
    patron_phases phases = patron_phases_start();
    patron_phases_mark(&phases, "read");
    patron_phases_mark(&phases, "fit");
    phases.phases[0].seconds = 1.0 + test_comm.rank;
    phases.phases[1].seconds = 9.0 - test_comm.rank;
    phases.started -= 100.0 * test_comm.rank;
    patron_phases_reduce(&phases, &test_comm);
    double longest_total = 100.0 * (test_comm.size - 1);
    assert_int_equal(phases.count, 3);
    assert_true(patron_phases_seconds(&phases, "read") == (double)test_comm.size);
    assert_true(patron_phases_seconds(&phases, "fit") == 9.0);
    assert_true(patron_phases_seconds(&phases, "total") >= longest_total);
    assert_string_equal(phases.phases[2].name, "total");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reduce_takes_the_longest)};
    return test_mpi_main("phases", tests, sizeof tests / sizeof tests[0]);
}
