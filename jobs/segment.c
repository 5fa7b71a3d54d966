/* SPDX-License-Identifier: Apache-2.0 */
/* patron segment: loads customers, clusters them by k-means, writes the segment model. */
#include "audit.h"
#include "checkpoint.h"
#include "jobs.h"

#include "data/shard.h"
#include "data/transform.h"
#include "model/segment_model.h"
#include "model/segment_start.h"
#include "patron/memory.h"
#include "runtime/log.h"
#include "runtime/meter.h"
#include "runtime/usage.h"
#include "segment_judge.h"
#include "segment_options.h"
#include "segment_report.h"
#include "store/output.h"
#include "sweep/sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the job holds between its steps. */
typedef struct segment_run {
    patron_job_context *context;
    const segment_options *options;
    patron_dataset *dataset;
    char digest[PATRON_DIGEST_CAPACITY]; /* of the dataset */
    patron_shard shard;
    patron_transform transform;
    uint32_t k;                 /* asked for, or that of the start */
    patron_segment_start start; /* empty unless given; transformed like rows */
    patron_kmeans *kmeans;
    patron_kmeans_result fit;
    patron_sweep sweep; /* empty without --k-range */
    double *centroids;  /* in the data's own units */
    double *moved;      /* of the segments, from the model started from; NULL: from none */
    segment_judgement judgement;
} segment_run;

/* ---- load ---- */

static patron_status open_dataset(segment_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_common_options *common = run->context->common;
    const char *input = run->options->inputs.names[0];
    if (segment_outliers_file(run->options) != NULL &&
        strcmp(segment_outliers_file(run->options), common->output) == 0)
        return patron_fail(PATRON_USAGE, "--outliers and --output are both %s", common->output);
    patron_status status = patron_output_check(comm, common->output, PATRON_OUTPUT_FILE,
                                               patron_job_may_replace(run->context), input);
    if (status == PATRON_OK && segment_outliers_file(run->options) != NULL)
        status = patron_output_check(comm, segment_outliers_file(run->options), PATRON_OUTPUT_FILE,
                                     patron_job_may_replace_text(run->context), input);
    if (status == PATRON_OK)
        status = patron_dataset_open(comm, input, &run->dataset);
    if (status == PATRON_OK)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, run->digest);
    return status;
}

static patron_status load(segment_run *run)
{
    /* what the fit holds of each row besides its values: a label and a bound, later its
     * distance, and some slack */
    const uint32_t row_bytes = 3 * sizeof(int32_t) + 1;
    const segment_options *options = run->options;
    const patron_shard_choice choice = {
        .columns = options->columns.names,
        .column_count = options->columns.count,
        .exclude = options->exclude_columns.names,
        .exclude_count = options->exclude_columns.count,
        .weight = options->weight,
        .drop_missing = options->missing == PATRON_MISSING_DROP,
        .threads = run->context->threads,
        .memory = options->memory,
        .progress = &run->context->progress,
        .row_bytes = row_bytes,
    };
    return patron_shard_open(run->context->comm, run->dataset, &choice, &run->shard);
}

/* ---- transform ---- */

static patron_status choose_log1p(segment_run *run)
{
    for (uint32_t i = 0; i < run->options->log1p.count; ++i) {
        uint64_t column = patron_texts_find(&run->shard.names, run->options->log1p.names[i]);
        char list[512];
        patron_texts_list(&run->shard.names, list, sizeof list);
        if (column == UINT64_MAX)
            return patron_fail(PATRON_DATA, "--log1p: '%s' is not among the clustered columns: %s",
                               run->options->log1p.names[i], list);
        run->transform.log1p[column] = 1;
    }
    return PATRON_OK;
}

static void tell_fills(const segment_run *run)
{
    if (run->transform.missing == 0)
        return;
    patron_log_write(PATRON_LOG_WARNING,
                     "%" PRIu64 " missing values were filled by their column's %s (--missing)",
                     run->transform.missing,
                     run->options->missing == PATRON_MISSING_MEAN ? "mean" : "median");
}

