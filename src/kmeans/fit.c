/* SPDX-License-Identifier: Apache-2.0 */
/* A fit as a whole: checks, restarts, and the result. */
#include "kmeans/fit.h"

#include "kmeans/keep.h"
#include "runtime/meter.h"

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

static patron_status check(const patron_kmeans *engine, const patron_kmeans_options *options)
{
    if (options->k == 0)
        return patron_fail(PATRON_DATA, "k is 0, expected at least 1");
    if (options->k > engine->total_rows)
        return patron_fail(PATRON_DATA, "k is %" PRIu32 ", above the number of rows, %" PRIu64,
                           options->k, engine->total_rows);
    if (options->k > INT32_MAX)
        return patron_fail(PATRON_DATA, "k is %" PRIu32 ", expected at most %d", options->k,
                           INT32_MAX);
    return check_start(options, engine->rows->columns);
}

patron_status kmeans_result_create(const patron_comm *comm, uint32_t k, uint32_t columns,
                                   patron_kmeans_result *result)
{
    *result = (patron_kmeans_result){.k = k, .columns = columns};
    result->centroids = patron_allocate(k, columns * sizeof *result->centroids);
    result->origin = patron_allocate(k, sizeof *result->origin);
    result->size = patron_allocate(k, sizeof *result->size);
    result->weight_sum = patron_allocate(k, sizeof *result->weight_sum);
    result->segment_inertia = patron_allocate(k, sizeof *result->segment_inertia);
    patron_status status = PATRON_OK;
    if (result->centroids == NULL || result->origin == NULL || result->size == NULL ||
        result->weight_sum == NULL || result->segment_inertia == NULL)
        status = PATRON_RESOURCE;
    for (uint32_t c = 0; status == PATRON_OK && c < k; ++c)
        result->origin[c] = c;
    return patron_comm_agree(comm, status);
}

void patron_kmeans_result_free(patron_kmeans_result *result)
{
    free(result->centroids);
    free(result->origin);
    free(result->size);
    free(result->weight_sum);
    free(result->segment_inertia);
    free(result->history);
    *result = (patron_kmeans_result){0};
}

/* ---- restarts ---- */

patron_status kmeans_fit_from(patron_kmeans *engine, const patron_kmeans_options *options,
                              double threshold, double target, patron_kmeans_result *result,
                              bool *is_given_up)
{
    kmeans_tally tally = {0};
    kmeans_run run = {.k = result->k, .centroids = result->centroids, .target = target};
    patron_status status = patron_comm_agree(
        engine->comm, kmeans_tally_create(result->k, engine->rows->threads, &tally));
    if (status == PATRON_OK) {
        patron_progress_begin(options->progress, "k-means", "iterations", options->max_iterations);
        status = kmeans_lloyd(engine, options->max_iterations, threshold, options->progress, &tally,
                              &run);
        patron_progress_end(options->progress);
    }
    result->history = run.history;
    result->iterations = run.iterations;
    result->converged = run.converged;
    *is_given_up = run.is_given_up;
    if (status == PATRON_OK && !run.is_given_up)
        status = kmeans_conclude(engine, options->max_iterations > 0, &tally, result);
    kmeans_tally_free(&tally);
    return status;
}

static patron_status fit_once(patron_kmeans *engine, const patron_kmeans_options *options,
                              double threshold, uint32_t restart, patron_kmeans_result *result)
{
    patron_status status =
        kmeans_result_create(engine->comm, options->k, engine->rows->columns, result);
    if (status != PATRON_OK)
        return status;
    bool is_given_up = false;
    uint64_t seed = kmeans_seed_of_restart(options->seed, restart);
    patron_span span = patron_meter_arrive(engine->comm, PATRON_STEP_SEED);
    if (!kmeans_recall_run_k(engine, &result->k))
        status = kmeans_seed(engine, options, seed, result->centroids, &result->k);
    patron_meter_leave(span, 0, 0);
    patron_checkpoint_forget(engine->checkpoint, KMEANS_KEPT_DRAWN);
    patron_checkpoint_forget(engine->checkpoint, KMEANS_KEPT_TAKEN);
    if (status == PATRON_OK)
        status = kmeans_fit_from(engine, options, threshold, 0.0, result, &is_given_up);
    patron_checkpoint_forget(engine->checkpoint, KMEANS_KEPT_LLOYD);
    return status;
}

