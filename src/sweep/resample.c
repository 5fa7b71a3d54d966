/* SPDX-License-Identifier: Apache-2.0 */
/* Gap statistic: Tibshirani, Walther and Hastie, "Estimating the number of clusters in a data set
 * via the gap statistic", Journal of the Royal Statistical Society B 63 (2001).  Stability: Hennig,
 * "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52
 * (2007), with halves of a sample; rows of the other half go to the nearest centroid (Lange et al.,
 * "Stability-based validation of clustering solutions", Neural Computation 16, 2004).
 *
 * What one fit needs is a row of tasks: describe the sample, fit its rows for the gap, fit each
 * reference, fit both halves of each pair.  Each task fills its own places of one array, which is
 * then added up over ranks as integers. */
#include "sweep/resample.h"

#include "patron/elementary.h"
#include "patron/memory.h"
#include "patron/random.h"
#include "quality/agreement.h"
#include "quality/description.h"
#include "quality/overlap.h"
#include "sweep/reference.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct resampling {
    const patron_comm *comm;
    const patron_resample_options *options;
    patron_sampled_rows rows;     /* the sample */
    patron_sampled_rows gap_rows; /* some of it, evenly */
    float *gap_values, *gap_weight;
    patron_reference reference;
    patron_judged_fit *fits;
    uint32_t count;
    double *places;  /* of all tasks */
    uint64_t *begin; /* count + 1: the first place of each fit */
} resampling;

/* Places of a fit, from its first on: bic, gain, log W of the sample; a draw: log W, gain; a pair:
 * its adjusted Rand index, and k of Jaccard. */
enum { PLACE_BIC, PLACE_GAIN, PLACE_LOG, PLACE_DRAWS };

static double *draw_place(const resampling *run, uint32_t fit, uint32_t draw)
{
    return run->places + run->begin[fit] + PLACE_DRAWS + 2 * (uint64_t)draw;
}

static double *pair_place(const resampling *run, uint32_t fit, uint32_t pair)
{
    return run->places + run->begin[fit] + PLACE_DRAWS + 2 * (uint64_t)run->options->gap_draws +
           (uint64_t)pair * (1 + (uint64_t)run->fits[fit].k);
}

/* ---- small fits ---- */

/* Of k-means||: with few rows, fewer candidates start it as well. */
static const double OVERSAMPLING = 1.0;
enum { ROUNDS = 3 };

static patron_status fit_rows(const resampling *run, const patron_sampled_rows *rows,
                              const patron_kmeans_options *options, patron_kmeans_result *result)
{
    const patron_comm self = patron_comm_self();
    const patron_rows_shape shape = {.count = rows->count, .columns = rows->columns, .threads = 1};
    patron_rows packed = {0};
    patron_kmeans *kmeans = NULL;
    patron_kmeans_options own = *options;
    own.max_iterations = run->options->fit->max_iterations;
    own.tolerance = run->options->fit->tolerance;
    own.oversampling = OVERSAMPLING;
    own.rounds = ROUNDS;
    own.seed = run->options->fit->seed;
    own.restarts = 1;
    patron_status status = patron_rows_pack(rows->values, rows->weight, &shape, &packed);
    if (status == PATRON_OK)
        status = patron_kmeans_create(&self, &packed, PATRON_KMEANS_ISA_AUTO, &kmeans);
    if (status == PATRON_OK)
        status = patron_kmeans_fit(kmeans, &own, result);
    patron_kmeans_free(kmeans);
    patron_rows_free(&packed);
    return status;
}

static double total_weight(const patron_sampled_rows *rows)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < rows->count; ++i)
        sum += rows->weight == NULL ? 1.0 : (double)rows->weight[i];
    return sum;
}

/* The logarithm of the inertia a row; NaN where there is none. */
static double log_inertia(const patron_kmeans_result *fit, const patron_sampled_rows *rows)
{
    return fit->inertia > 0.0 ? patron_log(fit->inertia / total_weight(rows)) : (double)NAN;
}

