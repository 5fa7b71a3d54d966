/* SPDX-License-Identifier: Apache-2.0 */
/* K-means by its definitions. */
#include "kmeans_plain.h"

#include "patron/exactsum.h"
#include "patron/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

static double draw(uint64_t seed, uint64_t index, uint32_t number)
{
    return patron_random_unit(seed, PATRON_PURPOSE_SAMPLE_ROW, index, 1000 + number);
}

static float make_value(test_values kind, uint64_t seed, uint64_t row, uint32_t column)
{
    double unit = draw(seed, row, column);
    double centre = floor(draw(seed, row, 500) * 5.0);
    switch (kind) {
    case TEST_VALUES_SMOOTH:
        return (float)(sin(centre * (column + 1)) * 3.0 + unit);
    case TEST_VALUES_LATTICE:
        return (float)floor(unit * 4.0) - 1.0F;
    case TEST_VALUES_EXTREME:
        return (float)((unit - 0.5) * (column % 3 == 0 ? 1e30 : column % 3 == 1 ? 1e-40 : 1.0));
    case TEST_VALUES_FEW:
    default:
        return (float)(0.1 * floor(draw(seed, row, 501) * 3.0) + column);
    }
}

test_table test_table_make(uint64_t count, uint32_t columns, test_values values,
                           test_weights weights, uint64_t seed)
{
    test_table table = {count, columns, calloc(count * columns, sizeof(float)),
                        calloc(count, sizeof(float))};
    for (uint64_t i = 0; i < count; ++i) {
        for (uint32_t j = 0; j < columns; ++j)
            table.values[i * columns + j] = make_value(values, seed, i, j);
        double unit = draw(seed, i, 600);
        table.weight[i] = (float)pow(10.0, 20.0 * unit - 10.0);
        if (draw(seed, i, 601) < (weights == TEST_WEIGHTS_SPARSE ? 0.8 : 0.1) && i != count / 2)
            table.weight[i] = 0.0F;
    }
    if (weights == TEST_WEIGHTS_NONE) {
        free(table.weight);
        table.weight = NULL;
    }
    return table;
}

void test_table_free(test_table *table)
{
    free(table->values);
    free(table->weight);
    *table = (test_table){0};
}

patron_rows test_rows_of(const test_table *table, uint64_t first, uint64_t count, int threads)
{
    patron_rows rows;
    const patron_rows_shape shape = {
        .first = first, .count = count, .columns = table->columns, .threads = threads};
    patron_status status =
        patron_rows_pack(table->values + first * table->columns,
                         table->weight == NULL ? NULL : table->weight + first, &shape, &rows);
    if (status != PATRON_OK)
        patron_rows_free(&rows);
    return rows;
}

patron_status test_engine_create(const test_table *table, uint64_t first, int threads,
                                 patron_kmeans_isa isa, test_engine *made)
{
    const patron_rows_shape shape = {
        .first = first, .count = table->count, .columns = table->columns, .threads = threads};
    *made = (test_engine){.self = patron_comm_self()};
    patron_status status = patron_rows_pack(table->values, table->weight, &shape, &made->rows);
    if (status == PATRON_OK)
        status = patron_kmeans_create(&made->self, &made->rows, isa, &made->engine);
    return status;
}

void test_engine_free(test_engine *made)
{
    patron_kmeans_free(made->engine);
    patron_rows_free(&made->rows);
}

double *test_start(const test_table *table, uint32_t k, bool repeat)
{
    uint32_t columns = table->columns;
    double *start = calloc((uint64_t)k * columns, sizeof *start);
    for (uint64_t c = 0; c < k; ++c) {
        uint64_t row = (repeat ? c / 3 : c) * table->count / k;
        for (uint32_t j = 0; j < columns; ++j)
            start[c * columns + j] = (double)table->values[row * columns + j];
    }
    return start;
}

/* ---- the plain loop ---- */

static double weight_of(const test_table *rows, uint64_t row)
{
    return rows->weight == NULL ? 1.0 : (double)rows->weight[row];
}

static const float *row_of(const test_table *rows, uint64_t row)
{
    return rows->values + row * rows->columns;
}

static int64_t assign(const test_table *rows, const double *centroids, uint32_t k, int32_t *labels,
                      double *distance)
{
    int64_t moved = 0;
    for (uint64_t i = 0; i < rows->count; ++i) {
        int32_t best = -1;
        for (uint32_t c = 0; c < k; ++c) {
            double sum = 0.0;
            for (uint32_t j = 0; j < rows->columns; ++j) {
                double difference =
                    (double)row_of(rows, i)[j] - centroids[(uint64_t)c * rows->columns + j];
                sum += difference * difference;
            }
            if (best < 0 || sum < distance[i]) {
                best = (int32_t)c;
                distance[i] = sum;
            }
        }
        moved += labels[i] != best;
        labels[i] = best;
    }
    return moved;
}

