/* SPDX-License-Identifier: Apache-2.0 */
/* Draws of rows: their probabilities, and seeds of each kind that are rows of the data. */
#include "kmeans/engine.h"
#include "kmeans_plain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 2000 };

static kmeans_engine engine_of(const patron_comm *comm, const patron_kmeans_rows *rows)
{
    kmeans_engine engine;
    assert_int_equal(kmeans_engine_create(comm, rows, 2, PATRON_KMEANS_ISA_AUTO, &engine),
                     PATRON_OK);
    return engine;
}

/* Frequencies lie within 5 standard deviations of the probabilities weight * distance / sum. */
static void test_race_draws_in_proportion(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    const float values[5] = {0.0F};
    const float weight[5] = {1.0F, 0.0F, 4.0F, 2.0F, 1.0F};
    const double distance[5] = {1.0, 9.0, 1.0, 0.5, 0.0};
    const uint64_t row[5] = {10, 11, 12, 13, 14};
    const double truth[5] = {1.0 / 6.0, 0.0, 4.0 / 6.0, 1.0 / 6.0, 0.0};
    const patron_kmeans_rows rows = {5, 1, values, weight, row};
    kmeans_engine engine = engine_of(&self, &rows);
    memcpy(engine.distance, distance, sizeof distance);
    double count[5] = {0.0};
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        uint64_t drawn[8];
        kmeans_race(&engine, seed, 3, 8, drawn);
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
    kmeans_engine_free(&engine);
}

static void test_race_without_candidates(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    patron_kmeans_rows rows = test_rows_make(6, 1, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 1);
    kmeans_engine engine = engine_of(&self, &rows);
    uint64_t drawn[2] = {0, 0};
    kmeans_race(&engine, 1, 0, 2, drawn);
    assert_true(drawn[0] == UINT64_MAX && drawn[1] == UINT64_MAX);
    kmeans_engine_free(&engine);
    test_rows_free(&rows);
}

static uint64_t index_of(const patron_kmeans_rows *rows, const double *centroid)
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
    const patron_comm self = patron_comm_self();
    patron_kmeans_rows rows = test_rows_make(60, 2, TEST_VALUES_SMOOTH, TEST_WEIGHTS_SPARSE, 9);
    kmeans_engine engine = engine_of(&self, &rows);
    uint32_t possible = 0, found = 0;
    for (uint64_t i = 0; i < rows.count; ++i)
        possible += rows.weight[i] > 0.0F;
    double centroids[2 * 60];
    assert_int_equal(kmeans_seed_plusplus(&engine, 4, 60, centroids, &found), PATRON_OK);
    assert_int_equal(found, possible);
    bool taken[60] = {false};
    for (uint32_t c = 0; c < found; ++c) {
        uint64_t row = index_of(&rows, centroids + 2 * (uint64_t)c);
        assert_true(row < rows.count && rows.weight[row] > 0.0F && !taken[row]);
        taken[row] = true;
    }
    kmeans_engine_free(&engine);
    test_rows_free(&rows);
}

static void test_plusplus_stops_at_distinct_rows(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    patron_kmeans_rows rows = test_rows_make(60, 2, TEST_VALUES_FEW, TEST_WEIGHTS_NONE, 9);
    kmeans_engine engine = engine_of(&self, &rows);
    double centroids[2 * 10];
    uint32_t found = 0;
    assert_int_equal(kmeans_seed_plusplus(&engine, 4, 10, centroids, &found), PATRON_OK);
    assert_int_equal(found, 3);
    kmeans_engine_free(&engine);
    test_rows_free(&rows);
}

static void test_seeds_of_restarts_differ(void **state)
{
    (void)state;
    assert_true(kmeans_seed_of_restart(5, 0) == 5);
    assert_true(kmeans_seed_of_restart(5, 1) != kmeans_seed_of_restart(5, 2));
    assert_true(kmeans_seed_of_restart(5, 1) != kmeans_seed_of_restart(6, 1));
    assert_true(kmeans_seed_of_candidates(5) != kmeans_seed_of_candidates(6));
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
