/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep over k: fits share the rows that were loaded; one segment is fitted too, as what all
 * others are held against. */
#include "sweep/sweep.h"

#include "patron/memory.h"
#include "runtime/meter.h"
#include "sweep/paired.h"
#include "sweep/resample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What a sweep holds while it runs; of fits the first is that of one segment. */
typedef struct sweeping {
    const patron_comm *comm;
    const patron_sweep_options *options;
    const patron_rows *rows;
    patron_kmeans *kmeans;
    patron_sweep *sweep;
    patron_kmeans_result *fits; /* count + 1 */
    patron_judged_fit *judged;  /* count + 1 */
    patron_judged_rows by;      /* the rows that fits are judged by */
} sweeping;

static patron_status create(sweeping *run)
{
    patron_sweep *sweep = run->sweep;
    uint64_t count = sweep->count;
    sweep->rows = patron_allocate(count, sizeof *sweep->rows);
    run->fits = patron_allocate(count + 1, sizeof *run->fits);
    run->judged = patron_allocate(count + 1, sizeof *run->judged);
    bool complete = sweep->rows != NULL && run->fits != NULL && run->judged != NULL;
    return complete ? PATRON_OK : PATRON_RESOURCE;
}

static void destroy(sweeping *run)
{
    for (uint64_t i = 0; i <= run->sweep->count; ++i) {
        if (run->fits != NULL)
            patron_kmeans_result_free(&run->fits[i]);
        if (run->judged != NULL)
            free(run->judged[i].jaccard);
    }
    free(run->fits);
    free(run->judged);
    patron_judged_rows_free(&run->by);
}

/* ---- fits ---- */

/* Fit `index`, which a checkpoint may have. */
static patron_status fit_one(sweeping *run, uint32_t index)
{
    patron_kmeans_options fit = run->options->fit;
    patron_kmeans_result *result = &run->fits[index];
    char name[PATRON_CHECKPOINT_NAME];
    bool found = false;
    fit.k = index == 0 ? 1 : run->options->first + index - 1;
    fit.progress = NULL;
    snprintf(name, sizeof name, "sweep.%" PRIu32, fit.k);
    if (index == 0)
        snprintf(name, sizeof name, "sweep.one");
    patron_status status =
        patron_kmeans_result_recall(run->comm, fit.checkpoint, name, result, &found);
    if (status == PATRON_OK && !found)
        status = patron_kmeans_fit(run->kmeans, &fit, result);
    if (status == PATRON_OK && !found)
        status = patron_kmeans_result_keep(run->comm, fit.checkpoint, name, result);
    if (!found)
        patron_checkpoint_forget(fit.checkpoint, "fit.");
    else
        patron_progress_skip(run->options->fit.progress, index);
    return status;
}

static patron_status fit_all(sweeping *run)
{
    patron_progress *progress = run->options->fit.progress;
    patron_status status = PATRON_OK;
    patron_progress_begin(progress, "k-means", "fits", run->sweep->count);
    for (uint32_t i = 0; status == PATRON_OK && i <= run->sweep->count; ++i) {
        status = fit_one(run, i);
        if (status == PATRON_OK && progress != NULL)
            patron_progress_update(progress, i, NULL);
    }
    patron_progress_end(progress);
    return status;
}

/* ---- figures ---- */

static patron_status judge_distances(const sweeping *run, uint32_t index)
{
    const patron_kmeans_result *fit = &run->fits[index + 1];
    patron_sweep_row *row = &run->sweep->rows[index];
    patron_silhouette silhouette;
    patron_status status = patron_judged_rows_silhouette(run->comm, &run->by, fit, &silhouette);
    if (status == PATRON_OK) {
        row->silhouette = silhouette.mean;
        row->silhouette_error = silhouette.standard_error;
        row->davies_bouldin = patron_davies_bouldin(&silhouette, fit->centroids, fit->columns);
    }
    patron_silhouette_free(&silhouette);
    return status;
}

static patron_status judge_pairs(const sweeping *run)
{
    patron_sweep *sweep = run->sweep;
    patron_paired_fit *paired = patron_allocate(sweep->count, sizeof *paired);
    patron_status status = paired == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(run->comm, status);
    for (uint32_t i = 0; status == PATRON_OK && i < sweep->count; ++i)
        paired[i] =
            (patron_paired_fit){.k = run->fits[i + 1].k, .centroids = run->fits[i + 1].centroids};
    if (status == PATRON_OK)
        status = patron_paired_judge(run->comm, &run->by, run->options->paired_rows,
                                     PATRON_PAIRED_SWEEP_ROWS, &run->options->fit, paired,
                                     sweep->count, &sweep->paired_rows);
    for (uint32_t i = 0; status == PATRON_OK && i < sweep->count; ++i) {
        sweep->rows[i].pair_silhouette = paired[i].mean;
        sweep->rows[i].pair_silhouette_error = paired[i].error;
    }
    free(paired);
    return status;
}

/* Between-segment over within-segment variance, by the rows of positive weight. */
static double calinski_harabasz(const sweeping *run, const patron_kmeans_result *fit)
{
    return patron_calinski_harabasz(run->fits[0].inertia - fit->inertia, fit->inertia, fit->k,
                                    run->by.sample.population);
}

