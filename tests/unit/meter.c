/* SPDX-License-Identifier: Apache-2.0 */
/* The meter of one process: steps within steps, other threads, and nothing before it starts. */
#include "runtime/meter.h"

#include "patron/progress.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t figures[PATRON_STEPS][PATRON_FIGURES];

static void test_nothing_before_the_start(void **state)
{
    (void)state;
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    assert_false(span.is_open);
    patron_meter_leave(span, 5, 5);
    patron_meter_read(figures);
    assert_int_equal(figures[PATRON_STEP_READ][PATRON_FIGURE_CALLS], 0);
}

static void pass_time(double seconds)
{
    for (double end = patron_clock() + seconds; patron_clock() < end;)
        ;
}

/* The inner step's time is not the outer one's; together they are all of the time. */
static void test_steps_add_up(void **state)
{
    (void)state;
    double began = patron_clock();
    patron_meter_start();
    patron_span outer = patron_meter_enter(PATRON_STEP_PACK);
    double inside = patron_clock();
    patron_span inner = patron_meter_enter(PATRON_STEP_READ);
    pass_time(0.01);
    patron_meter_leave(inner, 7, 0);
    double least = 0.01, spent = patron_clock() - inside;
    patron_meter_leave(outer, 0, 3);
    patron_meter_read(figures);
    double whole = patron_clock() - began, sum = 0.0;
    for (int step = 0; step < PATRON_STEPS; ++step)
        sum += (double)figures[step][PATRON_FIGURE_SECONDS] / 1e9;
    double read = (double)figures[PATRON_STEP_READ][PATRON_FIGURE_SECONDS] / 1e9;
    assert_true(read >= least - 1e-6 && read <= spent);
    assert_true(sum <= whole && sum >= spent);
    assert_int_equal(figures[PATRON_STEP_READ][PATRON_FIGURE_IN], 7);
    assert_int_equal(figures[PATRON_STEP_PACK][PATRON_FIGURE_OUT], 3);
    assert_int_equal(figures[PATRON_STEP_PACK][PATRON_FIGURE_CALLS], 1);
}

static void *read_beside(void *argument)
{
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    pass_time(0.01);
    patron_meter_leave(span, 11, 0);
    return argument;
}

static void test_other_threads_are_beside(void **state)
{
    (void)state;
    pthread_t thread;
    patron_meter_start();
    assert_int_equal(pthread_create(&thread, NULL, read_beside, NULL), 0);
    pthread_join(thread, NULL);
    patron_meter_read(figures);
    assert_int_equal(figures[PATRON_STEP_READ][PATRON_FIGURE_SECONDS], 0);
    assert_true(figures[PATRON_STEP_READ][PATRON_FIGURE_BESIDE] >= 9999999);
    assert_int_equal(figures[PATRON_STEP_READ][PATRON_FIGURE_IN], 11);
}

/* A step that is left without an end, as where something fails, ends with the one around it. */
static void test_a_lost_end(void **state)
{
    (void)state;
    patron_meter_start();
    patron_span outer = patron_meter_enter(PATRON_STEP_PACK);
    (void)patron_meter_enter(PATRON_STEP_READ);
    patron_meter_leave(outer, 0, 0);
    patron_span next = patron_meter_enter(PATRON_STEP_WRITE);
    assert_int_equal(next.before, PATRON_STEP_OTHER);
    patron_meter_leave(next, 0, 0);
}

static void test_names_are_distinct(void **state)
{
    (void)state;
    for (int a = 0; a < PATRON_STEPS; ++a) {
        assert_non_null(patron_step_name((patron_step)a));
        assert_non_null(patron_step_kind((patron_step)a));
        for (int b = 0; b < a; ++b)
            assert_string_not_equal(patron_step_name((patron_step)a),
                                    patron_step_name((patron_step)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_before_the_start), cmocka_unit_test(test_steps_add_up),
        cmocka_unit_test(test_other_threads_are_beside), cmocka_unit_test(test_a_lost_end),
        cmocka_unit_test(test_names_are_distinct)};
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
