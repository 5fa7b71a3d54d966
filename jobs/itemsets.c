/* SPDX-License-Identifier: Apache-2.0 */
/* patron itemsets: loads baskets, finds frequent itemsets and rules, writes the itemset model. */
#include "itemsets_run.h"

#include "audit.h"
#include "checkpoint.h"

#include "ingest/fimi_ranges.h"
#include "ingest/ingest.h"
#include "itemset_report.h"
#include "model/itemset_model.h"
#include "patron/memory.h"
#include "store/output.h"

#include <stdlib.h>
#include <string.h>

const patron_texts *itemsets_names(const itemsets_run *run)
{
    return run->dataset != NULL ? patron_dataset_item_names(run->dataset) : &run->names;
}

const patron_texts *itemsets_labels(const itemsets_run *run)
{
    static const patron_texts none = {0};
    return run->dataset != NULL ? patron_dataset_item_labels(run->dataset) : &none;
}

/* ---- load ---- */

static patron_status check_outputs(const itemsets_run *run)
{
    const patron_common_options *common = run->context->common;
    const char *text = run->options->text;
    const char *input = run->options->inputs.names[0];
    patron_status status = PATRON_OK;
    if (common->output != NULL && text != NULL && strcmp(common->output, text) == 0)
        return patron_fail(PATRON_USAGE, "--output and --text are both %s", text);
    if (common->checkpoint != NULL && text != NULL && strcmp(common->checkpoint, text) == 0)
        return patron_fail(PATRON_USAGE, "--checkpoint and --text are both %s", text);
    if (common->checkpoint != NULL && itemsets_passes_text_on(run) &&
        patron_itemset_text_is_stream(text))
        return patron_fail(PATRON_USAGE, "--checkpoint goes without --text to standard output, a "
                                         "device or a pipe, which take nothing back: give a file");
    if (common->output != NULL)
        status = patron_output_check(run->context->comm, common->output, PATRON_OUTPUT_FILE,
                                     patron_job_may_replace(run->context), input);
    if (status == PATRON_OK && text != NULL && !patron_itemset_text_is_stream(text))
        status = patron_output_check(run->context->comm, text, PATRON_OUTPUT_FILE,
                                     patron_job_may_replace_text(run->context), input);
    return status;
}

static patron_status load_dataset(itemsets_run *run, const char *path)
{
    const patron_comm *comm = run->context->comm;
    patron_status status = patron_dataset_open(comm, path, &run->dataset);
    if (status != PATRON_OK)
        return status;
    if (!patron_dataset_has_baskets(run->dataset))
        return patron_fail(PATRON_DATA, "%s: no baskets in this dataset", path);
    patron_range range = patron_range_cut(patron_dataset_baskets(run->dataset),
                                          (uint64_t)comm->rank, (uint64_t)comm->size);
    run->count = range.count;
    status = patron_comm_agree(
        comm, patron_dataset_read_baskets(run->dataset, range, &run->offsets, &run->items));
    bool needs_digest = run->context->common->output != NULL ||
                        run->context->common->checkpoint != NULL ||
                        run->options->by_segment != NULL;
    if (status == PATRON_OK && needs_digest)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, run->digest);
    return status;
}

/* All ranks read where they can, else rank 0 for all. */
static patron_status load_text(itemsets_run *run, const char *path)
{
    const patron_comm *comm = run->context->comm;
    bool is_plain = false;
    patron_basket_range range = {0};
    patron_status status =
        patron_basket_range_read(comm, path, run->context->threads, &is_plain, &range);
    if (status == PATRON_OK && !is_plain)
        status = patron_ingest_baskets(comm, path, &run->context->progress, &range);
    run->count = range.count;
    run->offsets = range.offsets;
    run->items = range.items;
    run->names = range.names;
    return status;
}

static patron_status load(itemsets_run *run)
{
    const patron_comm *comm = run->context->comm;
    const char *path = run->options->inputs.names[0];
    patron_status status = check_outputs(run);
    if (status != PATRON_OK)
        return status;
    uint64_t is_dataset = comm->rank == 0 && patron_dataset_may_be(path) ? 1 : 0;
    patron_comm_reduce_u64(comm, &is_dataset, 1, PATRON_MAX);
    if (is_dataset)
        return load_dataset(run, path);
    if (run->options->by_segment != NULL)
        return patron_fail(PATRON_DATA, "%s: text has no customers, --by-segment needs a dataset",
                           path);
    return load_text(run, path);
}