static patron_status judge_by_resampling(sweeping *run)
{
    const patron_resample_options options = {.fit = &run->options->fit,
                                             .gap_draws = run->options->gap_draws,
                                             .pairs = run->options->stability_pairs,
                                             .threads = run->rows->threads,
                                             .progress = run->options->fit.progress};
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i <= run->sweep->count; ++i) {
        patron_judged_fit *judged = &run->judged[i];
        *judged = (patron_judged_fit){.k = run->fits[i].k, .centroids = run->fits[i].centroids};
        judged->jaccard = patron_allocate(judged->k, sizeof *judged->jaccard);
        if (judged->jaccard == NULL)
            status = PATRON_RESOURCE;
        run->sweep->most = judged->k > run->sweep->most ? judged->k : run->sweep->most;
    }
    status = patron_comm_agree(run->comm, status);
    return status == PATRON_OK ? patron_resample_judge(run->comm, &run->by.resampled, &options,
                                                       run->judged, run->sweep->count + 1)
                               : status;
}

/* Mean and least of the segments' stabilities that are known. */
static void summarize_jaccard(const patron_judged_fit *judged, patron_sweep_row *row)
{
    double sum = 0.0, least = (double)NAN;
    uint32_t known = 0;
    for (uint32_t c = 0; c < judged->k; ++c) {
        if (isnan(judged->jaccard[c]))
            continue;
        sum += judged->jaccard[c];
        ++known;
        least = !(least <= judged->jaccard[c]) ? judged->jaccard[c] : least;
    }
    row->jaccard = known > 0 ? sum / known : (double)NAN;
    row->jaccard_least = least;
}

static void take_figures(const sweeping *run, uint32_t index)
{
    const patron_kmeans_result *fit = &run->fits[index + 1];
    const patron_judged_fit *judged = &run->judged[index + 1];
    patron_sweep_row *row = &run->sweep->rows[index];
    row->k = run->options->first + index;
    row->segments = fit->k;
    row->iterations = fit->iterations;
    row->converged = fit->converged ? 1 : 0;
    row->inertia = fit->inertia;
    row->calinski_harabasz = calinski_harabasz(run, fit);
    row->bic = judged->bic;
    row->gap = judged->gap;
    row->gap_error = judged->gap_error;
    row->adjusted_rand = judged->adjusted_rand;
    summarize_jaccard(judged, row);
    for (uint64_t c = 0; c < run->sweep->most; ++c)
        run->sweep->jaccard[index * (uint64_t)run->sweep->most + c] =
            c < judged->k ? judged->jaccard[c] : (double)NAN;
}

static patron_status judge(sweeping *run)
{
    patron_sweep *sweep = run->sweep;
    patron_status status = judge_by_resampling(run);
    for (uint32_t i = 0; i < sweep->count && status == PATRON_OK; ++i) {
        status = patron_checkpoint_pass(run->options->fit.checkpoint);
        if (status == PATRON_OK)
            status = judge_distances(run, i);
    }
    if (status == PATRON_OK)
        status = patron_checkpoint_pass(run->options->fit.checkpoint);
    if (status == PATRON_OK)
        status = judge_pairs(run);
    if (status != PATRON_OK)
        return status;
    sweep->jaccard = patron_allocate((uint64_t)sweep->count * sweep->most, sizeof *sweep->jaccard);
    status = patron_comm_agree(run->comm, sweep->jaccard == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t i = 0; status == PATRON_OK && i < sweep->count; ++i)
        take_figures(run, i);
    return status;
}

/* ---- the choice ---- */

static void choose(const sweeping *run)
{
    patron_sweep *sweep = run->sweep;
    sweep->judged_rows = run->by.sample.total;
    sweep->resampled_rows = run->by.resampled.total;
    sweep->test = (patron_cluster_test){.single = run->judged[0].bic};
    for (uint32_t i = 1; i <= sweep->count; ++i)
        patron_cluster_test_add(&sweep->test, run->judged[i].gain, run->judged[i].reference_gain);
    patron_cluster_test_run(&sweep->test);
    sweep->rule = run->options->rule;
    sweep->chosen =
        patron_sweep_choose(sweep->rows, sweep->count, sweep->rule, &sweep->test, sweep->reason);
}

patron_status patron_sweep_run(const patron_comm *comm, patron_kmeans *kmeans,
                               const patron_rows *rows, const patron_sweep_options *options,
                               patron_sweep *sweep, patron_kmeans_result *fit)
{
    *sweep = (patron_sweep){.count = options->last - options->first + 1};
    *fit = (patron_kmeans_result){0};
    patron_status status = PATRON_OK;
    sweeping run = {
        .comm = comm, .options = options, .rows = rows, .kmeans = kmeans, .sweep = sweep};
    uint64_t most = rows->count; /* at least the rows that were kept */
    patron_comm_reduce_u64(comm, &most, 1, PATRON_SUM);
    if (options->last > most) {
        *sweep = (patron_sweep){0};
        return patron_fail(PATRON_DATA,
                           "the range of k ends at %" PRIu32 ", above the number of rows, %" PRIu64,
                           options->last, most);
    }
    status = patron_comm_agree(comm, create(&run));
    if (status == PATRON_OK)
        status = fit_all(&run);
    if (options->when_fitted != NULL)
        options->when_fitted(options->context);
    patron_span span = patron_meter_enter(PATRON_STEP_JUDGE);
    if (status == PATRON_OK)
        status = patron_judged_rows_take(comm, rows, options->fit.seed, &run.by);
    if (status == PATRON_OK)
        status = judge(&run);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK) {
        choose(&run);
        *fit = run.fits[sweep->chosen + 1];
        run.fits[sweep->chosen + 1] = (patron_kmeans_result){0};
        status = patron_kmeans_label(kmeans, fit);
    }
    destroy(&run);
    return status;
}

void patron_sweep_free(patron_sweep *sweep)
{
    free(sweep->rows);
    free(sweep->jaccard);
    *sweep = (patron_sweep){0};
}
