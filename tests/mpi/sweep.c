/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep over rows that are spread over ranks: its fits are those of each k alone, its figures
 * those of plain loops, and it finds the crowds that are there, or none. */
#include "sweep/sweep.h"

#include "mpi_main.h"
#include "patron/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 4, ROWS = 900, COLUMNS = 2, CROWDS = 3, LAST = 5 };

static const double centres[CROWDS][COLUMNS] = {{0.0, 0.0}, {40.0, 5.0}, {10.0, 60.0}};

/* Sums of uniform numbers are nearly Gaussian. */
static float value_at(uint64_t row, uint32_t column, bool has_crowds)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < 12; ++i)
        sum += patron_random_unit(SEED, PATRON_PURPOSE_SEED, row, column * 12 + i) - 0.5;
    return (float)(sum + (has_crowds ? centres[row % CROWDS][column] : 0.0));
}

typedef struct swept {
    patron_status status;
    patron_rows rows;
    patron_kmeans *kmeans;
    patron_sweep sweep;
    patron_kmeans_result fit;
    patron_kmeans_result alone[LAST + 1]; /* k: fitted without a sweep */
    int fitted;                           /* calls of when_fitted */
} swept;

static void count_call(void *context)
{
    ++*(int *)context;
}

static patron_status make_rows(bool has_crowds, patron_rows *rows)
{
    uint64_t size = (uint64_t)test_comm.size, rank = (uint64_t)test_comm.rank;
    uint64_t first = ROWS * rank / size, end = ROWS * (rank + 1) / size;
    float *values = calloc((end - first) * COLUMNS + 1, sizeof *values);
    for (uint64_t i = first; i < end; ++i)
        for (uint32_t j = 0; j < COLUMNS; ++j)
            values[(i - first) * COLUMNS + j] = value_at(i, j, has_crowds);
    const patron_rows_shape shape = {.first = first,
                                     .count = end - first,
                                     .columns = COLUMNS,
                                     .threads = 1 + test_comm.rank % 2};
    patron_status status = patron_rows_pack(values, NULL, &shape, rows);
    free(values);
    return status;
}

static void run(bool has_crowds, uint32_t first, uint32_t last, swept *all)
{
    *all = (swept){.status = PATRON_OK};
    const patron_kmeans_options fit = {.init = PATRON_KMEANS_PARALLEL,
                                       .max_iterations = 100,
                                       .restarts = 2,
                                       .seed = SEED,
                                       .oversampling = 2.0,
                                       .rounds = 3};
    const patron_sweep_options options = {.first = first,
                                          .last = last,
                                          .fit = fit,
                                          .rule = PATRON_SWEEP_COMBINED,
                                          .gap_draws = 2,
                                          .stability_pairs = 1,
                                          .when_fitted = count_call,
                                          .context = &all->fitted};
    all->status = patron_comm_agree(&test_comm, make_rows(has_crowds, &all->rows));
    if (all->status == PATRON_OK)
        all->status =
            patron_kmeans_create(&test_comm, &all->rows, PATRON_KMEANS_ISA_AUTO, &all->kmeans);
    for (uint32_t k = first; all->status == PATRON_OK && k <= last && last <= LAST; ++k) {
        patron_kmeans_options single = fit;
        single.k = k;
        all->status = patron_kmeans_fit(all->kmeans, &single, &all->alone[k]);
    }
    if (all->status == PATRON_OK)
        all->status =
            patron_sweep_run(&test_comm, all->kmeans, &all->rows, &options, &all->sweep, &all->fit);
}

static void release(swept *all)
{
    for (int k = 0; k <= LAST; ++k)
        patron_kmeans_result_free(&all->alone[k]);
    patron_kmeans_result_free(&all->fit);
    patron_sweep_free(&all->sweep);
    patron_kmeans_free(all->kmeans);
    patron_rows_free(&all->rows);
}

static double distance(const double *x, const double *y)
{
    return hypot(x[0] - y[0], x[1] - y[1]);
}