/* ---- tasks ---- */

static patron_status fit_sample(const resampling *run, uint32_t fit)
{
    const patron_judged_fit *judged = &run->fits[fit];
    const patron_kmeans_options options = {
        .k = judged->k, .init = PATRON_KMEANS_GIVEN, .start = judged->centroids};
    patron_kmeans_result result = {0};
    patron_status status = fit_rows(run, &run->gap_rows, &options, &result);
    if (status == PATRON_OK)
        run->places[run->begin[fit] + PLACE_LOG] = log_inertia(&result, &run->gap_rows);
    patron_kmeans_result_free(&result);
    return status;
}

static patron_status fit_reference(const resampling *run, uint32_t fit, uint32_t draw)
{
    const patron_kmeans_options options = {.k = run->fits[fit].k, .init = PATRON_KMEANS_PARALLEL};
    uint64_t columns = run->rows.columns;
    float *values = patron_allocate(run->gap_rows.count, columns * sizeof *values);
    const patron_sampled_rows rows = {values, NULL, run->gap_rows.count, run->rows.columns};
    patron_kmeans_result result = {0};
    double *place = draw_place(run, fit, draw);
    if (values == NULL)
        return PATRON_RESOURCE;
    patron_status status =
        patron_reference_draw(&run->reference, run->options->fit->seed, draw, rows.count, values);
    if (status == PATRON_OK)
        status = fit_rows(run, &rows, &options, &result);
    if (status == PATRON_OK) {
        place[0] = log_inertia(&result, &rows);
        status = patron_description_gain(&rows, result.centroids, result.k, &place[1]);
    }
    patron_kmeans_result_free(&result);
    free(values);
    return status;
}

/* Labels all rows of the sample by a fit of one half of them: of rows 2 i and 2 i + 1 one goes to
 * either half. */
static patron_status label_by_half(const resampling *run, uint32_t k, uint32_t pair, uint32_t half,
                                   int32_t *labels)
{
    const patron_sampled_rows *all = &run->rows;
    uint64_t columns = all->columns, count = all->count / 2;
    const patron_kmeans_options options = {.k = k, .init = PATRON_KMEANS_PARALLEL};
    float *values = patron_allocate(count, columns * sizeof *values);
    float *weight = patron_allocate(count, sizeof *weight);
    patron_kmeans_result result = {0};
    patron_status status = values == NULL || weight == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint64_t coin =
            patron_random_bits(run->options->fit->seed, PATRON_PURPOSE_HALF, i, pair) & 1;
        uint64_t row = 2 * i + (coin ^ half);
        memcpy(values + i * columns, all->values + row * columns, columns * sizeof *values);
        weight[i] = all->weight == NULL ? 1.0F : all->weight[row];
    }
    const patron_sampled_rows rows = {values, all->weight == NULL ? NULL : weight, count,
                                      all->columns};
    if (status == PATRON_OK)
        status = fit_rows(run, &rows, &options, &result);
    if (status == PATRON_OK)
        patron_sampled_label(all, result.centroids, result.k, labels);
    patron_kmeans_result_free(&result);
    free(weight);
    free(values);
    return status;
}

static patron_status count_labels(const resampling *run, uint32_t k, const int32_t *first,
                                  const int32_t *second, patron_contingency *table)
{
    const patron_comm self = patron_comm_self();
    const patron_labelled_rows labelled = {
        .count = run->rows.count, .first = first, .second = second, .rows = k, .columns = k};
    return patron_contingency_count(&self, 1, &labelled, table);
}

