/* SPDX-License-Identifier: Apache-2.0 */
/* patron segment: loads customers, clusters them by k-means, writes the segment model. */
#include "jobs.h"

#include "data/shard.h"
#include "data/transform.h"
#include "model/segment_model.h"
#include "model/segment_start.h"
#include "patron/memory.h"
#include "runtime/log.h"
#include "runtime/usage.h"
#include "segment_report.h"
#include "store/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct segment_options {
    patron_option_list inputs;
    uint32_t k, max_iter, n_init;
    const char *init;
    double tol;
    patron_scale scale;
    patron_missing missing;
    patron_option_list log1p, columns, exclude_columns;
    const char *weight;
    patron_kmeans_isa isa;
    uint64_t memory;
    double oversampling;
    uint32_t rounds, refine;
} segment_options;

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
    double *centroids; /* in the data's own units */
    double *moved;     /* of the segments, from the model started from; NULL: from none */
} segment_run;

/* ---- load ---- */

static patron_status open_dataset(segment_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_common_options *common = run->context->common;
    const char *input = run->options->inputs.names[0];
    patron_status status =
        patron_output_check(comm, common->output, PATRON_OUTPUT_FILE, common->force, input);
    if (status == PATRON_OK)
        status = patron_dataset_open(comm, input, &run->dataset);
    if (status == PATRON_OK)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, run->digest);
    return status;
}

static patron_status load(segment_run *run)
{
    /* what the fit holds of each row besides its values: a label and a bound, and some slack */
    const uint32_t row_bytes = 2 * sizeof(int32_t) + 1;
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

static const char *const init_names[] = {"k-means||", "k-means++", "random"};

static patron_kmeans_init init_of(const char *name)
{
    for (int i = 0; i < PATRON_KMEANS_GIVEN; ++i)
        if (strcmp(name, init_names[i]) == 0)
            return (patron_kmeans_init)i;
    return PATRON_KMEANS_GIVEN;
}

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

static patron_status fit(segment_run *run)
{
    patron_job_context *context = run->context;
    patron_kmeans_options options = {.init = init_of(run->options->init),
                                     .max_iterations = run->options->max_iter,
                                     .tolerance = run->options->tol,
                                     .restarts = run->options->n_init,
                                     .seed = context->common->seed,
                                     .oversampling = run->options->oversampling,
                                     .rounds = run->options->rounds,
                                     .refine = run->options->refine,
                                     .progress = &context->progress};
    patron_status status = PATRON_OK;
    run->k = run->options->k;
    if (options.init == PATRON_KMEANS_GIVEN)
        status = read_start(run);
    options.k = run->k;
    options.start = run->start.centroids;
    if (status == PATRON_OK)
        status =
            patron_kmeans_create(context->comm, &run->shard.rows, run->options->isa, &run->kmeans);
    if (status == PATRON_OK)
        status = patron_kmeans_fit(run->kmeans, &options, &run->fit);
    if (status == PATRON_OK && run->fit.k < run->k)
        patron_log_write(PATRON_LOG_WARNING,
                         "%u segments instead of %u: there are no more distinct rows%s", run->fit.k,
                         run->k, run->shard.rows.weighs ? " of positive weight" : "");
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
    const patron_segment_model model = {.fit = &run->fit,
                                        .transform = &run->transform,
                                        .names = &run->shard.names,
                                        .centroids = run->centroids,
                                        .moved = run->moved,
                                        .k_requested = run->k,
                                        .seed = context->common->seed,
                                        .rows = patron_dataset_rows(run->dataset),
                                        .dropped_rows = dropped_rows(run),
                                        .range = run->shard.range,
                                        .labels = patron_kmeans_labels(run->kmeans)};
    const patron_phase_seconds phases[] = {
        {"open", patron_phases_seconds(&context->phases, "open")},
        {"read", patron_phases_seconds(&context->phases, "read")},
        {"transform", patron_phases_seconds(&context->phases, "transform")},
        {"fit", patron_phases_seconds(&context->phases, "fit")}};
    const patron_run provenance = {.command_line = context->command_line,
                                   .options = context->effective_options,
                                   .dataset = patron_dataset_path(run->dataset),
                                   .dataset_digest = run->digest,
                                   .threads = context->threads,
                                   .phases = phases,
                                   .phase_count = sizeof phases / sizeof phases[0]};
    return patron_segment_model_write(context->comm, &model, &provenance, context->common->output,
                                      context->common->force);
}

/* ---- the job ---- */

static patron_status check_segment(const patron_options *given, const void *argument)
{
    (void)given;
    const segment_options *options = argument;
    if (init_of(options->init) == PATRON_KMEANS_GIVEN &&
        !patron_segment_start_may_be(options->init))
        return patron_fail(PATRON_USAGE,
                           "--init: found '%s', expected k-means||, k-means++, random, a segment "
                           "model, or FILE.h5:/path",
                           options->init);
    if (init_of(options->init) == PATRON_KMEANS_GIVEN && options->refine > 0)
        return patron_fail(PATRON_USAGE,
                           "--refine: segments would lose the numbers that they have in the start "
                           "--init %s, expected one of the two",
                           options->init);
    return PATRON_OK;
}

static patron_status run_steps(segment_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = open_dataset(run);
    patron_phases_mark(&context->phases, "open");
    if (status == PATRON_OK)
        status = load(run);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK)
        status = transform(run);
    patron_phases_mark(&context->phases, "transform");
    if (status == PATRON_OK)
        status = fit(run);
    patron_phases_mark(&context->phases, "fit");
    if (status == PATRON_OK)
        status = write_model(run);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_phases_reduce(&context->phases, context->comm);
    uint64_t peak_memory = patron_usage_peak_memory();
    patron_comm_reduce_u64(context->comm, &peak_memory, 1, PATRON_MAX);
    const segment_report report = {.context = context,
                                   .fit = &run->fit,
                                   .shard = &run->shard,
                                   .centroids = run->centroids,
                                   .moved = run->moved,
                                   .size_before = run->start.size,
                                   .rows = patron_dataset_rows(run->dataset),
                                   .dropped = dropped_rows(run),
                                   .filled = run->transform.missing,
                                   .digest = run->digest,
                                   .peak_memory = peak_memory};
    if (context->comm->rank == 0)
        status = segment_report_print(&report);
    return patron_comm_agree(context->comm, status);
}

