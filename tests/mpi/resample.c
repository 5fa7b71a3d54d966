/* SPDX-License-Identifier: Apache-2.0 */
/* What resampling tells, where it can be worked out by hand: the gap of one segment, stability of
 * crowds far apart, of a segment that is not one, of too few rows; on any ranks and threads. */
#include "sweep/resample.h"
#include "patron/random.h"
#include "sweep/reference.h"

#include "mpi_main.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 9, ROWS = 600, DRAWS = 4, PAIRS = 3, MOST = 4, CROWDS = 3 };

static const patron_kmeans_options fit_options = {.max_iterations = 100, .seed = SEED};

static void assert_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-12 * (1.0 + fabs(expected)));
}

/* Three crowds on a line, at 0, 100 and 200, each a tenth wide. */
static float value_at(int row)
{
    double unit = patron_random_unit(SEED, PATRON_PURPOSE_SEED, (uint64_t)row, 0);
    return (float)(100.0 * (row % CROWDS) + 0.1 * unit);
}

static patron_sample sample_of(float *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        values[i] = value_at((int)i);
    return (patron_sample){
        .population = count, .total = count, .count = count, .columns = 1, .values = values};
}

static patron_status judge(const patron_sample *sample, int threads, patron_judged_fit *fits,
                           uint32_t count)
{
    const patron_resample_options options = {
        .fit = &fit_options, .gap_draws = DRAWS, .pairs = PAIRS, .threads = threads};
    return patron_resample_judge(&test_comm, sample, &options, fits, count);
}

/* log of the mean squared distance to the mean */
static double log_variance(const float *values, int count)
{
    long double mean = 0.0L, sum = 0.0L;
    for (int i = 0; i < count; ++i)
        mean += (long double)values[i] / count;
    for (int i = 0; i < count; ++i)
        sum += ((long double)values[i] - mean) * ((long double)values[i] - mean);
    return (double)logl(sum / count);
}

/* Of one segment W is the variance: Tibshirani's formulas, with the draws of reference.h. */
static void test_gap_of_one_segment(void **state)
{
    float values[ROWS], drawn[ROWS];
    double centroid = 100.05, jaccard[1], logs[DRAWS], mean = 0.0, square = 0.0;
    const patron_sample sample = sample_of(values, ROWS);
    const patron_sampled_rows rows = {values, NULL, ROWS, 1};
    patron_judged_fit fit = {.k = 1, .centroids = &centroid, .jaccard = jaccard};
    patron_reference reference;
    (void)state;
    patron_status status = judge(&sample, 1 + test_comm.rank % 2, &fit, 1);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(patron_reference_create(&rows, &reference), PATRON_OK);
    for (uint32_t b = 0; b < DRAWS; ++b) {
        assert_int_equal(patron_reference_draw(&reference, SEED, b, ROWS, drawn), PATRON_OK);
        logs[b] = log_variance(drawn, ROWS);
        mean += logs[b] / DRAWS;
    }
    for (int b = 0; b < DRAWS; ++b)
        square += (logs[b] - mean) * (logs[b] - mean) / DRAWS;
    patron_reference_free(&reference);
    assert_near(fit.gap, mean - log_variance(values, ROWS));
    assert_near(fit.gap_error, sqrt(square * (1.0 + 1.0 / DRAWS)));
    assert_near(fit.adjusted_rand, 1.0);
    assert_near(jaccard[0], 1.0);
}

/* Crowds far apart are found again in each half.  Of two segments in place of three, one holds two
 * crowds, or each fit halves elsewhere; of four, one crowd is cut where chance will have it. */
static void test_stability(void **state)
{
    float values[ROWS];
    double centroids[] = {0.05, 100.05, 200.05, 0.02, 0.08, 100.05, 200.05};
    double jaccard[CROWDS + MOST];
    const patron_sample sample = sample_of(values, ROWS);
    patron_judged_fit fits[] = {{.k = CROWDS, .centroids = centroids, .jaccard = jaccard},
                                {.k = MOST, .centroids = centroids + 3, .jaccard = jaccard + 3}};
    (void)state;
    assert_int_equal(judge(&sample, 2, fits, 2), PATRON_OK);
    assert_near(fits[0].adjusted_rand, 1.0);
    for (int c = 0; c < CROWDS; ++c)
        assert_near(jaccard[c], 1.0);
    assert_true(fits[1].adjusted_rand < 0.999);
    assert_true(jaccard[3] < 0.999 && jaccard[4] < 0.999);
    assert_true(fits[0].gap > fits[1].gap - fits[1].gap_error); /* the rule stops at three */
}

/* One rank and one thread find the same bits as all ranks and more threads. */
static void test_ranks(void **state)
{
    float values[ROWS];
    double centroids[] = {0.05, 100.05, 200.05}, jaccard[2 * CROWDS];
    const patron_comm self = patron_comm_self();
    const patron_sample sample = sample_of(values, ROWS);
    const patron_resample_options options = {
        .fit = &fit_options, .gap_draws = DRAWS, .pairs = PAIRS, .threads = 1};
    patron_judged_fit fit = {.k = CROWDS, .centroids = centroids, .jaccard = jaccard}, alone = fit;
    (void)state;
    alone.jaccard += CROWDS;
    patron_status status = judge(&sample, 2, &fit, 1);
    patron_status by_itself = patron_resample_judge(&self, &sample, &options, &alone, 1);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(by_itself, PATRON_OK);
    assert_true(fit.bic == alone.bic && fit.gap == alone.gap && fit.gap_error == alone.gap_error);
    assert_true(fit.gain == alone.gain && fit.reference_gain == alone.reference_gain);
    assert_true(fit.adjusted_rand == alone.adjusted_rand);
    assert_memory_equal(fit.jaccard, alone.jaccard, CROWDS * sizeof *jaccard);
}

/* Halves of five rows are of two: no stability of three; and no gap of six segments. */
static void test_too_few_rows(void **state)
{
    float values[5];
    double centroids[] = {0.0, 50.0, 100.0, 150.0, 200.0, 250.0}, jaccard[9];
    const patron_sample sample = sample_of(values, 5);
    patron_judged_fit fits[] = {{.k = 3, .centroids = centroids, .jaccard = jaccard},
                                {.k = 6, .centroids = centroids, .jaccard = jaccard + 3}};
    (void)state;
    assert_int_equal(judge(&sample, 1, fits, 2), PATRON_OK);
    assert_true(isnan(fits[0].adjusted_rand) && isnan(jaccard[0]) && !isnan(fits[0].gap));
    assert_true(isnan(fits[1].gap) && isnan(fits[1].gap_error) && isnan(jaccard[8]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap_of_one_segment), cmocka_unit_test(test_stability),
        cmocka_unit_test(test_ranks), cmocka_unit_test(test_too_few_rows)};
    return test_mpi_main("resample", tests, sizeof tests / sizeof tests[0]);
}