/* ---- mine ---- */

static patron_status find_items(const itemsets_run *run, const patron_option_list *wanted,
                                uint32_t **indices)
{
    *indices = patron_allocate(wanted->count, sizeof **indices);
    if (*indices == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < wanted->count; ++i) {
        uint64_t found = patron_texts_find(itemsets_names(run), wanted->names[i]);
        if (found == UINT64_MAX)
            return patron_fail(PATRON_DATA, "%s: no item '%s'", run->options->inputs.names[0],
                               wanted->names[i]);
        (*indices)[i] = (uint32_t)found;
    }
    return PATRON_OK;
}

uint64_t itemsets_least_count(const itemsets_options *options, uint64_t baskets)
{
    if (options->min_support > 0.0)
        return patron_itemset_min_count(options->min_support, baskets);
    return options->min_count > 0 ? options->min_count : 1;
}

patron_status itemsets_choose_mining(itemsets_run *run)
{
    const itemsets_options *options = run->options;
    patron_status status = find_items(run, &options->include_items, &run->include);
    if (status == PATRON_OK)
        status = find_items(run, &options->exclude_items, &run->exclude);
    run->mining = (patron_itemset_options){.top = options->top,
                                           .kind = options->kind,
                                           .min_length = options->min_length,
                                           .max_length = options->max_length,
                                           .include = run->include,
                                           .include_count = options->include_items.count,
                                           .exclude = run->exclude,
                                           .exclude_count = options->exclude_items.count,
                                           .most_sets = options->max_itemsets,
                                           .most_bytes = options->memory,
                                           .count_only = options->count_only,
                                           .rules = options->rules,
                                           .min_confidence = options->min_confidence,
                                           .min_lift = options->min_lift,
                                           .max_consequent = options->max_consequent,
                                           .prune_redundant = options->prune_redundant,
                                           .significance = options->significance,
                                           .top_rules = options->top_rules,
                                           .by = options->by,
                                           .threads = run->context->threads,
                                           .progress = &run->context->progress};
    return patron_comm_agree(run->context->comm, status);
}

/* Where only the text is wanted, no set has to be kept; the top maximal ones are known last. */
bool itemsets_passes_text_on(const itemsets_run *run)
{
    bool cut = run->options->kind == PATRON_ITEMSET_MAXIMAL && run->options->top > 0;
    return run->options->text != NULL && run->context->common->output == NULL && !cut;
}

static patron_status begin_text(itemsets_run *run)
{
    const patron_common_options *common = run->context->common;
    const patron_itemset_text_options options = {.path = run->options->text,
                                                 .standard = stdout,
                                                 .force = patron_job_may_replace_text(run->context),
                                                 .same_only = !common->force,
                                                 .threads = run->context->threads,
                                                 .by_scripts = common->checkpoint != NULL};
    return patron_itemset_text_begin(run->context->comm, &options, &run->text);
}

static patron_status mine(itemsets_run *run)
{
    uint64_t all = run->count;
    patron_status status = itemsets_choose_mining(run);
    patron_comm_reduce_u64(run->context->comm, &all, 1, PATRON_SUM);
    run->mining.min_count = itemsets_least_count(run->options, all);
    if (status == PATRON_OK)
        status = itemsets_open_checkpoint(run);
    if (status == PATRON_OK && itemsets_passes_text_on(run)) {
        status = begin_text(run);
        if (status == PATRON_OK)
            run->passed_on = patron_itemset_text_of(run->text, itemsets_names(run));
        run->mining.text = &run->passed_on;
    }
    const patron_itemset_baskets baskets = {.count = run->count,
                                            .offsets = run->offsets,
                                            .items = run->items,
                                            .item_count = (uint32_t)itemsets_names(run)->count};
    if (status == PATRON_OK)
        status = patron_itemset_mine(run->context->comm, &baskets, &run->mining, &run->found);
    if (status == PATRON_OK)
        run->mining.min_count = run->found.min_count;
    return status;
}

/* ---- write ---- */

patron_run itemsets_provenance(const itemsets_run *run, patron_phase_seconds phases[2])
{
    static const char *const names[] = {"read", "mine"};
    return patron_job_provenance(run->context, run->options->inputs.names[0], run->digest, names,
                                 phases, 2);
}