/* Adds half of each segment's overlap with a labelling; overlap[k] is room. */
static patron_status add_overlap(const resampling *run, uint32_t k, const int32_t *own,
                                 const int32_t *other, double *overlap, double *jaccard)
{
    patron_contingency table = {0};
    patron_status status = count_labels(run, k, own, other, &table);
    if (status == PATRON_OK)
        patron_overlap_find(&table, overlap);
    for (uint32_t c = 0; status == PATRON_OK && c < k; ++c)
        jaccard[c] += 0.5 * overlap[c];
    patron_contingency_free(&table);
    return status;
}

static patron_status compare_halves(const resampling *run, uint32_t fit, uint32_t pair)
{
    const patron_judged_fit *judged = &run->fits[fit];
    uint64_t count = run->rows.count;
    uint32_t k = judged->k;
    double *place = pair_place(run, fit, pair);
    int32_t *labels = patron_allocate(3 * count, sizeof *labels);
    int32_t *one = labels + count, *other = labels + 2 * count;
    double *overlap = patron_allocate(k, sizeof *overlap);
    patron_contingency table = {0};
    patron_status status = labels == NULL || overlap == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = label_by_half(run, k, pair, 0, one);
    if (status == PATRON_OK)
        status = label_by_half(run, k, pair, 1, other);
    if (status == PATRON_OK)
        status = count_labels(run, k, one, other, &table);
    if (status != PATRON_OK)
        goto cleanup;
    place[0] = patron_agreement_adjusted_rand(&table);
    patron_sampled_label(&run->rows, judged->centroids, k, labels);
    status = add_overlap(run, k, labels, one, overlap, place + 1);
    if (status == PATRON_OK)
        status = add_overlap(run, k, labels, other, overlap, place + 1);
cleanup:
    patron_contingency_free(&table);
    free(overlap);
    free(labels);
    return status;
}

/* Task `task` of a fit; what the sample has too few rows for is NaN. */
static patron_status run_task(const resampling *run, uint32_t fit, uint64_t task)
{
    uint32_t k = run->fits[fit].k, draws = run->options->gap_draws;
    bool fits_gap = draws > 0 && k <= run->gap_rows.count, fits_half = k <= run->rows.count / 2;
    if (task == PLACE_BIC)
        return patron_description_compute(&run->rows, run->fits[fit].centroids, k,
                                          &run->places[run->begin[fit] + PLACE_BIC]);
    if (task == PLACE_GAIN && draws > 0)
        return patron_description_gain(&run->rows, run->fits[fit].centroids, k,
                                       &run->places[run->begin[fit] + PLACE_GAIN]);
    if (task == PLACE_LOG && fits_gap)
        return fit_sample(run, fit);
    if (task >= PLACE_DRAWS && task < PLACE_DRAWS + (uint64_t)draws && fits_gap)
        return fit_reference(run, fit, (uint32_t)(task - PLACE_DRAWS));
    if (task >= PLACE_DRAWS + (uint64_t)draws && fits_half)
        return compare_halves(run, fit, (uint32_t)(task - PLACE_DRAWS - draws));
    return PATRON_OK;
}

/* ---- all tasks ---- */

static uint64_t tasks_of_fit(const resampling *run)
{
    return PLACE_DRAWS + (uint64_t)run->options->gap_draws + run->options->pairs;
}

/* This rank's share of tasks [first, end); those of many segments, which take longest, come first.
 */
static patron_status run_some(const resampling *run, uint64_t first, uint64_t end)
{
    uint64_t each = tasks_of_fit(run), all = each * run->count, done = first;
    patron_status status = PATRON_OK;
#pragma omp parallel for num_threads(run->options->threads) schedule(dynamic)
    for (uint64_t t = first + (uint64_t)run->comm->rank; t < end; t += (uint64_t)run->comm->size) {
        patron_status own = run_task(run, run->count - 1 - (uint32_t)(t / each), t % each);
#pragma omp critical
        {
            status = status == PATRON_OK ? own : status;
            done += (uint64_t)run->comm->size;
            if (run->options->progress != NULL)
                patron_progress_update(run->options->progress, done < all ? done : all, NULL);
        }
    }
    return status;
}

