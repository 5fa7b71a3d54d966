/* SPDX-License-Identifier: Apache-2.0 */
/* The engine against plain loops, bit for bit, on data made to be awkward. */
#include "kmeans/kernel_sets.h"
#include "kmeans_plain.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct shape {
    uint64_t count;
    uint32_t columns;
    uint32_t k;
} shape;

static patron_kmeans_options options_of(uint32_t k, const double *start)
{
    return (patron_kmeans_options){.k = k,
                                   .init = PATRON_KMEANS_GIVEN,
                                   .start = start,
                                   .max_iterations = 100,
                                   .tolerance = 0.0,
                                   .restarts = 1};
}

/* Fits with 1 and 2 threads and compares with the plain loop; returns the plain result's k. */
static uint32_t compare_with_plain(const test_table *rows, patron_kmeans_options options)
{
    const patron_comm self = patron_comm_self();
    test_fit plain = test_fit_plainly(rows, &options);
    for (int threads = 1; threads <= 2; ++threads) {
        test_fit fit =
            test_fit_table(&self, rows, 0, rows->count, threads, PATRON_KMEANS_ISA_AUTO, &options);
        const char *difference = test_fit_difference(&plain, &fit, 0, rows->count);
        if (difference != NULL)
            fail_msg("%s differs: %u rows, %u columns, k %u, %d threads", difference,
                     (unsigned)rows->count, rows->columns, options.k, threads);
        test_fit_free(&fit);
    }
    uint32_t k = plain.result.k;
    test_fit_free(&plain);
    return k;
}

static void test_equals_plain_loop(void **state)
{
    (void)state;
    const shape shapes[] = {{1, 1, 1},   {1, 3, 1},  {2, 1, 2},  {9, 2, 9},   {40, 1, 3},
                            {40, 1, 17}, {61, 3, 8}, {64, 9, 9}, {300, 2, 5}, {300, 4, 40}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; ++s) {
        for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_FEW; ++values) {
            for (int weights = TEST_WEIGHTS_NONE; weights <= TEST_WEIGHTS_SPARSE; ++weights) {
                test_table rows =
                    test_table_make(shapes[s].count, shapes[s].columns, (test_values)values,
                                    (test_weights)weights, s + 1);
                for (int repeat = 0; repeat <= 1; ++repeat) {
                    double *start = test_start(&rows, shapes[s].k, repeat != 0);
                    compare_with_plain(&rows, options_of(shapes[s].k, start));
                    free(start);
                }
                test_table_free(&rows);
            }
        }
    }
}

/* Stops by tolerance, by the limit of iterations, and before the first. */
static void test_stops_as_plain_loop(void **state)
{
    (void)state;
    test_table rows = test_table_make(400, 3, TEST_VALUES_SMOOTH, TEST_WEIGHTS_MIXED, 77);
    double *start = test_start(&rows, 12, false);
    patron_kmeans_options options = options_of(12, start);
    const double tolerances[] = {0.0, 1e-4, 1e-2, 1.0, 1e9};
    for (size_t t = 0; t < sizeof tolerances / sizeof tolerances[0]; ++t) {
        options.tolerance = tolerances[t];
        for (options.max_iterations = 0; options.max_iterations < 12; ++options.max_iterations)
            compare_with_plain(&rows, options);
    }
    free(start);
    test_table_free(&rows);
}

static void test_fewer_distinct_rows_than_k(void **state)
{
    (void)state;
    test_table rows = test_table_make(50, 2, TEST_VALUES_FEW, TEST_WEIGHTS_MIXED, 5);
    double *start = test_start(&rows, 10, true);
    assert_int_equal(compare_with_plain(&rows, options_of(10, start)), 3);
    patron_kmeans_options none = options_of(10, start);
    none.max_iterations = 0;
    assert_int_equal(compare_with_plain(&rows, none), 10);
    free(start);
    test_table_free(&rows);
}

