/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a sweep for one fit, by the same samples, and connectedness. */
#include "sweep/validate.h"

#include "patron/memory.h"
#include "quality/connectivity.h"
#include "sweep/paired.h"
#include "sweep/resample.h"

#include <math.h>
#include <stdlib.h>

typedef struct validating {
    const patron_comm *comm;
    const patron_kmeans_result *fit;
    const patron_validate_options *options;
    patron_judged_rows by;
    patron_validation *validation;
} validating;

/* The nearest other centroid, the lowest of several. */
static void find_nearest(const validating *run, uint32_t segment)
{
    const patron_kmeans_result *fit = run->fit;
    patron_validated_segment *own = &run->validation->segments[segment];
    const double *x = fit->centroids + (uint64_t)segment * fit->columns;
    double least = (double)INFINITY;
    own->nearest = segment;
    for (uint32_t other = 0; other < fit->k; ++other) {
        const double *y = fit->centroids + (uint64_t)other * fit->columns;
        double sum = 0.0;
        for (uint32_t j = 0; j < fit->columns; ++j)
            sum += (x[j] - y[j]) * (x[j] - y[j]);
        if (other != segment && sum < least) {
            least = sum;
            own->nearest = other;
        }
    }
    own->separation = fit->k > 1 ? sqrt(least) : (double)NAN;
}

static patron_status judge_distances(const validating *run)
{
    const patron_kmeans_result *fit = run->fit;
    patron_validation *validation = run->validation;
    patron_silhouette silhouette;
    patron_status status = patron_judged_rows_silhouette(run->comm, &run->by, fit, &silhouette);
    if (status == PATRON_OK) {
        validation->silhouette = silhouette.mean;
        validation->silhouette_error = silhouette.standard_error;
        validation->davies_bouldin =
            patron_davies_bouldin(&silhouette, fit->centroids, fit->columns);
        for (uint32_t s = 0; s < fit->k; ++s) {
            validation->segments[s].compactness = silhouette.distance[s];
            validation->segments[s].silhouette = silhouette.by_segment[s];
            find_nearest(run, s);
        }
    }
    patron_silhouette_free(&silhouette);
    return status;
}

static patron_status judge_pairs(const validating *run)
{
    const patron_kmeans_result *fit = run->fit;
    patron_validation *validation = run->validation;
    patron_paired_fit paired = {.k = fit->k,
                                .centroids = fit->centroids,
                                .by_segment = patron_allocate(fit->k, sizeof *paired.by_segment)};
    patron_status status = paired.by_segment == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(run->comm, status);
    if (status == PATRON_OK)
        status =
            patron_paired_judge(run->comm, &run->by, run->options->paired_rows, PATRON_PAIRED_ROWS,
                                run->options->fit, &paired, 1, &validation->paired_rows);
    for (uint32_t s = 0; status == PATRON_OK && s < fit->k; ++s)
        validation->segments[s].pair_silhouette = paired.by_segment[s];
    validation->pair_silhouette = paired.mean;
    validation->pair_silhouette_error = paired.error;
    free(paired.by_segment);
    return status;
}

/* ---- connectedness, stability, variance ---- */

/* Means of penalties, added up in the order of rows. */
static void take_penalties(const validating *run, const int32_t *labels, const double *penalty,
                           uint64_t *count)
{
    patron_validation *validation = run->validation;
    uint64_t rows = run->by.resampled.total;
    double most = patron_connectivity_most(rows), sum = 0.0;
    for (uint64_t i = 0; i < rows; ++i) {
        sum += penalty[i];
        validation->segments[labels[i]].connectedness += penalty[i];
        ++count[labels[i]];
    }
    validation->connectivity = sum / (double)rows;
    validation->connectedness = 1.0 - validation->connectivity / most;
    for (uint32_t s = 0; s < validation->k; ++s) {
        double *own = &validation->segments[s].connectedness;
        *own = 1.0 - *own / (double)count[s] / most;
    }
}

