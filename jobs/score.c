/* SPDX-License-Identifier: Apache-2.0 */
/* patron score: customers, new or old, against a saved segment model, and offers to them or to
 * baskets. */
#include "audit.h"
#include "jobs.h"

#include "model/group_least.h"
#include "model/score_model.h"
#include "patron/memory.h"
#include "runtime/usage.h"
#include "score_run.h"
#include "store/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SCORE_OPTIONS = 7 };

static const patron_option option_table[SCORE_OPTIONS] = {
    {.name = "text",
     .argument = "FILE|-",
     .doc = "write a line a customer, as CSV; -: to standard output, in place of the summary",
     .group = "Scores",
     PATRON_OPTION_STORE(score_options, text)},
    {.name = "rules",
     .argument = "MODEL",
     .doc = "also tell what to offer each customer next, by the rules of an itemset model of the "
            "same items",
     .is_input = true,
     PATRON_OPTION_STORE(score_options, rules)},
    {.name = "policy",
     .argument = "FILE",
     .doc = "an INI file whose section [policy] says who gets which offers at most: excluded "
            "segments and items, caps, customers to be left quiet",
     .is_input = true,
     PATRON_OPTION_STORE(score_options, policy)},
    {.name = "baskets",
     .doc = "offers for each basket by itself, whoever's it is; takes no segment model",
     PATRON_OPTION_STORE(score_options, baskets)},
    {.name = "max-offers",
     .argument = "N",
     .doc =
         "offers a customer (or basket) gets at most, the best by the rule's confidence, then lift",
     PATRON_OPTION_STORE(score_options, max_offers),
     .standard = "3",
     .least = 1,
     .most = 1000},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank, as 500M or 2G; rows that need more are scored as they are "
            "read, and rules taken in smaller blocks, with the same result (default: no limit)",
     PATRON_OPTION_STORE_SIZE(score_options, memory)},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold from the summary segments of fewer than N customers; 0 shows all",
     PATRON_OPTION_STORE(score_options, min_group),
     .standard = "10"},
};

static const patron_positional inputs = {
    .name = "DATASET [MODEL]",
    .doc = "a dataset (a file or a folder of parts), and a segment model of the same columns; with "
           "--baskets the dataset alone",
    .least = 1,
    .most = 2,
    .offset = offsetof(score_options, inputs)};

static bool prints_text(const score_options *options)
{
    return options->text != NULL && strcmp(options->text, "-") == 0;
}

/* ---- check ---- */

static patron_status check_options(const patron_options *given, const void *argument)
{
    const score_options *options = argument;
    const char *summaries[] = {"json", "csv"};
    for (int i = 0; i < 2; ++i)
        if (prints_text(options) && patron_options_given(given, summaries[i]))
            return patron_fail(PATRON_USAGE, "--text - and --%s both go to standard output",
                               summaries[i]);
    const char *of_rules[] = {"max-offers", "policy", "baskets"};
    for (int i = 0; i < 3; ++i)
        if (options->rules == NULL && patron_options_given(given, of_rules[i]))
            return patron_fail(PATRON_USAGE, "--%s goes with --rules only", of_rules[i]);
    uint32_t expected = options->baskets ? 1 : 2;
    if (options->inputs.count != expected)
        return patron_fail(PATRON_USAGE, "expected %s, found %" PRIu32 " arguments",
                           options->baskets ? "a dataset alone with --baskets"
                                            : "a dataset and a segment model",
                           options->inputs.count);
    return PATRON_OK;
}

static patron_status check_outputs(const score_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_common_options *common = run->context->common;
    const char *csv = prints_text(run->options) ? NULL : run->options->text;
    const char *const places[] = {common->output, csv};
    patron_status status = PATRON_OK;
    if (csv != NULL && common->output != NULL && strcmp(csv, common->output) == 0)
        return patron_fail(PATRON_USAGE, "--text and --output are both %s", csv);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i)
        for (uint32_t j = 0;
             status == PATRON_OK && places[i] != NULL && j < run->options->inputs.count; ++j)
            status = patron_output_check(comm, places[i], PATRON_OUTPUT_FILE, common->force,
                                         run->options->inputs.names[j]);
    return status;
}

/* ---- measure ---- */