/* Every place was filled by one rank, and is 0 elsewhere. */
static void merge_places(const resampling *run, double *places)
{
    int64_t *bits = (int64_t *)(void *)places; /* allocated memory has no type of its own */
    patron_comm_reduce_i64(run->comm, bits, run->begin[run->count], PATRON_SUM);
}

/* ---- a checkpoint ---- */

static void name_record(const resampling *run, char name[PATRON_CHECKPOINT_NAME])
{
    snprintf(name, PATRON_CHECKPOINT_NAME, "resampled.%" PRIu32, run->count);
}

/* Tasks below `next` are done. */
static patron_status keep_places(const resampling *run, uint64_t next)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_packing packing = {0};
    uint64_t count = run->begin[run->count];
    double *places = patron_allocate(count, sizeof *places);
    patron_status status =
        patron_comm_agree(run->comm, places == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        memcpy(places, run->places, count * sizeof *places);
        merge_places(run, places);
        patron_pack(&packing, &next, sizeof next);
        patron_pack(&packing, places, count * sizeof *places);
        name_record(run, name);
        status = patron_checkpoint_keep(run->options->fit->checkpoint, name, &packing);
    }
    free(places);
    return status;
}

/* Rank 0 takes the places. */
static patron_status recall_places(const resampling *run, uint64_t *next)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_unpacking record;
    uint64_t bytes = run->begin[run->count] * sizeof *run->places;
    *next = 0;
    name_record(run, name);
    if (!patron_checkpoint_recall(run->options->fit->checkpoint, name, &record))
        return PATRON_OK;
    patron_unpack(&record, next, sizeof *next);
    if (record.failed || record.left != bytes)
        return patron_checkpoint_fail(name);
    if (run->comm->rank == 0)
        patron_unpack(&record, run->places, bytes);
    return PATRON_OK;
}

/* All tasks; with a checkpoint some at a time.  Collective. */
static patron_status run_tasks(const resampling *run)
{
    enum { TASKS_OF_A_THREAD = 4 };
    const patron_comm *comm = run->comm;
    patron_checkpoint *checkpoint = run->options->fit->checkpoint;
    uint64_t all = tasks_of_fit(run) * run->count, next = 0, step = (uint64_t)run->options->threads;
    patron_comm_reduce_u64(comm, &step, 1, PATRON_MAX);
    step *= TASKS_OF_A_THREAD * (uint64_t)comm->size;
    patron_status status = recall_places(run, &next);
    patron_progress_begin(run->options->progress, "resampling", "fits", all);
    patron_progress_skip(run->options->progress, next);
    while (status == PATRON_OK && next < all) {
        uint64_t end = checkpoint == NULL || all - next < step ? all : next + step;
        status = patron_comm_agree_idle(comm, run_some(run, next, end));
        next = end;
        if (status == PATRON_OK && patron_checkpoint_is_due(checkpoint))
            status = patron_checkpoint_save(checkpoint, keep_places(run, next));
    }
    patron_progress_end(run->options->progress);
    return status;
}

/* ---- what the places tell ---- */

static void take_gap(const resampling *run, uint32_t fit)
{
    patron_judged_fit *judged = &run->fits[fit];
    uint32_t draws = run->options->gap_draws;
    double mean = 0.0, square = 0.0, greatest = -(double)INFINITY;
    for (uint32_t b = 0; b < draws; ++b) {
        const double *place = draw_place(run, fit, b);
        mean += place[0] / draws;
        greatest = place[1] > greatest ? place[1] : greatest;
    }
    for (uint32_t b = 0; b < draws; ++b) {
        double difference = draw_place(run, fit, b)[0] - mean;
        square += difference * difference / draws;
    }
    bool is_known = draws > 0 && judged->k <= run->gap_rows.count;
    judged->reference_gain = is_known ? greatest : (double)NAN;
    judged->gap = is_known ? mean - run->places[run->begin[fit] + PLACE_LOG] : (double)NAN;
    judged->gap_error = is_known ? sqrt(square * (1.0 + 1.0 / draws)) : (double)NAN;
}

