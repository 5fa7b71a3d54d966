/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of rows that are spread over ranks, against their definition row by row: which rows are
 * drawn, who holds them, what is judged by them; and silhouettes of pairs on ranks. */
#include "sweep/sample.h"

#include "mpi_main.h"
#include "patron/data.h"
#include "patron/random.h"
#include "quality/pair_silhouette.h"
#include "sweep/judged_rows.h"
#include "sweep/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 21, STREAM = 6, ROWS = 1003, MOST = 300, COLUMNS = 2, MANY = 140000 };

static bool weighs_nothing(uint64_t row)
{
    return row % 7 == 3 || (row > 100 && row < 300);
}

static float value_at(uint64_t row, uint64_t column)
{
    return (float)(row * COLUMNS + column);
}

static float weight_at(uint64_t row)
{
    return weighs_nothing(row) ? 0.0F : 1.0F + (float)(row % 3);
}

/* This rank's rows, more of them on later ranks; release with patron_rows_free. */
static patron_status make_rows(uint64_t count, bool weighs, patron_rows *rows)
{
    uint64_t share = (uint64_t)test_comm.size * ((uint64_t)test_comm.size + 1) / 2;
    uint64_t rank = (uint64_t)test_comm.rank;
    uint64_t first = count * (rank * (rank + 1) / 2) / share;
    uint64_t end = count * ((rank + 1) * (rank + 2) / 2) / share;
    float *values = calloc((end - first) * COLUMNS + 1, sizeof *values);
    float *weight = calloc(end - first + 1, sizeof *weight);
    for (uint64_t i = first; i < end; ++i) {
        for (uint64_t j = 0; j < COLUMNS; ++j)
            values[(i - first) * COLUMNS + j] = value_at(i, j);
        weight[i - first] = weight_at(i);
    }
    const patron_rows_shape shape = {.first = first,
                                     .count = end - first,
                                     .columns = COLUMNS,
                                     .weighs = weighs,
                                     .threads = 1 + test_comm.rank % 2};
    patron_status status = patron_rows_pack(values, weighs ? weight : NULL, &shape, rows);
    free(values);
    free(weight);
    return status;
}

/* Numbers of the drawn rows of `count`, by the definition of sample.h; how many. */
static uint64_t draw(uint64_t count, bool weighs, uint64_t most, uint32_t stream, uint64_t *drawn)
{
    uint64_t *rows = calloc(count, sizeof *rows), n = 0;
    for (uint64_t i = 0; i < count; ++i)
        if (!weighs || !weighs_nothing(i))
            rows[n++] = i;
    uint64_t m = n < most ? n : most;
    for (uint64_t i = 0; i < m; ++i) {
        uint64_t begin = i * n / m, length = (i + 1) * n / m - begin;
        double unit = patron_random_unit(SEED, PATRON_PURPOSE_SAMPLE, i, stream);
        drawn[i] = rows[n <= most ? i : begin + (uint64_t)(unit * (double)length)];
    }
    free(rows);
    return m;
}

static void assert_holds(const patron_sample *sample, const uint64_t *drawn)
{
    for (uint64_t i = 0; i < sample->count; ++i)
        for (uint64_t j = 0; j < COLUMNS; ++j)
            assert_true(sample->values[i * COLUMNS + j] == value_at(drawn[sample->first + i], j));
    for (uint64_t i = 0; sample->weight != NULL && i < sample->count; ++i)
        assert_true(sample->weight[i] == weight_at(drawn[sample->first + i]));
}

static void check_sample(bool weighs, uint64_t most)
{
    patron_rows rows = {0};
    patron_sample own = {0}, whole = {0};
    uint64_t drawn[ROWS], held = 0;
    patron_status status = patron_comm_agree(&test_comm, make_rows(ROWS, weighs, &rows));
    if (status == PATRON_OK)
        status = patron_sample_take(&test_comm, &rows, most, SEED, STREAM, &own);
    if (status == PATRON_OK)
        status = patron_sample_take(&test_comm, &rows, most, SEED, STREAM, &whole);
    if (status == PATRON_OK)
        status = patron_sample_gather(&test_comm, &whole);
    held = own.count;
    patron_comm_reduce_u64(&test_comm, &held, 1, PATRON_SUM);
    uint64_t total = draw(ROWS, weighs, most, STREAM, drawn);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(own.total, total);
    assert_int_equal(held, total);
    assert_true((own.weight != NULL) == weighs);
    for (uint64_t i = 0; i < own.count; ++i) /* each on the rank of its row */
        assert_true(drawn[own.first + i] >= rows.first &&
                    drawn[own.first + i] < rows.first + rows.count);
    assert_holds(&own, drawn);
    assert_int_equal(whole.first, 0);
    assert_int_equal(whole.count, total);
    assert_holds(&whole, drawn);
    patron_sample_free(&own);
    patron_sample_free(&whole);
    patron_rows_free(&rows);
}

