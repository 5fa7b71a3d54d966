/* SPDX-License-Identifier: Apache-2.0 */
/* patron compare: how well two labellings of customers agree, which segment became which, and with
 * --drift what changed from one night to another. */
#include "jobs.h"

#include "audit.h"
#include "compare_run.h"
#include "ingest/labelling_text.h"
#include "patron/memory.h"
#include "runtime/log.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- labels ---- */

static patron_status read_labels(compare_run *run, int s)
{
    const patron_comm *comm = run->context->comm;
    compare_side *side = &run->side[s];
    side->source = run->options->inputs.names[s];
    uint64_t is_h5 = comm->rank == 0 && patron_labelling_is_h5(side->source) ? 1 : 0;
    patron_comm_reduce_u64(comm, &is_h5, 1, PATRON_MAX);
    return is_h5 ? patron_labelling_read(comm, side->source, &side->labels)
                 : patron_labelling_read_text(
                       comm, side->source, compare_options_column(run->options, s), &side->labels);
}

/* ---- the table ---- */

/* Labels of the same row number are of the same customer only where both are of one dataset. */
static patron_status count_rows(compare_run *run)
{
    const patron_labelling *first = &run->side[COMPARE_FIRST].labels;
    const patron_labelling *second = &run->side[COMPARE_SECOND].labels;
    if (first->rows != second->rows)
        return patron_fail(PATRON_DATA,
                           "%s holds %" PRIu64 " labels, %s holds %" PRIu64
                           "; as many expected (--drift matches customers by their ids)",
                           run->side[COMPARE_FIRST].source, first->rows,
                           run->side[COMPARE_SECOND].source, second->rows);
    if (first->dataset_digest != NULL && second->dataset_digest != NULL &&
        strcmp(first->dataset_digest, second->dataset_digest) != 0)
        patron_log_write(
            PATRON_LOG_WARNING,
            "%s and %s were made of different datasets, and their rows are compared by "
            "number; --drift matches customers by their ids",
            run->side[COMPARE_FIRST].source, run->side[COMPARE_SECOND].source);
    const patron_labelled_rows labelled = {.count = first->range.count,
                                           .first = first->codes,
                                           .second = second->codes,
                                           .rows = first->segments,
                                           .columns = second->segments};
    return patron_contingency_count(run->context->comm, run->context->threads, &labelled,
                                    &run->table);
}

static patron_status match(compare_run *run)
{
    const patron_contingency *table = &run->table;
    uint32_t *became = patron_allocate(table->rows, sizeof *became);
    uint32_t *was = patron_allocate(table->columns, sizeof *was);
    run->partner[COMPARE_FIRST] = became;
    run->partner[COMPARE_SECOND] = was;
    if (became == NULL || was == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_matching_find(table, became);
    for (uint32_t j = 0; j < table->columns; ++j)
        was[j] = PATRON_UNMATCHED;
    for (uint32_t i = 0; status == PATRON_OK && i < table->rows; ++i)
        if (became[i] != PATRON_UNMATCHED)
            was[became[i]] = i;
    return status;
}

/* Every rank has the same table, and matches the same. */
static patron_status compare(compare_run *run)
{
    patron_status status = PATRON_OK;
    if (run->table.total == 0)
        status = patron_fail(PATRON_DATA, "nobody has a label in both %s and %s",
                             run->side[COMPARE_FIRST].source, run->side[COMPARE_SECOND].source);
    if (status == PATRON_OK)
        status = patron_agreement_compute(run->context->comm, &run->table, run->context->threads,
                                          &run->agreement);
    return status == PATRON_OK ? patron_comm_agree(run->context->comm, match(run)) : status;
}

/* ---- the story ---- */

patron_status compare_find(compare_run *run)
{
    patron_phases *phases = &run->context->phases;
    bool drifts = run->options->drift;
    patron_status status = PATRON_OK;
    for (int s = 0; status == PATRON_OK && s < COMPARE_SIDES; ++s)
        status = read_labels(run, s);
    patron_job_stage(run->context, "read", "counting");
    patron_span span = patron_meter_enter(PATRON_STEP_COMPARE);
    if (status == PATRON_OK)
        status = drifts ? compare_drift_match(run) : count_rows(run);
    patron_job_stage(run->context, "count", "comparing");
    if (status == PATRON_OK)
        status = compare(run);
    if (status == PATRON_OK)
        status = patron_comm_agree(run->context->comm, compare_withhold(run));
    patron_job_stage(run->context, "compare", "measuring drift");
    if (status == PATRON_OK && drifts)
        status = compare_drift_measure(run);
    patron_meter_leave(span, 0, 0);
    patron_phases_mark(phases, "drift");
    return status;
}

static patron_status tell(compare_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = PATRON_OK;
    patron_phases_reduce(&context->phases, context->comm);
    if (context->comm->rank == 0)
        status =
            patron_job_wants_summary(context) ? compare_print_json(run) : compare_print_text(run);
    return patron_comm_agree(context->comm, status);
}

void compare_release(compare_run *run)
{
    for (int s = 0; s < COMPARE_SIDES; ++s) {
        patron_labelling_free(&run->side[s].labels);
        patron_dataset_close(run->side[s].dataset);
        free(run->partner[s]);
    }
    patron_contingency_free(&run->table);
    compare_told_free(&run->told);
    compare_drift_free(&run->drift);
}

/* For the audit. */
static void note_inputs(const compare_run *run)
{
    const compare_options *options = run->options;
    const char *paths[] = {options->inputs.names[0], options->inputs.names[1], options->old_data,
                           options->new_data};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; ++i)
        if (paths[i] != NULL)
            patron_job_audit_input(run->context, paths[i]);
}

static patron_status run_compare(patron_job_context *context, const void *argument)
{
    compare_run run = {.context = context, .options = argument};
    note_inputs(&run);
    patron_status status = compare_find(&run);
    if (status == PATRON_OK)
        status = tell(&run);
    if (status == PATRON_OK && patron_options_given(context->options, "fail-above"))
        status = compare_drift_judge(&run);
    compare_release(&run);
    return status;
}

static const char *const not_taken[] = {"seed", "force", NULL};

const patron_job patron_job_compare = {
    .name = "compare",
    .help =
        {.summary = "tell how well two segment models or label vectors agree",
         .description =
             "Of two labellings of the same customers: indices of agreement (adjusted Rand, "
             "adjusted mutual information, V-measure and more), the contingency table, and "
             "which segment became which.  Rows labelled -1 in either are left out and "
             "counted.\n"
             "\n"
             "With --drift the two are of different nights: customers are matched by their "
             "ids, and told are the flows between segments, who is new and who is lost, and "
             "the population stability index of segments and features.  --fail-above makes "
             "a gate of it.\n",
         .examples =
             "  patron compare segments.h5 other.h5\n"
             "  patron compare segments.h5 truth.csv --label-column cluster --json\n"
             "  mpirun -q -n 4 patron compare --drift monday.h5 tuesday.h5 --fail-above 0.25\n"},
    .options = compare_option_table,
    .option_count = COMPARE_OPTIONS,
    .options_size = sizeof(compare_options),
    .positional = &compare_inputs,
    .output = PATRON_OUTPUT_NONE,
    .without = not_taken,
    .check = compare_options_check,
    .run = run_compare};