static patron_status transform(segment_run *run)
{
    const patron_comm *comm = run->context->comm;
    patron_status status = patron_transform_create(run->shard.columns, &run->transform);
    if (status == PATRON_OK)
        status = choose_log1p(run);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status =
            patron_transform_estimate(comm, &run->shard.rows, &run->shard.names,
                                      run->options->scale, run->options->missing, &run->transform);
    if (status == PATRON_OK)
        status = patron_shard_transform(comm, &run->transform, &run->shard);
    if (status == PATRON_OK)
        tell_fills(run);
    return status;
}

/* ---- fit ---- */

/* A given start is in the data's own units, and is transformed like rows. */
static patron_status read_start(segment_run *run)
{
    const patron_job_context *context = run->context;
    uint32_t columns = run->shard.columns;
    uint32_t k = patron_options_given(context->options, "k") ? run->options->k : 0;
    patron_status status = patron_segment_start_read(context->comm, run->options->init,
                                                     &run->shard.names, k, &run->start);
    run->k = run->start.k;
    for (uint64_t i = 0; status == PATRON_OK && i < (uint64_t)run->k * columns; ++i) {
        uint32_t column = (uint32_t)(i % columns);
        float value = patron_transform_value(&run->transform, column, run->start.centroids[i]);
        if (!isfinite(value))
            status =
                patron_fail(PATRON_DATA, "%s: row %" PRIu64 " is not finite once it is transformed",
                            run->options->init, i / columns);
        run->start.centroids[i] = (double)value;
    }
    return status;
}

/* What comes now is the indices' own time. */
static void mark_fits(void *context)
{
    patron_job_stage(context, "fit", "judging");
}

/* Fits one k, or a range of them of which one is chosen. */
static patron_status fit_chosen(segment_run *run, const patron_kmeans_options *options)
{
    if (run->options->k_range == NULL)
        return patron_kmeans_fit(run->kmeans, options, &run->fit);
    patron_sweep_options sweep = {.fit = *options,
                                  .rule = run->options->k_rule,
                                  .gap_draws = run->options->gap_draws,
                                  .stability_pairs = run->options->stability_pairs,
                                  .paired_rows = run->options->silhouette_rows,
                                  .when_fitted = mark_fits,
                                  .context = run->context};
    segment_k_range_of(run->options->k_range, &sweep.first, &sweep.last);
    patron_status status = patron_sweep_run(run->context->comm, run->kmeans, &run->shard.rows,
                                            &sweep, &run->sweep, &run->fit);
    if (status == PATRON_OK) {
        run->k = run->sweep.rows[run->sweep.chosen].k;
        if (!run->sweep.test.has_clusters)
            patron_log_write(PATRON_LOG_WARNING, "%s", run->sweep.reason);
    }
    return status;
}

/* What a fit must find again to go on from a checkpoint. */
static patron_status open_checkpoint(segment_run *run)
{
    patron_job_context *context = run->context;
    uint64_t cells = (uint64_t)run->start.k * run->shard.columns;
    patron_status status = patron_job_checkpoint_require(context, "dataset", run->digest);
    if (status == PATRON_OK && run->start.k > 0)
        status = patron_job_checkpoint_require_bytes(context, "start", run->start.centroids,
                                                     cells * sizeof *run->start.centroids);
    status = patron_comm_agree(context->comm, status);
    return status == PATRON_OK ? patron_job_checkpoint_open(context) : status;
}

static patron_kmeans_options fit_options(const segment_run *run)
{
    return (patron_kmeans_options){.init = segment_init_of(run->options->init),
                                   .max_iterations = run->options->max_iter,
                                   .tolerance = run->options->tol,
                                   .restarts = run->options->n_init,
                                   .seed = run->context->common->seed,
                                   .oversampling = run->options->oversampling,
                                   .rounds = run->options->rounds,
                                   .refine = run->options->refine,
                                   .progress = &run->context->progress,
                                   .checkpoint = run->context->checkpoint.records};
}

