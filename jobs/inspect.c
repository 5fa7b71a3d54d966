/* SPDX-License-Identifier: Apache-2.0 */
/* patron inspect: tells what a dataset or a model holds. */
#include "audit.h"
#include "jobs.h"

#include "inspect_options.h"
#include "inspect_reports.h"
#include "model/by_segment_read.h"
#include "model/itemset_model.h"
#include "model/model_verify.h"
#include "model/score_model.h"
#include "model/segment_model.h"

#include <string.h>

/* What a model holds, each with its report. */
typedef enum held { SEGMENTS, ITEMSETS, BY_SEGMENT, SCORES } held;

static patron_status (*const inspectors[])(patron_job_context *, const inspect_options *) = {
    [SEGMENTS] = inspect_segments_run,
    [ITEMSETS] = inspect_itemsets_run,
    [BY_SEGMENT] = inspect_by_segment_run,
    [SCORES] = inspect_scores_run};

/* Collective; rank 0 knows the kind. */
static patron_status find_held(const patron_comm *comm, const char *path, const char *kind,
                               uint64_t *holds)
{
    bool is_by_segment = false;
    patron_status status = PATRON_OK;
    bool is_itemset = strcmp(kind, PATRON_ITEMSET_KIND) == 0;
    if (comm->rank == 0 && is_itemset)
        status = patron_by_segment_is(path, &is_by_segment);
    *holds = strcmp(kind, PATRON_SEGMENT_KIND) == 0 ? SEGMENTS
             : is_by_segment                        ? BY_SEGMENT
             : is_itemset                           ? ITEMSETS
                                                    : SCORES;
    status = patron_comm_agree(comm, status);
    patron_comm_broadcast(comm, holds, sizeof *holds, 0);
    return status;
}

static patron_status inspect_model(patron_job_context *context, const inspect_options *options)
{
    const char *path = options->inputs.names[0], *kind = NULL;
    uint64_t holds = SEGMENTS;
    patron_status status = inspect_options_check_model(context->options, path);
    if (status == PATRON_OK)
        status = patron_model_verify(context->comm, path, &kind);
    patron_job_stage(context, "verify", "reading");
    if (status == PATRON_OK)
        status = find_held(context->comm, path, kind, &holds);
    if (status == PATRON_OK && holds != SEGMENTS)
        status = inspect_options_check_other(context->options, path);
    return status == PATRON_OK ? inspectors[holds](context, options) : status;
}

static patron_status inspect_rows(patron_job_context *context, const inspect_options *options)
{
    patron_status status = inspect_options_check_other(context->options, options->inputs.names[0]);
    return status == PATRON_OK ? inspect_dataset_run(context, options) : status;
}

static patron_status run_inspect(patron_job_context *context, const void *argument)
{
    const inspect_options *options = argument;
    const patron_comm *comm = context->comm;
    patron_job_audit_input(context, options->inputs.names[0]);
    uint64_t is_model = comm->rank == 0 && patron_model_is_model(options->inputs.names[0]) ? 1 : 0;
    patron_comm_reduce_u64(comm, &is_model, 1, PATRON_MAX);
    return is_model ? inspect_model(context, options) : inspect_rows(context, options);
}

static const char *const not_taken[] = {"seed", "force", NULL};

const patron_job patron_job_inspect = {
    .name = "inspect",
    .help = {.summary = "tell what a dataset or a model holds",
             .description =
                 "Of a dataset: rows, baskets, and of each column what is missing, distribution, "
                 "distinct values, outliers; the most frequent items; what ingest recorded.  Of a "
                 "model: its figures, centroids or best sets and rules, and where it comes from.  "
                 "All figures are exact, and the same on any number of ranks, threads and parts.\n"
                 "\n"
                 "Gates end with exit code 1, after the report, where the data are not as they "
                 "should be.\n",
             .examples = "  patron inspect shop/\n"
                         "  mpirun -q -n 4 patron inspect shop/ --json --fail-missing 0.05\n"
                         "  patron inspect segments.h5\n"},
    .options = inspect_option_table,
    .option_count = INSPECT_OPTIONS,
    .options_size = sizeof(inspect_options),
    .positional = &inspect_input,
    .output = PATRON_OUTPUT_NONE,
    .without = not_taken,
    .run = run_inspect};