static int64_t count_positive(const test_table *rows, const int32_t *home, int32_t cluster)
{
    int64_t count = 0;
    for (uint64_t i = 0; i < rows->count; ++i)
        count += home[i] == cluster && weight_of(rows, i) > 0.0;
    return count;
}

static bool differs(const test_table *rows, uint64_t row, const double *centroid)
{
    bool different = false;
    for (uint32_t j = 0; j < rows->columns; ++j)
        different = different || row_of(rows, row)[j] != (float)centroid[j];
    return different;
}

/* The row that an empty cluster takes; rows->count if there is none.  home[] is labels[] but for
 * the rows that were taken already. */
static uint64_t farthest(const test_table *rows, const double *centroids, const int32_t *labels,
                         const double *distance, const int32_t *home)
{
    uint64_t best = rows->count;
    for (uint64_t i = 0; i < rows->count; ++i) {
        bool fits = weight_of(rows, i) > 0.0 && home[i] == labels[i] &&
                    (best == rows->count || distance[i] > distance[best]) &&
                    differs(rows, i, centroids + (uint64_t)labels[i] * rows->columns) &&
                    count_positive(rows, home, labels[i]) > 1;
        for (uint64_t other = 0; fits && other < rows->count; ++other)
            fits = home[other] == labels[other] ||
                   memcmp(row_of(rows, i), row_of(rows, other), rows->columns * sizeof(float)) != 0;
        if (fits)
            best = i;
    }
    return best;
}

static bool relocate(const test_table *rows, const double *centroids, uint32_t k,
                     const int32_t *labels, const double *distance, int32_t *home)
{
    bool any = false;
    memcpy(home, labels, rows->count * sizeof *home);
    for (uint32_t c = 0; c < k; ++c) {
        if (count_positive(rows, home, (int32_t)c) > 0)
            continue;
        uint64_t row = farthest(rows, centroids, labels, distance, home);
        if (row == rows->count)
            break;
        home[row] = (int32_t)c;
        any = true;
    }
    return any;
}

static double update(const test_table *rows, const int32_t *home, uint32_t k, double *centroids)
{
    patron_exactsum shift = {0};
    for (uint32_t c = 0; c < k; ++c) {
        if (count_positive(rows, home, (int32_t)c) == 0)
            continue;
        for (uint32_t j = 0; j < rows->columns; ++j) {
            patron_exactsum sum = {0}, weight = {0};
            for (uint64_t i = 0; i < rows->count; ++i) {
                if (home[i] != (int32_t)c)
                    continue;
                patron_exactsum_add(&sum, weight_of(rows, i) * (double)row_of(rows, i)[j]);
                patron_exactsum_add(&weight, weight_of(rows, i));
            }
            double *centroid = &centroids[(uint64_t)c * rows->columns + j];
            double fresh = patron_exactsum_round(&sum) / patron_exactsum_round(&weight);
            double difference = fresh - *centroid;
            patron_exactsum_add(&shift, difference * difference);
            *centroid = fresh;
        }
    }
    return patron_exactsum_round(&shift);
}

static double threshold(const test_table *rows, double tolerance)
{
    patron_exactsum total = {0};
    for (uint32_t j = 0; j < rows->columns; ++j) {
        patron_exactsum sum = {0}, squares = {0};
        for (uint64_t i = 0; i < rows->count; ++i)
            patron_exactsum_add(&sum, (double)row_of(rows, i)[j]);
        double mean = patron_exactsum_round(&sum) / (double)rows->count;
        for (uint64_t i = 0; i < rows->count; ++i) {
            double difference = (double)row_of(rows, i)[j] - mean;
            patron_exactsum_add(&squares, difference * difference);
        }
        patron_exactsum_add(&total, patron_exactsum_round(&squares) / (double)rows->count);
    }
    return tolerance * (patron_exactsum_round(&total) / (double)rows->columns);
}

/* Exact sum of weight, or of weight times distance, over a cluster, -1 for all. */
static double sum_over(const test_table *rows, const int32_t *labels, int32_t cluster,
                       const double *distance)
{
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < rows->count; ++i)
        if (cluster < 0 || labels[i] == cluster)
            patron_exactsum_add(&sum, weight_of(rows, i) * (distance == NULL ? 1.0 : distance[i]));
    return patron_exactsum_round(&sum);
}

static void drop_empty(const test_table *rows, const int32_t *labels, patron_kmeans_result *result)
{
    uint64_t columns = rows->columns;
    uint32_t kept = 0;
    for (uint32_t c = 0; c < result->k; ++c)
        if (count_positive(rows, labels, (int32_t)c) > 0)
            memmove(result->centroids + kept++ * columns, result->centroids + c * columns,
                    columns * sizeof(double));
    result->k = kept;
}

