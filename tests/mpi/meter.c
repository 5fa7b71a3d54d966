/* SPDX-License-Identifier: Apache-2.0 */
/* The meter over ranks: what collectives carry, who waited, whose clock is whose. */
#include "runtime/meter.h"

#include "mpi_main.h"

#include <stdlib.h>
#include <time.h>

static patron_comm metered(void)
{
    patron_comm comm = test_comm;
    patron_meter_start();
    patron_meter_join(&comm);
    return comm;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

static uint64_t most(const patron_meter_report *report, patron_step step, patron_figure figure)
{
    return report->step[step][figure].max;
}

/* Rank r brings r + 1 bytes, and all get all. */
static void test_bytes_of_a_gather(void **state)
{
    (void)state;
    patron_comm comm = metered();
    char own[8] = {0};
    void *all = NULL;
    uint64_t total = 0, ranks = (uint64_t)comm.size;
    patron_meter_report report;
    patron_status status =
        patron_comm_gather(&comm, PATRON_OK, own, (uint64_t)comm.rank + 1, &all, &total);
    patron_meter_reduce(&comm, &report);
    free(all);
    assert_int_equal(status, PATRON_OK);
    const patron_spread_figure *in = report.step[PATRON_STEP_GATHER];
    if (ranks == 1) { /* nothing travels */
        assert_int_equal(in[PATRON_FIGURE_CALLS].max, 0);
        return;
    }
    /* of three ranks one hands its own to another first, and has all from it in the end */
    uint64_t whole = ranks * (ranks + 1) / 2, counts = (ranks - 1) * 8;
    assert_int_equal(in[PATRON_FIGURE_IN].max, (ranks == 3 ? whole : whole - 1) + counts);
    assert_true(in[PATRON_FIGURE_OUT].mean == in[PATRON_FIGURE_IN].mean);
}

/* Ranks send each other one byte; what a rank keeps does not travel.  The broadcasts inside another
 * collective count as that one. */
static void test_bytes_of_other_collectives(void **state)
{
    (void)state;
    patron_comm comm = metered();
    uint64_t ranks = (uint64_t)comm.size, values[3] = {0};
    uint64_t *ones = calloc(ranks, sizeof *ones);
    char *sent = calloc(ranks, 1), *came = calloc(ranks, 1), text[10] = {0};
    for (uint64_t r = 0; r < ranks; ++r)
        ones[r] = 1;
    patron_comm_exchange(&comm, sent, ones, came, ones);
    patron_comm_reduce_u64(&comm, values, 3, PATRON_SUM);
    patron_comm_broadcast(&comm, text, sizeof text, 0);
    patron_meter_report report;
    patron_meter_reduce(&comm, &report);
    free(ones);
    free(sent);
    free(came);
    bool alone = comm.size == 1;
    assert_int_equal(most(&report, PATRON_STEP_EXCHANGE, PATRON_FIGURE_OUT), ranks - 1);
    assert_int_equal(most(&report, PATRON_STEP_ALLREDUCE, PATRON_FIGURE_IN), alone ? 0 : 24);
    assert_int_equal(most(&report, PATRON_STEP_BROADCAST, PATRON_FIGURE_IN), alone ? 0 : 10);
    assert_int_equal(most(&report, PATRON_STEP_BROADCAST, PATRON_FIGURE_OUT), alone ? 0 : 10);
    assert_int_equal(report.step[PATRON_STEP_BROADCAST][PATRON_FIGURE_OUT].rank, 0);
    assert_int_equal(most(&report, PATRON_STEP_GATHER, PATRON_FIGURE_CALLS), 0);
}

/* The last rank naps, and all others wait for it: it for nobody. */
static void test_the_last_one_does_not_wait(void **state)
{
    (void)state;
    patron_comm comm = metered();
    bool is_last = comm.rank == comm.size - 1;
    uint64_t figures[PATRON_STEPS][PATRON_FIGURES], value = 0;
    if (is_last)
        nap();
    patron_comm_reduce_u64(&comm, &value, 1, PATRON_SUM);
    patron_meter_settle(&comm);
    patron_meter_read(figures);
    uint64_t waited = figures[PATRON_STEP_ALLREDUCE][PATRON_FIGURE_WAIT];
    assert_int_equal(waited, figures[PATRON_STEP_WAIT][PATRON_FIGURE_SECONDS]);
    if (is_last)
        assert_int_equal(waited, 0);
    else
        assert_true(waited > 0);
}

/* Whoever has it does not wait for those who get it, however late they come. */
static void test_a_root_does_not_wait(void **state)
{
    (void)state;
    patron_comm comm = metered();
    uint64_t figures[PATRON_STEPS][PATRON_FIGURES], value = 0;
    if (comm.rank != 0)
        nap();
    patron_comm_broadcast(&comm, &value, sizeof value, 0);
    patron_meter_settle(&comm);
    patron_meter_read(figures);
    if (comm.rank == 0)
        assert_int_equal(figures[PATRON_STEP_BROADCAST][PATRON_FIGURE_WAIT], 0);
}

/* More collectives than are noted at a time. */
static void test_many_collectives(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    patron_comm comm = metered();
    patron_meter_report report;
    for (int i = 0; i < MANY; ++i)
        if (patron_comm_agree(&comm, PATRON_OK) != PATRON_OK)
            break;
    patron_meter_reduce(&comm, &report);
    assert_int_equal(most(&report, PATRON_STEP_AGREE, PATRON_FIGURE_CALLS),
                     comm.size > 1 ? MANY : 0);
    assert_int_equal(most(&report, PATRON_STEP_ALLREDUCE, PATRON_FIGURE_CALLS), 0);
}

/* One rank whose meter is off has those of all off: none waits for what it does not send. */
static void test_one_that_is_off(void **state)
{
    (void)state;
    patron_comm comm = test_comm;
    bool is_last = comm.rank == comm.size - 1;
    patron_meter_report report;
    patron_meter_start();
    if (is_last)
        patron_meter_stop();
    patron_meter_join(&comm);
    patron_comm_reduce_u64(&comm, &(uint64_t){0}, 1, PATRON_SUM);
    patron_meter_reduce(&comm, &report);
    assert_false(comm.is_metered);
    assert_false(report.is_there);
}

/* A communicator that nobody joined, and one process alone, leave no trace. */
static void test_others_are_not_metered(void **state)
{
    (void)state;
    patron_comm comm = metered(), alone = patron_comm_self();
    patron_meter_report report;
    uint64_t value = 1;
    patron_comm_reduce_u64(&test_comm, &value, 1, PATRON_SUM);
    patron_meter_leave(patron_meter_arrive(&alone, PATRON_STEP_ASSIGN), 0, 0);
    patron_meter_reduce(&comm, &report);
    assert_false(patron_meter_has(&report, PATRON_STEP_ALLREDUCE));
    assert_false(patron_meter_has(&report, PATRON_STEP_ASSIGN));
}

/* Clocks that are thousands of seconds apart are brought together to within one. */
static void test_clocks_meet(void **state)
{
    (void)state;
    double skew = 1000.0 * test_comm.rank * (test_comm.rank % 2 == 0 ? 1.0 : -3.0);
    double offset = patron_clock_offset(&test_comm, skew);
    assert_true(offset + skew > -1.0 && offset + skew < 1.0);
    assert_true(patron_clock_is_shared(&test_comm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes_of_a_gather),
                                       cmocka_unit_test(test_bytes_of_other_collectives),
                                       cmocka_unit_test(test_the_last_one_does_not_wait),
                                       cmocka_unit_test(test_a_root_does_not_wait),
                                       cmocka_unit_test(test_many_collectives),
                                       cmocka_unit_test(test_one_that_is_off),
                                       cmocka_unit_test(test_others_are_not_metered),
                                       cmocka_unit_test(test_clocks_meet)};
    return test_mpi_main("meter", tests, sizeof tests / sizeof tests[0]);
}
