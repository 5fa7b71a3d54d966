/* SPDX-License-Identifier: Apache-2.0 */
/* Draws of rows: their probabilities, and seeds of each kind that are rows of the data. */
#include "kmeans/seed.h"
#include "kmeans_plain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 2000 };

static void set_up(const test_table *table, uint64_t first, test_engine *made)
{
    assert_int_equal(test_engine_create(table, first, 2, PATRON_KMEANS_ISA_AUTO, made), PATRON_OK);
}

/* The race of rows at the rates of their weights times distance[]. */
typedef struct test_race {
    kmeans_race race;
    const double *distance;
    kmeans_podium podium[2];
} test_race;

static void run_block(void *argument, int thread, const patron_block *block)
{
    const test_race *run = argument;
    double distance[PATRON_BLOCK] = {0.0}, terms[PATRON_BLOCK];
    for (uint64_t left = block->lanes; left != 0; left &= left - 1)
        distance[__builtin_ctzll(left)] = run->distance[__builtin_ctzll(left)];
    kmeans_race_run(&run->race, thread, block,
                    kmeans_terms(block->lanes, block->weight, distance, terms));
}

static void race(const test_engine *made, uint64_t seed, uint32_t count, const double *distance,
                 uint64_t *drawn)
{
    test_race run = {.race = {.seed = seed, .first = 3, .count = count}, .distance = distance};
    run.race.podium = run.podium;
    kmeans_race_begin(made->engine, &run.race);
    assert_int_equal(kmeans_visit(made->engine, run_block, &run), PATRON_OK);
    kmeans_race_end(made->engine, &run.race, drawn);
}

/* Frequencies lie within 5 standard deviations of the probabilities weight * distance / sum. */
static void test_race_draws_in_proportion(void **state)
{
    (void)state;
    float values[5] = {0.0F}, weight[5] = {1.0F, 0.0F, 4.0F, 2.0F, 1.0F};
    const double distance[5] = {1.0, 9.0, 1.0, 0.5, 0.0};
    const double truth[5] = {1.0 / 6.0, 0.0, 4.0 / 6.0, 1.0 / 6.0, 0.0};
    const test_table table = {5, 1, values, weight};
    test_engine made;
    set_up(&table, 10, &made);
    double count[5] = {0.0};
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        uint64_t drawn[8];
        race(&made, seed, 8, distance, drawn);
        for (int c = 0; c < 8; ++c) {
            assert_in_range(drawn[c], 10, 14);
            count[drawn[c] - 10] += 1.0;
        }
    }
    for (int i = 0; i < 5; ++i) {
        double tries = 8.0 * SEEDS;
        double deviation = sqrt(tries * truth[i] * (1.0 - truth[i]));
        assert_true(fabs(count[i] - tries * truth[i]) <= 5.0 * deviation);
    }
    test_engine_free(&made);
}

static void test_race_without_candidates(void **state)
{
    (void)state;
    test_table table = test_table_make(6, 1, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 1);
    const double distance[6] = {0.0};
    test_engine made;
    set_up(&table, 0, &made);
    uint64_t drawn[2] = {0, 0};
    race(&made, 1, 2, distance, drawn);
    assert_true(drawn[0] == UINT64_MAX && drawn[1] == UINT64_MAX);
    test_engine_free(&made);
    test_table_free(&table);
}

static uint64_t index_of(const test_table *rows, const double *centroid)
{
    for (uint64_t i = 0; i < rows->count; ++i) {
        bool equal = true;
        for (uint32_t j = 0; j < rows->columns; ++j)
            equal = equal && (double)rows->values[i * rows->columns + j] == centroid[j];
        if (equal)
            return i;
    }
    return rows->count;
}

static void test_plusplus_takes_distinct_rows_of_weight(void **state)
{
    (void)state;
    test_table rows = test_table_make(60, 2, TEST_VALUES_SMOOTH, TEST_WEIGHTS_SPARSE, 9);
    test_engine made;
    set_up(&rows, 0, &made);
    uint32_t possible = 0, found = 0;
    for (uint64_t i = 0; i < rows.count; ++i)
        possible += rows.weight[i] > 0.0F;
    double centroids[2 * 60];
    assert_int_equal(kmeans_seed_plusplus(made.engine, 4, 60, centroids, &found), PATRON_OK);
    assert_int_equal(found, possible);
    bool taken[60] = {false};
    for (uint32_t c = 0; c < found; ++c) {
        uint64_t row = index_of(&rows, centroids + 2 * (uint64_t)c);
        assert_true(row < rows.count && rows.weight[row] > 0.0F && !taken[row]);
        taken[row] = true;
    }
    test_engine_free(&made);
    test_table_free(&rows);
}

static void test_plusplus_stops_at_distinct_rows(void **state)
{
    (void)state;
    test_table rows = test_table_make(60, 2, TEST_VALUES_FEW, TEST_WEIGHTS_NONE, 9);
    test_engine made;
    set_up(&rows, 0, &made);
    double centroids[2 * 10];
    uint32_t found = 0;
    assert_int_equal(kmeans_seed_plusplus(made.engine, 4, 10, centroids, &found), PATRON_OK);
    assert_int_equal(found, 3);
    test_engine_free(&made);
    test_table_free(&rows);
}

static void test_seeds_of_restarts_differ(void **state)
{
    (void)state;
    assert_true(kmeans_seed_of_restart(5, 0) == 5);
    assert_true(kmeans_seed_of_restart(5, 1) != kmeans_seed_of_restart(5, 2));
    assert_true(kmeans_seed_of_restart(5, 1) != kmeans_seed_of_restart(6, 1));
    assert_true(kmeans_seed_of_cells(5, 0) != kmeans_seed_of_cells(6, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_race_draws_in_proportion),
        cmocka_unit_test(test_race_without_candidates),
        cmocka_unit_test(test_plusplus_takes_distinct_rows_of_weight),
        cmocka_unit_test(test_plusplus_stops_at_distinct_rows),
        cmocka_unit_test(test_seeds_of_restarts_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