patron_status score_measure(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_segment_view *segments = &run->segments;
    uint64_t rows = run->range.count;
    run->size = patron_allocate(segments->k, sizeof *run->size);
    run->far = patron_allocate(segments->k, sizeof *run->far);
    patron_status status = patron_scores_create(rows, &run->scores);
    if (run->size == NULL || run->far == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status =
            patron_scores_measure(&run->shard.rows, segments->centroids_scaled,
                                  (uint32_t)segments->k, segments->spread.threshold, &run->scores);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    for (uint64_t row = 0; row < rows; ++row) {
        int32_t segment = run->scores.segment[row];
        if (segment < 0) {
            ++run->dropped;
            continue;
        }
        ++run->size[segment];
        run->far[segment] += run->scores.outlier[row];
        run->outliers += run->scores.outlier[row];
    }
    patron_comm_reduce_u64(comm, run->size, segments->k, PATRON_SUM);
    patron_comm_reduce_u64(comm, run->far, segments->k, PATRON_SUM);
    run->least = patron_group_least(run->size, segments->k, run->options->min_group);
    patron_comm_reduce_u64(comm, &run->dropped, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &run->outliers, 1, PATRON_SUM);
    return PATRON_OK;
}

/* ---- write ---- */

static patron_status write_model(const score_run *run)
{
    const patron_job_context *context = run->context;
    const score_offers *found = &run->offers;
    const patron_score_policy policy = {.row_cap = run->policy.customer_cap,
                                        .item_cap = run->policy.item_cap,
                                        .tally = &found->tally};
    const patron_score_offers offers = {
        .places = &found->places,
        .total = found->total,
        .rules_digest = found->rules_digest,
        .item_names = &found->table.names,
        .item_labels = &found->table.labels,
        .policy = run->options->policy != NULL ? &policy : NULL,
    };
    const patron_score_model model = {.k = (uint32_t)run->segments.k,
                                      .segments_digest = run->model_digest,
                                      .rows = run->rows,
                                      .dropped = run->dropped,
                                      .outliers = run->outliers,
                                      .range = run->range,
                                      .scores = run->options->baskets ? NULL : &run->scores,
                                      .offers = run->options->rules != NULL ? &offers : NULL};
    static const char *const names[] = {"read", "score", "offers"};
    enum { PHASES = sizeof names / sizeof names[0] };
    patron_phase_seconds phases[PHASES];
    const patron_run provenance = patron_job_provenance(context, patron_dataset_path(run->dataset),
                                                        run->digest, names, phases, PHASES);
    return patron_score_model_write(context->comm, &model, &provenance, context->common->output,
                                    context->common->force);
}

/* ---- the job ---- */

static patron_status run_steps(score_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = check_outputs(run);
    if (status == PATRON_OK && run->options->policy != NULL)
        status = patron_comm_agree(
            context->comm,
            score_policy_read(run->options->policy, run->options->baskets, &run->policy));
    if (status == PATRON_OK)
        status = score_load(run);
    patron_job_stage(context, "read", "scoring");
    if (status == PATRON_OK && !run->options->baskets)
        status = score_measure(run);
    patron_job_stage(context, "score", "finding offers");
    if (status == PATRON_OK && run->options->rules != NULL)
        status = score_offers_find(run);
    patron_job_stage(context, "offers", "writing");
    if (status == PATRON_OK && context->common->output != NULL)
        status = write_model(run);
    if (status == PATRON_OK && run->options->text != NULL)
        status = score_text_write(run);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_job_audit_rows(context, run->options->baskets ? "baskets" : "customers", run->rows);
    patron_job_audit_rows(context, "dropped", run->dropped);
    patron_phases_reduce(&context->phases, context->comm);
    run->peak_memory = patron_usage_peak_memory();
    patron_comm_reduce_u64(context->comm, &run->peak_memory, 1, PATRON_MAX);
    if (context->comm->rank == 0 && !prints_text(run->options))
        status = score_report_print(run);
    return patron_comm_agree(context->comm, status);
}

static patron_status run_score(patron_job_context *context, const void *options)
{
    score_run run = {.context = context, .options = options};
    for (uint32_t i = 0; i < run.options->inputs.count; ++i)
        patron_job_audit_input(context, run.options->inputs.names[i]);
    if (run.options->rules != NULL)
        patron_job_audit_input(context, run.options->rules);
    if (run.options->policy != NULL)
        patron_job_audit_input(context, run.options->policy);
    if (run.options->text != NULL && !prints_text(run.options))
        patron_job_audit_output(context, run.options->text);
    patron_status status = run_steps(&run);
    score_offers_free(&run.offers);
    score_policy_free(&run.policy);
    patron_scores_free(&run.scores);
    patron_shard_free(&run.shard);
    patron_transform_free(&run.transform);
    patron_segment_view_free(&run.segments);
    patron_dataset_close(run.dataset);
    free(run.size);
    free(run.far);
    return status;
}

static patron_status write_fingerprint(const void *argument, FILE *file)
{
    const score_options *options = argument;
    return options->policy == NULL
               ? PATRON_OK
               : score_policy_fingerprint(options->policy, options->baskets, file);
}

static const char *const not_taken[] = {"seed", NULL};

const patron_job patron_job_score = {
    .name = "score",
    .help =
        {.summary = "hold customers against saved models: segment, distance, offers",
         .description =
             "Gives each customer of a dataset, whether the model was made of them or not, the "
             "nearest segment, the distance to it, whether that is far for this segment, and "
             "the second nearest; with --rules also what to offer next, with the rule that is the "
             "reason, within a contact policy.  The dataset has the model's columns, in any order. "
             " "
             "The same on any number of ranks, threads and parts.\n",
         .examples = "  patron score tonight/ segments.h5 -o scores.h5 --text scores.csv\n"
                     "  mpirun -q -n 4 patron score tonight/ segments.h5 --text - | head\n"
                     "  patron score tonight/ segments.h5 --rules itemsets.h5 --policy policy.ini "
                     "--text offers.csv\n"
                     "  patron score carts/ --baskets --rules itemsets.h5 --text -\n"},
    .options = option_table,
    .option_count = SCORE_OPTIONS,
    .options_size = sizeof(score_options),
    .positional = &inputs,
    .output = PATRON_OUTPUT_OPTIONAL,
    .without = not_taken,
    .check = check_options,
    .fingerprint = write_fingerprint,
    .run = run_score};
