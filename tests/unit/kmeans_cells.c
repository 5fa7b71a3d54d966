/* SPDX-License-Identifier: Apache-2.0 */
/* Cells and their clustering, and fits that are refined or given up. */
#include "kmeans/breathe.h"
#include "kmeans_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS = 8, CLUSTERS = 4 };

/* Four pairs of cells, far apart. */
static float pairs[CELLS] = {0.0F, 1.0F, 100.0F, 101.0F, 200.0F, 201.0F, 300.0F, 301.0F};
static float twos[CELLS] = {2.0F, 2.0F, 2.0F, 2.0F, 2.0F, 2.0F, 2.0F, 2.0F};
static const double optimum = CELLS * 2.0 * 0.25;

/* Two centroids in the first pair, and one between two others: Lloyd's iteration stays there. */
static const double trap[CLUSTERS] = {0.0, 1.0, 100.5, 250.5};

static void set_up(float *weight, test_engine *made)
{
    const test_table table = {CELLS, 1, pairs, weight};
    assert_int_equal(test_engine_create(&table, 0, 1, PATRON_KMEANS_ISA_AUTO, made), PATRON_OK);
}

static void test_breathing_leaves_a_trap(void **state)
{
    (void)state;
    const kmeans_cells cells = {.count = CELLS, .columns = 1, .values = pairs, .weight = twos};
    double centroids[CLUSTERS], inertia = 0.0;
    test_engine made;
    set_up(twos, &made);
    memcpy(centroids, trap, sizeof trap);
    kmeans_run run = {.k = CLUSTERS, .centroids = centroids};
    assert_int_equal(kmeans_lloyd(made.engine, 100, 0.0, NULL, NULL, &run), PATRON_OK);
    free(run.history);
    assert_memory_equal(centroids, trap, sizeof trap);
    assert_int_equal(kmeans_breathe(made.engine, &cells, 0.0, CLUSTERS, centroids, &inertia),
                     PATRON_OK);
    assert_true(inertia == optimum);
    test_engine_free(&made);
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void test_starts_find_the_optimum(void **state)
{
    (void)state;
    const kmeans_cells cells = {.count = CELLS, .columns = 1, .values = pairs, .weight = twos};
    kmeans_cells_task task = {.k = CLUSTERS, .threads = 2, .isa = PATRON_KMEANS_ISA_AUTO};
    const double expected[CLUSTERS] = {0.5, 100.5, 200.5, 300.5};
    for (task.seed = 0; task.seed < 20; ++task.seed) {
        double centroids[CLUSTERS];
        uint32_t found = 0;
        task.start = task.seed % 2 == 0 ? trap : NULL;
        assert_int_equal(kmeans_cells_cluster(&cells, &task, centroids, &found), PATRON_OK);
        assert_int_equal(found, CLUSTERS);
        qsort(centroids, CLUSTERS, sizeof *centroids, compare_doubles);
        assert_memory_equal(centroids, expected, sizeof expected);
    }
}

static void test_fewer_distinct_cells_than_clusters(void **state)
{
    (void)state;
    float values[5] = {3.0F, 3.0F, 8.0F, 3.0F, 8.0F};
    const kmeans_cells cells = {.count = 5, .columns = 1, .values = values, .weight = twos};
    const kmeans_cells_task task = {.k = 3, .seed = 1, .threads = 1, .isa = PATRON_KMEANS_ISA_AUTO};
    double centroids[3];
    uint32_t found = 0;
    assert_int_equal(kmeans_cells_cluster(&cells, &task, centroids, &found), PATRON_OK);
    assert_int_equal(found, 2);
    qsort(centroids, 2, sizeof *centroids, compare_doubles);
    assert_true(centroids[0] == 3.0 && centroids[1] == 8.0);
}

/* The cells of a fit's centroids are its segments; one whose rows weigh nothing is none. */
static void test_cells_are_means_with_weights(void **state)
{
    (void)state;
    float weight[CELLS] = {1.0F, 3.0F, 2.0F, 2.0F, 0.0F, 0.0F, 5.0F, 0.0F};
    const double start[CLUSTERS] = {0.0, 100.0, 200.0, 300.0};
    const float means[] = {0.75F, 100.5F, 300.0F}, weights[] = {4.0F, 4.0F, 5.0F};
    test_engine made;
    set_up(weight, &made);
    for (int i = 0; i < CELLS; ++i)
        made.engine->labels[i] = i / 2;
    kmeans_candidates drawn = kmeans_candidates_of(made.engine);
    kmeans_cells cells = {0};
    assert_int_equal(kmeans_candidates_begin(&drawn, start, CLUSTERS), PATRON_OK);
    assert_int_equal(kmeans_cells_gather(&drawn, &cells), PATRON_OK);
    assert_int_equal(cells.count, 3);
    assert_memory_equal(cells.values, means, sizeof means);
    assert_memory_equal(cells.weight, weights, sizeof weights);
    kmeans_cells_free(&cells);
    kmeans_candidates_free(&drawn);
    test_engine_free(&made);
}

/* A run is given up where its inertia will not come to the target, and only there. */
static void test_hopeless_runs_are_given_up(void **state)
{
    (void)state;
    test_table table = test_table_make(3000, 2, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 8);
    double *start = test_start(&table, 12, false);
    uint64_t bytes = 12 * 2 * sizeof *start;
    test_engine made;
    assert_int_equal(test_engine_create(&table, 0, 1, PATRON_KMEANS_ISA_AUTO, &made), PATRON_OK);
    double centroids[12 * 2], least = 0.0;
    uint32_t iterations[3];
    for (int i = 0; i < 3; ++i) {
        const double targets[] = {0.0, least * 1.01, least * 0.5};
        kmeans_run run = {.k = 12, .centroids = centroids, .target = targets[i]};
        memcpy(centroids, start, bytes);
        assert_int_equal(kmeans_lloyd(made.engine, 300, 0.0, NULL, NULL, &run), PATRON_OK);
        assert_true(run.is_given_up == (i == 2));
        iterations[i] = run.iterations;
        least = run.history[run.iterations - 1].inertia;
        free(run.history);
    }
    assert_int_equal(iterations[0], iterations[1]);
    assert_true(iterations[2] >= 3 && iterations[2] < iterations[0]);
    test_engine_free(&made);
    free(start);
    test_table_free(&table);
}

/* From a start that Lloyd's iteration does not leave, refinement comes to the optimum; rounds that
 * don't help leave the fit as it was. */
static void test_refinement(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    const test_table table = {CELLS, 1, pairs, NULL};
    patron_kmeans_options options = {.k = CLUSTERS,
                                     .init = PATRON_KMEANS_GIVEN,
                                     .start = trap,
                                     .max_iterations = 50,
                                     .restarts = 1,
                                     .refine = 2};
    test_fit fit = test_fit_table(&self, &table, 0, CELLS, 1, PATRON_KMEANS_ISA_AUTO, &options);
    assert_int_equal(fit.status, PATRON_OK);
    assert_true(fit.result.inertia == optimum / 2.0);
    assert_int_equal(fit.result.refine_taken, 1);
    assert_int_equal(fit.result.refine_rounds, 3);
    options.start = fit.result.centroids;
    test_fit again = test_fit_table(&self, &table, 0, CELLS, 1, PATRON_KMEANS_ISA_AUTO, &options);
    assert_int_equal(again.result.refine_taken, 0);
    assert_int_equal(again.result.refine_rounds, 2);
    assert_memory_equal(again.result.centroids, fit.result.centroids, sizeof trap);
    assert_memory_equal(again.labels, fit.labels, CELLS * sizeof *fit.labels);
    test_fit_free(&fit);
    test_fit_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breathing_leaves_a_trap),
        cmocka_unit_test(test_starts_find_the_optimum),
        cmocka_unit_test(test_fewer_distinct_cells_than_clusters),
        cmocka_unit_test(test_cells_are_means_with_weights),
        cmocka_unit_test(test_hopeless_runs_are_given_up),
        cmocka_unit_test(test_refinement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