static void summarise(const test_table *rows, const int32_t *labels, const double *distance,
                      patron_kmeans_result *result)
{
    result->size = calloc(result->k, sizeof(int64_t));
    result->weight_sum = calloc(result->k, sizeof(double));
    result->segment_inertia = calloc(result->k, sizeof(double));
    for (uint64_t i = 0; i < rows->count; ++i)
        ++result->size[labels[i]];
    for (uint32_t c = 0; c < result->k; ++c) {
        result->weight_sum[c] = sum_over(rows, labels, (int32_t)c, NULL);
        result->segment_inertia[c] = sum_over(rows, labels, (int32_t)c, distance);
    }
    result->inertia = sum_over(rows, labels, -1, distance);
}

test_fit test_fit_plainly(const test_table *rows, const patron_kmeans_options *options)
{
    uint32_t k = options->k;
    uint64_t cells = (uint64_t)k * rows->columns;
    double *distance = calloc(rows->count, sizeof *distance);
    int32_t *home = calloc(rows->count, sizeof *home);
    double limit = threshold(rows, options->tolerance);
    test_fit fit = {.result = {.k = k, .columns = rows->columns}};
    patron_kmeans_result *result = &fit.result;
    result->centroids = calloc(cells, sizeof(double));
    result->history = calloc(options->max_iterations + 1, sizeof(patron_kmeans_iteration));
    fit.labels = calloc(rows->count, sizeof(int32_t));
    memcpy(result->centroids, options->start, cells * sizeof(double));
    memset(fit.labels, -1, rows->count * sizeof(int32_t));
    while (result->iterations < options->max_iterations && !result->converged) {
        patron_kmeans_iteration *step = &result->history[result->iterations++];
        step->moved = assign(rows, result->centroids, k, fit.labels, distance);
        step->inertia = sum_over(rows, fit.labels, -1, distance);
        bool relocated = relocate(rows, result->centroids, k, fit.labels, distance, home);
        step->shift = update(rows, home, k, result->centroids);
        result->converged = (step->moved == 0 && !relocated) || step->shift <= limit;
    }
    assign(rows, result->centroids, k, fit.labels, distance);
    if (options->max_iterations > 0 &&
        farthest(rows, result->centroids, fit.labels, distance, fit.labels) == rows->count) {
        drop_empty(rows, fit.labels, result);
        assign(rows, result->centroids, result->k, fit.labels, distance);
    }
    summarise(rows, fit.labels, distance, result);
    free(distance);
    free(home);
    return fit;
}

/* ---- the engine ---- */

test_fit test_fit_rows(const patron_comm *comm, const patron_rows *rows, patron_kmeans_isa isa,
                       const patron_kmeans_options *options)
{
    test_fit fit = {.labels = calloc(rows->count + 1, sizeof(int32_t))};
    patron_kmeans *kmeans = NULL;
    fit.status = patron_kmeans_create(comm, rows, isa, &kmeans);
    if (fit.status == PATRON_OK)
        fit.status = patron_kmeans_fit(kmeans, options, &fit.result);
    if (fit.status == PATRON_OK && rows->count > 0)
        memcpy(fit.labels, patron_kmeans_labels(kmeans), rows->count * sizeof(int32_t));
    patron_kmeans_free(kmeans);
    return fit;
}

test_fit test_fit_table(const patron_comm *comm, const test_table *table, uint64_t first,
                        uint64_t count, int threads, patron_kmeans_isa isa,
                        const patron_kmeans_options *options)
{
    patron_rows rows = test_rows_of(table, first, count, threads);
    test_fit fit = test_fit_rows(comm, &rows, isa, options);
    patron_rows_free(&rows);
    return fit;
}

void test_fit_free(test_fit *fit)
{
    patron_kmeans_result_free(&fit->result);
    free(fit->labels);
    *fit = (test_fit){0};
}

/* ---- comparison ---- */

static bool same(const void *left, const void *right, uint64_t count, uint64_t size)
{
    return count == 0 || memcmp(left, right, count * size) == 0;
}

const char *test_fit_difference(const test_fit *left_fit, const test_fit *right_fit, uint64_t first,
                                uint64_t count)
{
    const patron_kmeans_result *left = &left_fit->result, *right = &right_fit->result;
    uint64_t k = left->k;
    if (left_fit->status != right_fit->status)
        return "status";
    if (left->k != right->k || left->columns != right->columns)
        return "k";
    if (left->iterations != right->iterations)
        return "iterations";
    if (!same(left->history, right->history, left->iterations, sizeof *left->history))
        return "history";
    if (left->converged != right->converged)
        return "converged";
    if (!same(left->centroids, right->centroids, k * left->columns, sizeof(double)))
        return "centroids";
    if (!same(left->size, right->size, k, sizeof(int64_t)))
        return "size";
    if (!same(left->weight_sum, right->weight_sum, k, sizeof(double)))
        return "weight_sum";
    if (!same(left->segment_inertia, right->segment_inertia, k, sizeof(double)))
        return "segment_inertia";
    if (!same(&left->inertia, &right->inertia, 1, sizeof(double)))
        return "inertia";
    if (!same(left_fit->labels + first, right_fit->labels, count, sizeof(int32_t)))
        return "labels";
    return NULL;
}