/* One far row feeds the empty cluster; then both clusters are as they should be. */
static void test_empty_cluster_takes_farthest_row(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    float values[] = {0.0F, 1.0F, 2.0F, 50.0F, 50.0F};
    const double start[] = {1.0, 1.0};
    const test_table rows = {5, 1, values, NULL};
    patron_kmeans_options options = options_of(2, start);
    test_fit fit = test_fit_table(&self, &rows, 0, 5, 1, PATRON_KMEANS_ISA_AUTO, &options);
    assert_int_equal(fit.status, PATRON_OK);
    assert_int_equal(fit.result.k, 2);
    assert_true(fit.result.centroids[0] == 1.0 && fit.result.centroids[1] == 50.0);
    assert_int_equal(fit.result.size[0], 3);
    assert_int_equal(fit.result.size[1], 2);
    assert_true(fit.result.inertia == 2.0 && fit.result.converged);
    test_fit_free(&fit);
}

/* Fits for several k, starts and lengths on one engine are those of engines of their own. */
static void test_one_engine_serves_many_fits(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    test_table table = test_table_make(900, 5, TEST_VALUES_SMOOTH, TEST_WEIGHTS_MIXED, 31);
    patron_rows rows = test_rows_of(&table, 0, table.count, 2);
    patron_kmeans *kmeans = NULL;
    assert_int_equal(patron_kmeans_create(&self, &rows, PATRON_KMEANS_ISA_AUTO, &kmeans),
                     PATRON_OK);
    const uint32_t sizes[] = {7, 300, 2, 40, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        patron_kmeans_options options = options_of(sizes[i], NULL);
        options.init = (patron_kmeans_init)(i % PATRON_KMEANS_GIVEN);
        options.restarts = 1 + (uint32_t)(i % 3);
        test_fit shared = {.labels = calloc(table.count, sizeof(int32_t))};
        shared.status = patron_kmeans_fit(kmeans, &options, &shared.result);
        memcpy(shared.labels, patron_kmeans_labels(kmeans), table.count * sizeof(int32_t));
        test_fit alone = test_fit_rows(&self, &rows, PATRON_KMEANS_ISA_AUTO, &options);
        assert_int_equal(shared.status, PATRON_OK);
        assert_null(test_fit_difference(&alone, &shared, 0, table.count));
        test_fit_free(&shared);
        test_fit_free(&alone);
    }
    patron_kmeans_free(kmeans);
    patron_rows_free(&rows);
    test_table_free(&table);
}

static patron_status status_of(const test_table *rows, patron_kmeans_options options)
{
    const patron_comm self = patron_comm_self();
    test_fit fit = test_fit_table(&self, rows, 0, rows->count, 1, PATRON_KMEANS_ISA_AUTO, &options);
    patron_status status = fit.status;
    test_fit_free(&fit);
    return status;
}

static void test_errors(void **state)
{
    (void)state;
    char text[256];
    test_table rows = test_table_make(5, 2, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 1);
    double start[10] = {0.0};
    assert_int_equal(status_of(&rows, options_of(0, start)), PATRON_DATA);
    assert_int_equal(status_of(&rows, options_of(5, start)), PATRON_OK);
    assert_int_equal(status_of(&rows, options_of(6, start)), PATRON_DATA);
    patron_fail_text(PATRON_DATA, text, sizeof text);
    assert_string_equal(text, "k is 6, above the number of rows, 5");
    start[3] = 2.0 * (double)FLT_MAX;
    assert_int_equal(status_of(&rows, options_of(5, start)), PATRON_DATA);
    float zeros[5] = {0.0F};
    start[3] = 0.0;
    test_table weightless = rows;
    weightless.weight = zeros;
    assert_int_equal(status_of(&weightless, options_of(2, start)), PATRON_DATA);
    test_table_free(&rows);
}

/* ---- the kernel ---- */

static double plain_distance(const float *row, const double *centroid, uint32_t columns)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < columns; ++j) {
        double difference = (double)row[j] - centroid[j];
        sum += difference * difference;
    }
    return sum;
}

