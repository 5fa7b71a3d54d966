/* SPDX-License-Identifier: Apache-2.0 */
/* A fit as a whole: checks, restarts, and the result. */
#include "kmeans/engine.h"

#include "patron/memory.h"

#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static patron_status check_start(const patron_kmeans_options *options, uint32_t columns)
{
    if (options->init != PATRON_KMEANS_GIVEN)
        return PATRON_OK;
    for (uint64_t i = 0; i < (uint64_t)options->k * columns; ++i)
        if (!(options->start[i] >= -(double)FLT_MAX && options->start[i] <= (double)FLT_MAX))
            return patron_fail(PATRON_DATA,
                               "start centroid %" PRIu64 ", column %" PRIu64
                               ": %g is not a number that float32 can hold",
                               i / columns, i % columns, options->start[i]);
    return PATRON_OK;
}

/* All ranks come to the same verdict. */
static patron_status check(const patron_comm *comm, const patron_kmeans_rows *rows,
                           const patron_kmeans_options *options)
{
    uint64_t counts[2] = {rows->count, 0};
    for (uint64_t i = 0; i < rows->count; ++i)
        counts[1] += kmeans_weight(rows, i) > 0.0F ? 1 : 0;
    patron_comm_reduce_u64(comm, counts, 2, PATRON_SUM);
    if (options->k == 0)
        return patron_fail(PATRON_DATA, "k is 0, expected at least 1");
    if (options->k > counts[0])
        return patron_fail(PATRON_DATA, "k is %" PRIu32 ", above the number of rows, %" PRIu64,
                           options->k, counts[0]);
    if (options->k > INT32_MAX)
        return patron_fail(PATRON_DATA, "k is %" PRIu32 ", expected at most %d", options->k,
                           INT32_MAX);
    if (rows->columns == 0)
        return patron_fail(PATRON_DATA, "no columns to cluster, expected at least 1");
    if (counts[1] == 0)
        return patron_fail(PATRON_DATA, "none of %" PRIu64 " rows has a weight above 0", counts[0]);
    return check_start(options, rows->columns);
}

/* ---- result ---- */

/* Exact sums of the segments, before they are rounded. */
typedef struct tally {
    int64_t *positive;        /* k: rows of positive weight */
    patron_exactsum *weight;  /* k */
    patron_exactsum *inertia; /* k */
} tally;

static void tally_free(tally *sums)
{
    free(sums->positive);
    free(sums->weight);
    free(sums->inertia);
}

static void tally_rows(const kmeans_engine *engine, tally *sums, int64_t *size)
{
    for (uint64_t i = 0; i < engine->rows->count; ++i) {
        int32_t label = engine->labels[i];
        double weight = (double)kmeans_weight(engine->rows, i);
        ++size[label];
        sums->positive[label] += weight > 0.0 ? 1 : 0;
        patron_exactsum_add(&sums->weight[label], weight);
        patron_exactsum_add(&sums->inertia[label], weight * engine->distance[i]);
    }
}

/* Fills size, weight_sum, segment_inertia and inertia from the engine's labels and distances;
 * positive[k] gets the rows of positive weight. */
static patron_status summarise(const kmeans_engine *engine, patron_kmeans_result *result,
                               int64_t *positive)
{
    uint64_t k = result->k;
    tally sums = {.positive = patron_allocate(k, sizeof *sums.positive),
                  .weight = patron_allocate(k, sizeof *sums.weight),
                  .inertia = patron_allocate(k, sizeof *sums.inertia)};
    patron_status status = PATRON_OK;
    if (sums.positive == NULL || sums.weight == NULL || sums.inertia == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    memset(result->size, 0, k * sizeof *result->size);
    tally_rows(engine, &sums, result->size);
    patron_comm_reduce_i64(engine->comm, result->size, k, PATRON_SUM);
    patron_comm_reduce_i64(engine->comm, sums.positive, k, PATRON_SUM);
    patron_exactsum_reduce(engine->comm, sums.weight, k);
    patron_exactsum_reduce(engine->comm, sums.inertia, k);
    patron_exactsum total = {0};
    for (uint64_t c = 0; c < k; ++c) {
        patron_exactsum_merge(&total, &sums.inertia[c]);
        result->weight_sum[c] = patron_exactsum_round(&sums.weight[c]);
        result->segment_inertia[c] = patron_exactsum_round(&sums.inertia[c]);
        positive[c] = sums.positive[c];
    }
    result->inertia = patron_exactsum_round(&total);
cleanup:
    tally_free(&sums);
    return status;
}

/* Leaves out the clusters without rows of positive weight; true if there were any. */
static bool drop_empty(patron_kmeans_result *result, const int64_t *positive)
{
    uint64_t columns = result->columns;
    uint32_t kept = 0;
    for (uint32_t c = 0; c < result->k; ++c) {
        if (positive[c] == 0)
            continue;
        if (kept < c)
            memcpy(result->centroids + kept * columns, result->centroids + c * columns,
                   columns * sizeof *result->centroids);
        ++kept;
    }
    bool dropped = kept < result->k;
    result->k = kept;
    return dropped;
}

static patron_status assign_again(kmeans_engine *engine, const patron_kmeans_result *result)
{
    kmeans_search search;
    kmeans_assignment assignment;
    patron_status status = kmeans_search_create(&search, result->k, result->columns);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK) {
        kmeans_search_fill(&search, &engine->pack, result->centroids, result->k);
        kmeans_assign(engine, &search, NULL, NULL, &assignment);
    }
    kmeans_search_free(&search);
    return status;
}