patron_status kmeans_label_again(patron_kmeans *engine, const patron_kmeans_result *result)
{
    kmeans_tally tally = {0};
    patron_status status = patron_comm_agree(
        engine->comm, kmeans_tally_create(result->k, engine->rows->threads, &tally));
    if (status == PATRON_OK)
        status = kmeans_label(engine, result, &tally);
    kmeans_tally_free(&tally);
    return status;
}

void kmeans_result_swap(patron_kmeans_result *a, patron_kmeans_result *b)
{
    patron_kmeans_result swapped = *a;
    *a = *b;
    *b = swapped;
}

static patron_status fit_best(patron_kmeans *engine, const patron_kmeans_options *options,
                              double threshold, patron_kmeans_result *result)
{
    bool has_labels = true, found = false;
    uint32_t counts[KMEANS_KEPT_COUNTS] = {0}; /* the restart that comes next, 1 at first */
    patron_status status = kmeans_recall_result(engine, KMEANS_KEPT_BEST, counts, result, &found);
    if (found)
        has_labels = false;
    else
        status = fit_once(engine, options, threshold, 0, result);
    uint32_t restarts = options->init == PATRON_KMEANS_GIVEN ? 1 : options->restarts;
    for (uint32_t restart = found ? counts[0] : 1; status == PATRON_OK && restart < restarts;
         ++restart) {
        patron_kmeans_result other;
        counts[0] = restart;
        status = kmeans_keep_result(engine, KMEANS_KEPT_BEST, counts, result);
        if (status != PATRON_OK)
            break;
        status = fit_once(engine, options, threshold, restart, &other);
        has_labels = status == PATRON_OK && other.inertia < result->inertia;
        if (has_labels)
            kmeans_result_swap(result, &other);
        patron_kmeans_result_free(&other);
    }
    return status == PATRON_OK && !has_labels ? kmeans_label_again(engine, result) : status;
}

/* The stages of a fit; of one that goes on those that are left. */
static patron_status fit_or_go_on(patron_kmeans *engine, const patron_kmeans_options *options,
                                  double threshold, patron_kmeans_result *result)
{
    uint32_t counts[KMEANS_KEPT_COUNTS] = {0};
    bool is_done = false, is_refining = false;
    patron_status status = kmeans_recall_result(engine, KMEANS_KEPT_DONE, counts, result, &is_done);
    if (is_done)
        return status == PATRON_OK ? kmeans_label_again(engine, result) : status;
    if (status == PATRON_OK)
        status = kmeans_recall_result(engine, KMEANS_KEPT_REFINE, counts, result, &is_refining);
    if (status == PATRON_OK)
        status = is_refining ? kmeans_label_again(engine, result)
                             : fit_best(engine, options, threshold, result);
    if (status == PATRON_OK)
        status = kmeans_refine(engine, options, threshold, counts, result);
    patron_checkpoint_forget(engine->checkpoint, "fit.");
    return status == PATRON_OK ? kmeans_keep_result(engine, KMEANS_KEPT_DONE, counts, result)
                               : status;
}

patron_status patron_kmeans_fit(patron_kmeans *kmeans, const patron_kmeans_options *options,
                                patron_kmeans_result *result)
{
    double variance = 0.0;
    *result = (patron_kmeans_result){0};
    kmeans->checkpoint = options->checkpoint;
    patron_status status = patron_comm_agree(kmeans->comm, check(kmeans, options));
    patron_span span = patron_meter_arrive(kmeans->comm, PATRON_STEP_SURVEY);
    if (status == PATRON_OK && options->tolerance > 0.0)
        status = kmeans_variance(kmeans, &variance);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        status = fit_or_go_on(kmeans, options, options->tolerance * variance, result);
    if (status == PATRON_OK)
        status = kmeans_mark_dropped(kmeans);
    if (status != PATRON_OK)
        patron_kmeans_result_free(result);
    kmeans->checkpoint = NULL;
    return status;
}

patron_status patron_kmeans_label(patron_kmeans *kmeans, const patron_kmeans_result *fit)
{
    patron_status status = kmeans_label_again(kmeans, fit);
    return status == PATRON_OK ? kmeans_mark_dropped(kmeans) : status;
}