/* A block of the first rows, in all lanes. */
static float *make_block(const test_table *rows, void **memory)
{
    float *block =
        patron_allocate_aligned((uint64_t)rows->columns * PATRON_BLOCK, sizeof *block, memory);
    for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane)
        for (uint64_t j = 0; j < rows->columns; ++j)
            block[j * PATRON_BLOCK + lane] = rows->values[lane % rows->count * rows->columns + j];
    return block;
}

static void compare_measure(const test_table *rows, const kmeans_panel *panel,
                            kmeans_kernel_set set)
{
    void *memory = NULL;
    float *block = make_block(rows, &memory);
    for (uint32_t first = 0; first < panel->k; first += 5) {
        int32_t labels[PATRON_BLOCK];
        double distance[PATRON_BLOCK];
        for (uint32_t lane = 0; lane < PATRON_BLOCK; ++lane)
            labels[lane] = (int32_t)((first + 3 * lane) % panel->k);
        set.measure(block, panel, labels, distance);
        for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane) {
            double truth = plain_distance(rows->values + lane % rows->count * rows->columns,
                                          panel->centroids + (uint64_t)labels[lane] * rows->columns,
                                          rows->columns);
            assert_memory_equal(&truth, &distance[lane], sizeof truth);
        }
    }
    free(memory);
}

static void compare_kernels(const test_table *rows, uint32_t k, kmeans_kernel_set set)
{
    uint32_t columns = rows->columns;
    double *centroids = calloc((uint64_t)k * columns, sizeof *centroids);
    for (uint64_t i = 0; i < (uint64_t)k * columns; ++i)
        centroids[i] = (double)rows->values[i % (rows->count * columns)] / 3.0; /* no float32 */
    kmeans_panel panel;
    assert_int_equal(kmeans_panel_create(&panel, k, columns), PATRON_OK);
    kmeans_panel_fill(&panel, centroids, k);
    double *scratch = calloc((uint64_t)KMEANS_STRIP * columns, sizeof *scratch);
    int32_t *labels = calloc(rows->count, sizeof *labels);
    set.nearest(&panel, rows->values, rows->count, scratch, labels);
    for (uint64_t i = 0; i < rows->count; ++i) {
        uint32_t best = 0;
        double least = INFINITY;
        for (uint32_t c = 0; c < k; ++c) {
            double truth = plain_distance(rows->values + i * columns,
                                          centroids + (uint64_t)c * columns, columns);
            if (truth < least) {
                least = truth;
                best = c;
            }
        }
        assert_int_equal(labels[i], best);
    }
    compare_measure(rows, &panel, set);
    kmeans_panel_free(&panel);
    free(centroids);
    free(scratch);
    free(labels);
}

static void compare_set(kmeans_kernel_set set)
{
    for (uint64_t count = 1; count <= 37; count += 4) {
        for (uint32_t columns = 1; columns <= 33; columns += 8) {
            for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_EXTREME; ++values) {
                test_table rows =
                    test_table_make(count, columns, (test_values)values, TEST_WEIGHTS_NONE, count);
                for (uint32_t k = 1; k <= 70; k += k < 35 ? 1 : 9)
                    compare_kernels(&rows, k, set);
                test_table_free(&rows);
            }
        }
    }
}

/* Every instruction set that this processor has. */
static void test_kernels_equal_plain_distances(void **state)
{
    (void)state;
    for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
        kmeans_kernel_set set = kmeans_kernel_set_at(number);
        if (set.is_usable)
            compare_set(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_equal_plain_distances),
        cmocka_unit_test(test_equals_plain_loop),
        cmocka_unit_test(test_stops_as_plain_loop),
        cmocka_unit_test(test_fewer_distinct_rows_than_k),
        cmocka_unit_test(test_empty_cluster_takes_farthest_row),
        cmocka_unit_test(test_one_engine_serves_many_fits),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