static patron_status write_model(const itemsets_run *run)
{
    const patron_job_context *context = run->context;
    patron_phase_seconds phases[2];
    const patron_run provenance = itemsets_provenance(run, phases);
    const patron_itemset_model model = {.found = &run->found,
                                        .options = &run->mining,
                                        .item_names = itemsets_names(run),
                                        .item_labels = itemsets_labels(run)};
    return patron_itemset_model_write(context->comm, &model, &provenance, context->common->output,
                                      patron_job_may_replace(context));
}

static patron_status write_text(itemsets_run *run, patron_status status)
{
    bool is_begun = run->text != NULL;
    if (status == PATRON_OK && !is_begun)
        status = begin_text(run);
    if (status == PATRON_OK && !is_begun)
        status = patron_itemset_text_sets(run->context->comm, run->text, &run->found.sets,
                                          itemsets_names(run));
    status = patron_itemset_text_end(run->context->comm, run->text, status);
    run->text = NULL;
    return status;
}

static patron_status write_results(itemsets_run *run, patron_status status)
{
    if (status == PATRON_OK && run->context->common->output != NULL)
        status = write_model(run);
    return run->options->text != NULL ? write_text(run, status) : status;
}

/* ---- the job ---- */

static patron_status print_report(const itemsets_run *run)
{
    const itemset_report report = {.context = run->context,
                                   .found = &run->found,
                                   .options = &run->mining,
                                   .by = itemsets_measure_names[run->mining.by],
                                   .names = itemsets_names(run),
                                   .labels = itemsets_labels(run),
                                   .text = run->options->text,
                                   .digest = run->digest,
                                   .effort =
                                       itemset_effort_sum(run->context->comm, &run->found.effort)};
    return itemset_report_print(&report);
}

/* For the audit. */
static void note_baskets(const itemsets_run *run)
{
    uint64_t baskets = run->count;
    patron_comm_reduce_u64(run->context->comm, &baskets, 1, PATRON_SUM);
    patron_job_audit_rows(run->context, "baskets", baskets);
}

static patron_status run_steps(itemsets_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = load(run);
    if (status == PATRON_OK)
        note_baskets(run);
    if (status == PATRON_OK && run->options->by_segment != NULL)
        return itemsets_run_by_segment(run);
    patron_job_stage(context, "read", "mining");
    if (status == PATRON_OK)
        status = mine(run);
    patron_job_stage(context, "mine", "writing");
    status = write_results(run, status);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_phases_reduce(&context->phases, context->comm);
    return print_report(run);
}

static patron_status run_itemsets(patron_job_context *context, const void *options)
{
    itemsets_run run = {.context = context, .options = options};
    patron_job_audit_input(context, run.options->inputs.names[0]);
    if (run.options->by_segment != NULL)
        patron_job_audit_input(context, run.options->by_segment);
    if (run.options->text != NULL)
        patron_job_audit_output(context, run.options->text);
    patron_status status = run_steps(&run);
    patron_itemset_result_free(&run.found);
    patron_dataset_close(run.dataset);
    patron_texts_free(&run.names);
    free(run.offsets);
    free(run.items);
    free(run.include);
    free(run.exclude);
    return status;
}

static const char *const not_taken[] = {"seed", NULL};

const patron_job patron_job_itemsets = {
    .name = "itemsets",
    .help = {.summary = "find items that are bought together, and rules",
             .description =
                 "Finds all sets of items that occur together in at least so many baskets, or the "
                 "most frequent ones, and rules between them, and writes them to an HDF5 model.  "
                 "Exact, and the same, bit "
                 "for bit, on any number of ranks, threads and parts.\n",
             .examples =
                 "  patron itemsets shop/ --min-support 0.01 --rules --min-confidence 0.5 -o "
                 "goods.h5\n"
                 "  mpirun -q -n 4 patron itemsets retail.dat.gz --min-count 18 --count-only\n"
                 "  patron itemsets shop/ --top 100 --min-length 2 -o best.h5\n"
                 "  patron itemsets shop/ --min-count 50 --kind closed --text - | head\n"
                 "  patron itemsets shop/ --by-segment segments.h5 --min-support 0.02 --rules\n"},
    .options = itemsets_option_table,
    .option_count = ITEMSETS_OPTIONS,
    .options_size = sizeof(itemsets_options),
    .positional = &itemsets_input,
    .output = PATRON_OUTPUT_OPTIONAL,
    .without = not_taken,
    .has_checkpoints = true,
    .check = itemsets_options_check,
    .run = run_itemsets};