static void take_stability(const resampling *run, uint32_t fit)
{
    patron_judged_fit *judged = &run->fits[fit];
    uint32_t pairs = run->options->pairs;
    bool is_known = judged->k <= run->rows.count / 2;
    judged->adjusted_rand = is_known ? 0.0 : (double)NAN;
    for (uint32_t c = 0; c < judged->k; ++c)
        judged->jaccard[c] = is_known ? 0.0 : (double)NAN;
    for (uint32_t p = 0; p < pairs; ++p) {
        const double *place = pair_place(run, fit, p);
        judged->adjusted_rand += place[0] / pairs;
        for (uint32_t c = 0; c < judged->k; ++c)
            judged->jaccard[c] += place[1 + c] / pairs;
    }
}

/* ---- life ---- */

static patron_status take_gap_rows(resampling *run)
{
    const patron_sampled_rows *rows = &run->rows;
    uint64_t columns = rows->columns;
    uint64_t stride = (rows->count + PATRON_RESAMPLE_GAP_ROWS - 1) / PATRON_RESAMPLE_GAP_ROWS;
    uint64_t count = (rows->count + stride - 1) / stride;
    run->gap_values = patron_allocate(count, columns * sizeof *run->gap_values);
    run->gap_weight = patron_allocate(count, sizeof *run->gap_weight);
    if (run->gap_values == NULL || run->gap_weight == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i) {
        memcpy(run->gap_values + i * columns, rows->values + i * stride * columns,
               columns * sizeof *run->gap_values);
        run->gap_weight[i] = rows->weight == NULL ? 1.0F : rows->weight[i * stride];
    }
    run->gap_rows = (patron_sampled_rows){
        run->gap_values, rows->weight == NULL ? NULL : run->gap_weight, count, rows->columns};
    return PATRON_OK;
}

static patron_status create(resampling *run)
{
    run->begin = patron_allocate((uint64_t)run->count + 1, sizeof *run->begin);
    if (run->begin == NULL)
        return PATRON_RESOURCE;
    for (uint32_t f = 0; f < run->count; ++f)
        run->begin[f + 1] = run->begin[f] + PLACE_DRAWS + 2 * (uint64_t)run->options->gap_draws +
                            (uint64_t)run->options->pairs * (1 + (uint64_t)run->fits[f].k);
    run->places = patron_allocate(run->begin[run->count], sizeof *run->places);
    patron_status status = run->places == NULL ? PATRON_RESOURCE : take_gap_rows(run);
    return status == PATRON_OK ? patron_reference_create(&run->gap_rows, &run->reference) : status;
}

static void destroy(resampling *run)
{
    free(run->gap_values);
    free(run->gap_weight);
    free(run->begin);
    free(run->places);
    patron_reference_free(&run->reference);
}

patron_status patron_resample_judge(const patron_comm *comm, const patron_sample *sample,
                                    const patron_resample_options *options, patron_judged_fit *fits,
                                    uint32_t count)
{
    resampling run = {.comm = comm,
                      .options = options,
                      .rows = {sample->values, sample->weight, sample->count, sample->columns},
                      .fits = fits,
                      .count = count};
    patron_status status = patron_comm_agree(comm, create(&run));
    if (status == PATRON_OK)
        status = run_tasks(&run);
    if (status == PATRON_OK) {
        merge_places(&run, run.places);
        for (uint32_t f = 0; f < count; ++f) {
            take_gap(&run, f);
            take_stability(&run, f);
            fits[f].bic = run.places[run.begin[f] + PLACE_BIC];
            fits[f].gain = run.places[run.begin[f] + PLACE_GAIN];
        }
    }
    destroy(&run);
    return status;
}