static patron_status fit(segment_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = PATRON_OK;
    run->k = run->options->k;
    if (segment_init_of(run->options->init) == PATRON_KMEANS_GIVEN)
        status = read_start(run);
    if (status == PATRON_OK)
        status = open_checkpoint(run);
    patron_kmeans_options options = fit_options(run);
    options.k = run->k;
    options.start = run->start.centroids;
    if (status == PATRON_OK)
        status =
            patron_kmeans_create(context->comm, &run->shard.rows, run->options->isa, &run->kmeans);
    if (status == PATRON_OK)
        status = fit_chosen(run, &options);
    if (status == PATRON_OK && run->fit.k < run->k)
        patron_log_write(PATRON_LOG_WARNING,
                         "%u segments instead of %u: there are no more distinct rows%s", run->fit.k,
                         run->k, run->shard.rows.weighs ? " of positive weight" : "");
    return status;
}

static patron_status judge(segment_run *run)
{
    const patron_kmeans_options options = fit_options(run);
    const segment_fit fit = {.dataset = run->dataset,
                             .shard = &run->shard,
                             .kmeans = run->kmeans,
                             .options = &options,
                             .result = &run->fit};
    patron_span span = patron_meter_enter(PATRON_STEP_JUDGE);
    patron_status status = segment_judge(run->context, run->options, &fit, &run->judgement);
    patron_meter_leave(span, 0, 0);
    return status;
}

/* ---- write ---- */

/* How far a segment lies from where the model started from had it, in the clustered space. */
static double distance_moved(const segment_run *run, uint32_t segment)
{
    uint64_t columns = run->fit.columns;
    const double *now = run->fit.centroids + segment * columns;
    const double *then = run->start.centroids + run->fit.origin[segment] * columns;
    double sum = 0.0;
    for (uint64_t j = 0; j < columns; ++j)
        sum += (now[j] - then[j]) * (now[j] - then[j]);
    return sqrt(sum);
}

/* Centroids in the data's own units, and how far they moved. */
static patron_status describe(segment_run *run)
{
    uint64_t cells = (uint64_t)run->fit.k * run->fit.columns;
    run->centroids = patron_allocate(cells, sizeof *run->centroids);
    run->moved = run->start.is_model ? patron_allocate(run->fit.k, sizeof *run->moved) : NULL;
    if (run->centroids == NULL || (run->start.is_model && run->moved == NULL))
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < cells; ++i)
        run->centroids[i] = patron_transform_inverse(
            &run->transform, (uint32_t)(i % run->fit.columns), run->fit.centroids[i]);
    for (uint32_t s = 0; run->moved != NULL && s < run->fit.k; ++s)
        run->moved[s] = distance_moved(run, s);
    return PATRON_OK;
}

static uint64_t dropped_rows(const segment_run *run)
{
    return patron_dataset_rows(run->dataset) - run->transform.rows;
}

static patron_status write_model(segment_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = patron_comm_agree(context->comm, describe(run));
    if (status != PATRON_OK)
        return status;
    const patron_segment_model model = {
        .fit = &run->fit,
        .transform = &run->transform,
        .names = &run->shard.names,
        .centroids = run->centroids,
        .moved = run->moved,
        .sweep = run->sweep.count > 0 ? &run->sweep : NULL,
        .spread = &run->judgement.spread,
        .validation = run->options->validate ? &run->judgement.validation : NULL,
        .joins = run->judgement.joins,
        .k_requested = run->k,
        .seed = context->common->seed,
        .rows = patron_dataset_rows(run->dataset),
        .dropped_rows = dropped_rows(run),
        .range = run->shard.range,
        .labels = patron_kmeans_labels(run->kmeans)};
    static const char *const names[] = {"open", "read", "transform", "fit", "indices", "judge"};
    enum { PHASES = sizeof names / sizeof names[0] };
    patron_phase_seconds phases[PHASES];
    const patron_run provenance = patron_job_provenance(context, patron_dataset_path(run->dataset),
                                                        run->digest, names, phases, PHASES);
    return patron_segment_model_write(context->comm, &model, &provenance, context->common->output,
                                      patron_job_may_replace(context));
}

