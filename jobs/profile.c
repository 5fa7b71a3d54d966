/* SPDX-License-Identifier: Apache-2.0 */
/* patron profile: what sets each segment of a model apart from everyone. */
#include "audit.h"
#include "jobs.h"

#include "model/model_verify.h"
#include "model/segment_model.h"
#include "profile_run.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

enum {
    PROFILE_OPTIONS = 5,
    TABLES = 4 /* one in so many of the bytes of --memory goes to tables besides the rows */
};

static const patron_option option_table[PROFILE_OPTIONS] = {
    {.name = "columns",
     .argument = "COL,...",
     .doc = "columns to look at (default: all of the dataset, clustered or not)",
     .group = "What is told",
     PATRON_OPTION_STORE(profile_options, columns)},
    {.name = "revenue",
     .argument = "COL",
     .doc = "column of what a customer brought in, as monetary: tell each segment's share of it",
     PATRON_OPTION_STORE(profile_options, revenue)},
    {.name = "top",
     .argument = "N",
     .doc = "traits and items of a segment to list",
     PATRON_OPTION_STORE(profile_options, top),
     .standard = "5",
     .most = 1000},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold what fewer than N customers or baskets stand behind: segments, categories, "
            "columns, items; 0 shows all",
     PATRON_OPTION_STORE(profile_options, min_group),
     .standard = "10"},
    {.name = "memory",
     .argument = "SIZE",
     .doc =
         "about the most memory of a rank, as 500M or 2G; where its rows need more they are read "
         "again for every step, with the same result",
     PATRON_OPTION_STORE_SIZE(profile_options, memory),
     .standard = "1G",
     .least = 1},
};

static const patron_positional inputs = {
    .name = "DATASET MODEL",
    .doc = "a dataset (a file or a folder of parts), and a segment model of it",
    .least = 2,
    .most = 2,
    .offset = offsetof(profile_options, inputs)};

static const char *model_of(const profile_run *run)
{
    return run->options->inputs.names[1];
}

/* ---- load ---- */

patron_status profile_load(profile_run *run)
{
    const patron_comm *comm = run->context->comm;
    const profile_options *options = run->options;
    const patron_shard_choice choice = {.columns = options->columns.names,
                                        .column_count = options->columns.count,
                                        .threads = run->context->threads,
                                        .memory = options->memory,
                                        .progress = &run->context->progress,
                                        .reserved = options->memory / TABLES};
    char digest[PATRON_DIGEST_CAPACITY];
    patron_status status = patron_dataset_open(comm, options->inputs.names[0], &run->dataset);
    if (status == PATRON_OK)
        status =
            patron_model_verify_as(comm, model_of(run), PATRON_SEGMENT_KIND, "a segment model");
    if (status == PATRON_OK)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, digest);
    if (status == PATRON_OK)
        status =
            patron_segment_labels_read(comm, model_of(run), run->dataset, digest, &run->labels);
    return status == PATRON_OK ? patron_shard_open(comm, run->dataset, &choice, &run->shard)
                               : status;
}

/* ---- measure ---- */

static patron_status find_revenue(profile_run *run)
{
    char list[512];
    run->revenue = UINT32_MAX;
    if (run->options->revenue == NULL)
        return PATRON_OK;
    uint64_t column = patron_texts_find(&run->shard.names, run->options->revenue);
    patron_texts_list(&run->shard.names, list, sizeof list);
    if (column == UINT64_MAX)
        return patron_fail(PATRON_DATA, "--revenue: '%s' is not among the columns: %s",
                           run->options->revenue, list);
    run->revenue = (uint32_t)column;
    return PATRON_OK;
}

patron_status profile_measure(profile_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_row_groups groups = {run->labels.labels, run->labels.k};
    patron_span span = patron_meter_enter(PATRON_STEP_PROFILE);
    patron_status status = patron_comm_agree(comm, find_revenue(run));
    if (status == PATRON_OK)
        status = patron_group_profile_measure(comm, &run->shard.rows, &groups,
                                              run->options->memory / TABLES, &run->figures);
    patron_rows_free(&run->shard.rows);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, profile_withhold(run));
    if (status == PATRON_OK)
        status = profile_find_typical(run);
    if (status == PATRON_OK)
        status = profile_count_items(run);
    patron_meter_leave(span, 0, 0);
    return status;
}

/* ---- the job ---- */

void profile_release(profile_run *run)
{
    patron_dataset_close(run->dataset);
    patron_segment_labels_free(&run->labels);
    patron_shard_free(&run->shard);
    patron_group_profile_free(&run->figures);
    patron_texts_free(&run->typical_id);
    free(run->typical);
    free(run->is_told);
    free(run->items.baskets);
    free(run->items.count);
}

static patron_status run_profile(patron_job_context *context, const void *options)
{
    profile_run run = {.context = context, .options = options};
    patron_job_audit_input(context, run.options->inputs.names[0]);
    patron_job_audit_input(context, run.options->inputs.names[1]);
    patron_status status = profile_load(&run);
    patron_job_stage(context, "read", "profiling");
    if (status == PATRON_OK)
        status = profile_measure(&run);
    patron_phases_mark(&context->phases, "profile");
    if (status == PATRON_OK) {
        patron_job_audit_rows(context, "customers", patron_dataset_rows(run.dataset));
        patron_phases_reduce(&context->phases, context->comm);
        if (context->comm->rank == 0)
            status = patron_job_wants_summary(context) ? profile_print_json(&run)
                                                       : profile_print_text(&run);
        status = patron_comm_agree(context->comm, status);
    }
    profile_release(&run);
    return status;
}

static const char *const not_taken[] = {"seed", "force", NULL};

const patron_job patron_job_profile = {
    .name = "profile",
    .help = {.summary = "tell what sets each segment apart",
             .description =
                 "Of each segment of a model: a short name from its strongest traits, its share "
                 "of customers and revenue, its typical customer, the columns in which it differs "
                 "most from everyone, and the items that it buys more than others.  All figures "
                 "are exact, and the same on any number of ranks, threads and parts.\n",
             .examples = "  patron profile shop/ segments.h5 --revenue monetary\n"
                         "  mpirun -q -n 4 patron profile shop/ segments.h5 --json\n"},
    .options = option_table,
    .option_count = PROFILE_OPTIONS,
    .options_size = sizeof(profile_options),
    .positional = &inputs,
    .output = PATRON_OUTPUT_NONE,
    .without = not_taken,
    .run = run_profile};