static void test_some_rows(void **state)
{
    (void)state;
    check_sample(false, MOST);
}

static void test_some_weighted_rows(void **state)
{
    (void)state;
    check_sample(true, MOST);
}

static void test_all_rows(void **state)
{
    (void)state;
    check_sample(true, ROWS);
}

/* The smaller sample is drawn from the larger one, both by the definition. */
static void test_judged_rows(void **state)
{
    patron_rows rows = {0};
    patron_judged_rows judged = {0};
    patron_silhouette silhouette = {0};
    double centroids[] = {0.0, 0.0, 2.0 * MANY, 2.0 * MANY};
    const patron_kmeans_result fit = {.k = 2, .columns = COLUMNS, .centroids = centroids};
    uint64_t *larger = calloc(PATRON_JUDGED_ROWS, sizeof *larger), expected = 0;
    uint64_t *drawn = calloc(PATRON_RESAMPLE_ROWS, sizeof *drawn);
    (void)state;
    patron_status status = patron_comm_agree(&test_comm, make_rows(MANY, false, &rows));
    if (status == PATRON_OK)
        status = patron_judged_rows_take(&test_comm, &rows, SEED, &judged);
    if (status == PATRON_OK)
        status = patron_judged_rows_silhouette(&test_comm, &judged, &fit, &silhouette);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(judged.sample.population, MANY);
    assert_int_equal(judged.sample.total, PATRON_JUDGED_ROWS);
    draw(MANY, false, PATRON_JUDGED_ROWS, 0, larger);
    assert_holds(&judged.sample, larger);
    assert_int_equal(judged.resampled.count, PATRON_RESAMPLE_ROWS);
    draw(PATRON_JUDGED_ROWS, false, PATRON_RESAMPLE_ROWS, 1, drawn);
    for (uint64_t i = 0; i < PATRON_RESAMPLE_ROWS; ++i)
        drawn[i] = larger[drawn[i]];
    assert_holds(&judged.resampled, drawn);
    long double sum = 0.0L;
    for (uint64_t i = 0; i < PATRON_JUDGED_ROWS; ++i) {
        long double x = 2.0L * larger[i], y = x + 1.0L, far = 2.0L * MANY;
        long double a = hypotl(x, y), b = hypotl(far - x, far - y);
        sum += 1.0L - fminl(a, b) / fmaxl(a, b);
        ++expected;
    }
    assert_true(fabs(silhouette.mean - (double)(sum / expected)) < 1e-12);
    assert_true(silhouette.standard_error > 0.0);
    patron_silhouette_free(&silhouette);
    patron_judged_rows_free(&judged);
    patron_rows_free(&rows);
    free(larger);
    free(drawn);
}

/* Which rank works a row out makes no difference to a bit; unit/pair_silhouette.c has the values.
 */
static void test_pairs(void **state)
{
    float values[ROWS * COLUMNS];
    int32_t labels[ROWS];
    double found[ROWS], alone[ROWS];
    const patron_comm self = patron_comm_self();
    const patron_sampled_rows rows = {values, NULL, ROWS, COLUMNS};
    (void)state;
    for (uint64_t i = 0; i < ROWS; ++i) {
        labels[i] = (int32_t)(i * i % 5);
        for (uint32_t j = 0; j < COLUMNS; ++j)
            values[i * COLUMNS + j] =
                (float)patron_random_unit(SEED, PATRON_PURPOSE_SEED, i, j) + (float)labels[i];
    }
    const patron_row_labelling shared = {5, labels, found}, own = {5, labels, alone};
    const patron_pair_silhouette_work many = {.threads = 1 + test_comm.rank}, one = {.threads = 1};
    patron_status status = patron_pair_silhouettes_find(&test_comm, &many, &rows, &shared, 1);
    patron_status by_itself = patron_pair_silhouettes_find(&self, &one, &rows, &own, 1);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(by_itself, PATRON_OK);
    assert_memory_equal(found, alone, sizeof found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_some_rows), cmocka_unit_test(test_some_weighted_rows),
        cmocka_unit_test(test_all_rows), cmocka_unit_test(test_judged_rows),
        cmocka_unit_test(test_pairs)};
    return test_mpi_main("sample", tests, sizeof tests / sizeof tests[0]);
}