static patron_status run_segment(patron_job_context *context, const void *options)
{
    segment_run run = {.context = context, .options = options};
    patron_status status = run_steps(&run);
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

static const char *const scale_names[] = {"zscore", "none", "minmax", "robust"};
static const char *const isa_names[] = {"auto", "generic", "avx2", "avx512", "avx512vnni"};
static const char *const missing_names[] = {"error", "drop", "mean", "median"};

static const patron_option option_table[] = {
    {.name = "k",
     .key = 'k',
     .argument = "N",
     .doc = "number of segments",
     .group = "Segments",
     PATRON_OPTION_STORE(segment_options, k),
     .standard = "8",
     .least = 1,
     .most = INT32_MAX},
    {.name = "init",
     .argument = "HOW",
     .doc =
         "start: k-means||, k-means++, random, a segment model (its segments keep their numbers, "
         "and how far each moves is told), or FILE.h5:/path with one row a segment in the data's "
         "own units; --k is then that of the start",
     PATRON_OPTION_STORE(segment_options, init),
     .standard = "k-means||"},
    {.name = "max-iter",
     .argument = "N",
     .doc = "most iterations; 0 labels by the start",
     PATRON_OPTION_STORE(segment_options, max_iter),
     .standard = "300"},
    {.name = "tol",
     .argument = "X",
     .doc =
         "converged once the squared shift of all centroids is at most X times the mean variance "
         "of the clustered columns",
     PATRON_OPTION_STORE(segment_options, tol),
     .standard = "1e-4",
     .interval = {.low = 0.0, .high = (double)INFINITY}},
    {.name = "n-init",
     .argument = "N",
     .doc = "fits from other starts, of which the least inertia is kept",
     PATRON_OPTION_STORE(segment_options, n_init),
     .standard = "1",
     .least = 1},
    {.name = "oversampling",
     .argument = "X",
     .doc = "of k-means||: rows that a round draws on average, in multiples of --k",
     PATRON_OPTION_STORE(segment_options, oversampling),
     .standard = "2",
     .interval = {.low = 0.0, .high = (double)INFINITY, .low_open = true}},
    {.name = "rounds",
     .argument = "N",
     .doc = "of k-means||: rounds of draws",
     PATRON_OPTION_STORE(segment_options, rounds),
     .standard = "5",
     .least = 1,
     .most = 1000},
    {.name = "refine",
     .argument = "N",
     .doc = "then try to better the fit by new centroids where rows lie far from theirs, until N "
            "tries in a row did not help; 0: don't, 2 is a good choice",
     PATRON_OPTION_STORE(segment_options, refine),
     .standard = "0",
     .most = 1000},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank, as 500M or 2G; where its rows need more they are read again in "
            "every iteration, with the same result (default: no limit)",
     PATRON_OPTION_STORE_SIZE(segment_options, memory)},
    {.name = "isa",
     .argument = "NAME",
     .doc = "instructions of the kernels, with which the model is the same (default: the widest "
            "that the processor has)",
     PATRON_OPTION_STORE_CHOICE(segment_options, isa, isa_names),
     .standard = "auto"},
    {.name = "scale",
     .argument = "HOW",
     .doc = "how columns are made comparable",
     .group = "Columns",
     PATRON_OPTION_STORE_CHOICE(segment_options, scale, scale_names),
     .standard = "zscore"},
    {.name = "log1p",
     .argument = "COL,...",
     .doc = "columns to take the logarithm of 1 + x of, before they are scaled",
     PATRON_OPTION_STORE(segment_options, log1p)},
    {.name = "columns",
     .argument = "COL,...",
     .doc = "columns to cluster (default: all)",
     PATRON_OPTION_STORE(segment_options, columns)},
    {.name = "exclude-columns",
     .argument = "COL,...",
     .doc = "columns to leave out",
     PATRON_OPTION_STORE(segment_options, exclude_columns)},
    {.name = "missing",
     .argument = "HOW",
     .doc = "missing values: an error, drop the row, or fill by the column's mean or median",
     PATRON_OPTION_STORE_CHOICE(segment_options, missing, missing_names),
     .standard = "median"},
    {.name = "weight",
     .argument = "COL",
     .doc = "column of weights, which is not clustered (default: /customers/weight where it is "
            "there)",
     PATRON_OPTION_STORE(segment_options, weight)},
};

static const patron_positional dataset_input = {
    .name = "DATASET",
    .doc = "a dataset: an HDF5 file, or a folder of part files",
    .least = 1,
    .most = 1,
    .offset = offsetof(segment_options, inputs)};

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
                 "  patron segment tonight.h5 -o new.h5 --init segments.h5\n"},
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .options_size = sizeof(segment_options),
    .positional = &dataset_input,
    .output = PATRON_OUTPUT_REQUIRED,
    .check = check_segment,
    .run = run_segment};