/* Sums of the segments; where rows are too few for k segments, without the empty ones. */
static patron_status conclude(kmeans_engine *engine, uint32_t max_iterations,
                              patron_kmeans_result *result)
{
    int64_t *positive = patron_allocate(result->k, sizeof *positive);
    patron_status status =
        patron_comm_agree(engine->comm, positive == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = summarise(engine, result, positive);
    if (status != PATRON_OK || max_iterations == 0 ||
        kmeans_relocate_possible(engine, result->centroids, positive) ||
        !drop_empty(result, positive))
        goto cleanup;
    status = assign_again(engine, result);
    if (status == PATRON_OK)
        status = summarise(engine, result, positive);
cleanup:
    free(positive);
    return status;
}

static patron_status result_create(const kmeans_engine *engine, uint32_t k,
                                   patron_kmeans_result *result)
{
    uint32_t columns = engine->rows->columns;
    *result = (patron_kmeans_result){.k = k, .columns = columns};
    result->centroids = patron_allocate(k, columns * sizeof *result->centroids);
    result->size = patron_allocate(k, sizeof *result->size);
    result->weight_sum = patron_allocate(k, sizeof *result->weight_sum);
    result->segment_inertia = patron_allocate(k, sizeof *result->segment_inertia);
    result->labels = patron_allocate(engine->rows->count, sizeof *result->labels);
    patron_status status = PATRON_OK;
    if (result->centroids == NULL || result->size == NULL || result->weight_sum == NULL ||
        result->segment_inertia == NULL || result->labels == NULL)
        status = PATRON_RESOURCE;
    return patron_comm_agree(engine->comm, status);
}

/* ---- restarts ---- */

static patron_status fit_once(kmeans_engine *engine, const patron_kmeans_options *options,
                              double threshold, uint32_t restart, patron_kmeans_result *result)
{
    kmeans_run run = {0};
    patron_status status = result_create(engine, options->k, result);
    if (status != PATRON_OK)
        return status;
    uint64_t seed = kmeans_seed_of_restart(options->seed, restart);
    status = kmeans_seed(engine, options, seed, result->centroids, &result->k);
    if (status != PATRON_OK)
        return status;
    run.k = result->k;
    run.centroids = result->centroids;
    patron_progress_begin(options->progress, "k-means", "iterations", options->max_iterations);
    status = kmeans_lloyd(engine, options->max_iterations, threshold, options->progress, &run);
    patron_progress_end(options->progress);
    result->history = run.history;
    result->iterations = run.iterations;
    result->converged = run.converged;
    if (status == PATRON_OK)
        status = conclude(engine, options->max_iterations, result);
    if (status == PATRON_OK && engine->rows->count > 0)
        memcpy(result->labels, engine->labels, engine->rows->count * sizeof *result->labels);
    return status;
}

static patron_status fit_best(kmeans_engine *engine, const patron_kmeans_options *options,
                              patron_kmeans_result *result)
{
    double threshold = 0.0;
    patron_status status = kmeans_threshold(engine, options->tolerance, &threshold);
    if (status == PATRON_OK)
        status = fit_once(engine, options, threshold, 0, result);
    uint32_t restarts = options->init == PATRON_KMEANS_GIVEN ? 1 : options->restarts;
    for (uint32_t restart = 1; status == PATRON_OK && restart < restarts; ++restart) {
        patron_kmeans_result other;
        status = fit_once(engine, options, threshold, restart, &other);
        if (status == PATRON_OK && other.inertia < result->inertia) {
            patron_kmeans_result worse = *result;
            *result = other;
            other = worse;
        }
        patron_kmeans_result_free(&other);
    }
    return status;
}

patron_status patron_kmeans_fit(const patron_comm *comm, const patron_kmeans_rows *rows,
                                const patron_kmeans_options *options, patron_kmeans_result *result)
{
    kmeans_engine engine = {0};
    *result = (patron_kmeans_result){0};
    patron_status status = patron_comm_agree(comm, check(comm, rows, options));
    if (status == PATRON_OK)
        status = kmeans_engine_create(comm, rows, options->threads, options->isa, &engine);
    if (status == PATRON_OK)
        status = fit_best(&engine, options, result);
    kmeans_engine_free(&engine);
    if (status != PATRON_OK)
        patron_kmeans_result_free(result);
    return status;
}

void patron_kmeans_result_free(patron_kmeans_result *result)
{
    free(result->centroids);
    free(result->size);
    free(result->weight_sum);
    free(result->segment_inertia);
    free(result->labels);
    free(result->history);
    *result = (patron_kmeans_result){0};
}