/* Silhouette, Davies-Bouldin and Calinski-Harabasz of centroids c[k x COLUMNS], by plain loops. */
static void judge_plainly(const double *c, uint32_t k, double figures[3])
{
    double sum = 0.0, within = 0.0, total = 0.0, mean[COLUMNS] = {0}, spread[LAST] = {0};
    int count[LAST] = {0};
    for (uint64_t i = 0; i < ROWS; ++i)
        for (uint32_t j = 0; j < COLUMNS; ++j)
            mean[j] += (double)value_at(i, j, true) / ROWS;
    for (uint64_t i = 0; i < ROWS; ++i) {
        const double x[] = {(double)value_at(i, 0, true), (double)value_at(i, 1, true)};
        double a = INFINITY, b = INFINITY;
        uint32_t own = 0;
        for (uint32_t s = 0; s < k; ++s) {
            double d = distance(x, c + (uint64_t)s * COLUMNS);
            b = d < a ? a : fmin(b, d);
            own = d < a ? s : own;
            a = fmin(a, d);
        }
        sum += (b - a) / b;
        within += a * a;
        total += distance(x, mean) * distance(x, mean);
        spread[own] += a;
        ++count[own];
    }
    figures[0] = sum / ROWS;
    figures[1] = 0.0;
    for (uint32_t s = 0; s < k; ++s) {
        double worst = 0.0;
        for (uint32_t t = 0; t < k; ++t)
            if (t != s)
                worst =
                    fmax(worst, (spread[s] / count[s] + spread[t] / count[t]) /
                                    distance(c + (uint64_t)s * COLUMNS, c + (uint64_t)t * COLUMNS));
        figures[1] += worst / k;
    }
    figures[2] = (total - within) / (k - 1.0) / (within / (ROWS - (double)k));
}

static void assert_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-9 * fabs(expected));
}

static void test_crowds(void **state)
{
    swept all;
    (void)state;
    run(true, 2, LAST, &all);
    assert_int_equal(all.status, PATRON_OK);
    assert_int_equal(all.fitted, 1);
    assert_int_equal(all.sweep.count, LAST - 1);
    for (uint32_t i = 0; i < all.sweep.count; ++i) {
        const patron_sweep_row *row = &all.sweep.rows[i];
        const patron_kmeans_result *alone = &all.alone[i + 2];
        double figures[3];
        judge_plainly(alone->centroids, alone->k, figures);
        assert_int_equal(row->k, i + 2);
        assert_int_equal(row->segments, alone->k);
        assert_int_equal(row->iterations, alone->iterations);
        assert_true(row->inertia == alone->inertia);
        assert_near(row->silhouette, figures[0]);
        assert_near(row->davies_bouldin, figures[1]);
        /* the mean of all rows is a fit itself, ended by --tol */
        assert_true(fabs(row->calinski_harabasz / figures[2] - 1.0) < 1e-6);
        assert_true(row->silhouette_error == 0.0);
        assert_true(row->jaccard_least <= row->jaccard && row->jaccard <= 1.0);
    }
    assert_int_equal(all.sweep.rows[all.sweep.chosen].k, CROWDS);
    assert_true(all.sweep.test.has_clusters);
    assert_int_equal(all.fit.k, CROWDS);
    assert_memory_equal(all.fit.centroids, all.alone[CROWDS].centroids,
                        sizeof(double) * CROWDS * COLUMNS);
    release(&all);
}

static void test_no_crowds(void **state)
{
    swept all;
    (void)state;
    run(false, 1, LAST, &all);
    assert_int_equal(all.status, PATRON_OK);
    assert_false(all.sweep.test.has_clusters);
    assert_int_equal(all.sweep.rows[all.sweep.chosen].k, 1);
    assert_true(isnan(all.sweep.rows[0].silhouette));
    release(&all);
}

static void test_more_segments_than_rows(void **state)
{
    swept all;
    (void)state;
    run(true, 2, ROWS + 1, &all);
    assert_int_equal(all.status, PATRON_DATA);
    assert_int_equal(all.fitted, 0);
    release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_crowds),
                                       cmocka_unit_test(test_no_crowds),
                                       cmocka_unit_test(test_more_segments_than_rows)};
    return test_mpi_main("sweep", tests, sizeof tests / sizeof tests[0]);
}