static patron_status judge_connectedness(const validating *run)
{
    const patron_sample *sample = &run->by.resampled;
    const patron_sampled_rows rows = {sample->values, sample->weight, sample->count,
                                      sample->columns};
    int32_t *labels = patron_allocate(rows.count, sizeof *labels);
    double *penalty = patron_allocate(rows.count, sizeof *penalty);
    uint64_t *count = patron_allocate(run->fit->k, sizeof *count);
    patron_status status =
        labels == NULL || penalty == NULL || count == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(run->comm, status);
    if (status == PATRON_OK) {
        patron_sampled_label(&rows, run->fit->centroids, run->fit->k, labels);
        patron_connectivity_find(run->comm, run->by.rows.threads, &rows, labels, penalty);
        take_penalties(run, labels, penalty, count);
    }
    free(labels);
    free(penalty);
    free(count);
    return status;
}

static patron_status judge_stability(const validating *run)
{
    patron_validation *validation = run->validation;
    const patron_resample_options options = {.fit = run->options->fit,
                                             .pairs = run->options->pairs,
                                             .threads = run->by.rows.threads,
                                             .progress = run->options->fit->progress};
    patron_judged_fit judged = {.k = run->fit->k,
                                .centroids = run->fit->centroids,
                                .jaccard = patron_allocate(run->fit->k, sizeof *judged.jaccard)};
    patron_status status = judged.jaccard == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(run->comm, status);
    if (status == PATRON_OK)
        status = patron_resample_judge(run->comm, &run->by.resampled, &options, &judged, 1);
    for (uint32_t s = 0; status == PATRON_OK && s < judged.k; ++s)
        validation->segments[s].stability = judged.jaccard[s];
    validation->adjusted_rand = judged.adjusted_rand;
    free(judged.jaccard);
    return status;
}

/* Holds the fit against one segment of all rows. */
static patron_status judge_variance(const validating *run, patron_kmeans *kmeans)
{
    enum { TO_THE_MEAN = 2 }; /* iterations */
    const patron_kmeans_options options = {.k = 1,
                                           .init = PATRON_KMEANS_RANDOM,
                                           .max_iterations = TO_THE_MEAN,
                                           .restarts = 1,
                                           .seed = run->options->fit->seed};
    patron_kmeans_result one = {0};
    patron_status status = patron_kmeans_fit(kmeans, &options, &one);
    if (status == PATRON_OK)
        status = patron_kmeans_label(kmeans, run->fit);
    run->validation->calinski_harabasz = patron_calinski_harabasz(
        one.inertia - run->fit->inertia, run->fit->inertia, run->fit->k, run->by.sample.population);
    patron_kmeans_result_free(&one);
    return status;
}

patron_status patron_validate(const patron_comm *comm, patron_kmeans *kmeans,
                              const patron_rows *rows, const patron_kmeans_result *fit,
                              const patron_validate_options *options, patron_validation *validation)
{
    validating run = {.comm = comm, .fit = fit, .options = options, .validation = validation};
    *validation = (patron_validation){
        .k = fit->k, .segments = patron_allocate(fit->k, sizeof *validation->segments)};
    patron_status status = validation->segments == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_judged_rows_take(comm, rows, options->fit->seed, &run.by);
    patron_status (*const steps[])(const validating *) = {judge_distances, judge_pairs,
                                                          judge_connectedness, judge_stability};
    for (size_t i = 0; status == PATRON_OK && i < sizeof steps / sizeof steps[0]; ++i) {
        status = patron_checkpoint_pass(options->fit->checkpoint);
        if (status == PATRON_OK)
            status = steps[i](&run);
    }
    if (status == PATRON_OK)
        status = judge_variance(&run, kmeans);
    validation->judged_rows = run.by.sample.total;
    validation->resampled_rows = run.by.resampled.total;
    patron_judged_rows_free(&run.by);
    return status;
}

void patron_validation_free(patron_validation *validation)
{
    free(validation->segments);
    *validation = (patron_validation){0};
}