/* ---- the job ---- */

static patron_status run_steps(segment_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = open_dataset(run);
    patron_job_stage(context, "open", "loading");
    if (status == PATRON_OK)
        status = load(run);
    patron_job_stage(context, "read", "transforming");
    if (status == PATRON_OK)
        status = transform(run);
    patron_job_stage(context, "transform", "seeding");
    if (status == PATRON_OK)
        status = fit(run);
    patron_job_stage(context, run->sweep.count > 0 ? "indices" : "fit", "judging");
    if (status == PATRON_OK)
        status = judge(run);
    patron_job_stage(context, "judge", "writing");
    if (status == PATRON_OK)
        status = write_model(run);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_job_audit_rows(context, "customers", patron_dataset_rows(run->dataset));
    patron_job_audit_rows(context, "dropped", dropped_rows(run));
    patron_phases_reduce(&context->phases, context->comm);
    uint64_t peak_memory = patron_usage_peak_memory();
    patron_comm_reduce_u64(context->comm, &peak_memory, 1, PATRON_MAX);
    const segment_report report = {
        .context = context,
        .fit = &run->fit,
        .shard = &run->shard,
        .centroids = run->centroids,
        .moved = run->moved,
        .sweep = run->sweep.count > 0 ? &run->sweep : NULL,
        .validation = run->options->validate ? &run->judgement.validation : NULL,
        .outliers = run->judgement.outliers.spread != NULL ? &run->judgement.outliers : NULL,
        .size_before = run->start.size,
        .k_before = run->start.k,
        .min_group = run->options->min_group,
        .rows = patron_dataset_rows(run->dataset),
        .dropped = dropped_rows(run),
        .filled = run->transform.missing,
        .digest = run->digest,
        .peak_memory = peak_memory};
    if (context->comm->rank == 0)
        status = segment_report_print(&report);
    return patron_comm_agree(context->comm, status);
}

/* For the audit. */
static void note_inputs(const segment_run *run)
{
    const char *init = run->options->init;
    patron_job_audit_input(run->context, run->options->inputs.names[0]);
    if (segment_init_of(init) == PATRON_KMEANS_GIVEN)
        patron_job_audit_input(run->context, init);
    if (segment_outliers_file(run->options) != NULL)
        patron_job_audit_output(run->context, segment_outliers_file(run->options));
}

static patron_status run_segment(patron_job_context *context, const void *options)
{
    segment_run run = {.context = context, .options = options};
    note_inputs(&run);
    patron_status status = run_steps(&run);
    segment_judgement_free(&run.judgement);
    patron_sweep_free(&run.sweep);
    patron_kmeans_result_free(&run.fit);
    patron_kmeans_free(run.kmeans);
    patron_shard_free(&run.shard);
    patron_transform_free(&run.transform);
    patron_dataset_close(run.dataset);
    patron_segment_start_free(&run.start);
    free(run.centroids);
    free(run.moved);
    return status;
}

const patron_job patron_job_segment = {
    .name = "segment",
    .help = {.summary = "find segments of customers (k-means)",
             .description =
                 "Clusters the rows of a dataset by exact k-means (Lloyd's algorithm) and writes "
                 "the segments, with a label for every customer, to an HDF5 model.  The model is "
                 "the same, bit for bit, on any number of ranks, threads and parts.\n",
             .examples =
                 "  patron segment shop.h5 -o segments.h5 --k 6 --log1p monetary,frequency\n"
                 "  mpirun -q -n 4 patron segment shop/ -o segments.h5 --n-init 10 --seed 1\n"
                 "  patron segment shop.h5 -o segments.h5 --k-range 2..20\n"
                 "  patron segment tonight.h5 -o new.h5 --init segments.h5\n"},
    .options = segment_option_table,
    .option_count = SEGMENT_OPTIONS,
    .options_size = sizeof(segment_options),
    .positional = &segment_input,
    .output = PATRON_OUTPUT_REQUIRED,
    .has_checkpoints = true,
    .check = segment_options_check,
    .run = run_segment};
