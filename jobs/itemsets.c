/* SPDX-License-Identifier: Apache-2.0 */
/* patron itemsets: loads baskets, finds frequent itemsets and rules, writes the itemset model. */
#include "jobs.h"

#include "data/baskets_deal.h"
#include "ingest/ingest.h"
#include "itemset_report.h"
#include "model/itemset_model.h"
#include "model/itemset_text.h"
#include "patron/memory.h"
#include "store/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct itemsets_options {
    patron_option_list inputs;
    double min_support;
    uint64_t min_count;
    patron_itemset_kind kind;
    uint32_t min_length, max_length;
    patron_option_list include_items, exclude_items;
    bool rules;
    double min_confidence, min_lift;
    uint32_t max_consequent;
    bool prune_redundant;
    double significance;
    uint64_t top_rules;
    patron_itemset_measure_kind by;
    bool count_only;
    const char *text;
} itemsets_options;

/* What the job holds between its steps. */
typedef struct itemsets_run {
    patron_job_context *context;
    const itemsets_options *options;
    patron_dataset *dataset;             /* NULL when the input is text */
    char digest[PATRON_DIGEST_CAPACITY]; /* of the dataset */
    patron_texts names;                  /* of text input's items */
    uint64_t count;                      /* baskets of this rank, in CSR form */
    uint64_t *offsets;
    uint32_t *items;
    uint32_t *include, *exclude; /* items by index */
    patron_itemset_options mining;
    patron_itemset_result found;
} itemsets_run;

static const patron_texts *names_of(const itemsets_run *run)
{
    return run->dataset != NULL ? patron_dataset_item_names(run->dataset) : &run->names;
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
    if (common->output != NULL)
        status = patron_output_check(run->context->comm, common->output, PATRON_OUTPUT_FILE,
                                     common->force, input);
    if (status == PATRON_OK && text != NULL && strcmp(text, "-") != 0)
        status =
            patron_output_check(run->context->comm, text, PATRON_OUTPUT_FILE, common->force, input);
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
    if (status == PATRON_OK && run->context->common->output != NULL)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, run->digest);
    return status;
}

/* Rank 0 reads the text and deals the baskets. */
static patron_status load_text(itemsets_run *run, const char *path)
{
    const patron_comm *comm = run->context->comm;
    patron_dataset_content content = {0};
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = patron_ingest_baskets(path, &run->context->progress, &content);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    run->count = content.baskets;
    run->offsets = content.basket_offsets;
    run->items = content.basket_items;
    run->names = content.item_names;
    content.basket_offsets = NULL;
    content.basket_items = NULL;
    content.item_names = (patron_texts){0};
    patron_dataset_content_free(&content);
    return patron_baskets_deal(comm, &run->count, &run->offsets, &run->items, &run->names);
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
    return is_dataset ? load_dataset(run, path) : load_text(run, path);
}

/* ---- mine ---- */

static patron_status find_items(const itemsets_run *run, const patron_option_list *wanted,
                                uint32_t **indices)
{
    *indices = patron_allocate(wanted->count, sizeof **indices);
    if (*indices == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < wanted->count; ++i) {
        uint64_t found = patron_texts_find(names_of(run), wanted->names[i]);
        if (found == UINT64_MAX)
            return patron_fail(PATRON_DATA, "%s: no item '%s'", run->options->inputs.names[0],
                               wanted->names[i]);
        (*indices)[i] = (uint32_t)found;
    }
    return PATRON_OK;
}

static patron_status choose_mining(itemsets_run *run)
{
    const itemsets_options *options = run->options;
    uint64_t baskets = run->count;
    patron_comm_reduce_u64(run->context->comm, &baskets, 1, PATRON_SUM);
    patron_status status = find_items(run, &options->include_items, &run->include);
    if (status == PATRON_OK)
        status = find_items(run, &options->exclude_items, &run->exclude);
    run->mining = (patron_itemset_options){
        .min_count = options->min_count > 0
                         ? options->min_count
                         : patron_itemset_min_count(options->min_support, baskets),
        .kind = options->kind,
        .min_length = options->min_length,
        .max_length = options->max_length,
        .include = run->include,
        .include_count = options->include_items.count,
        .exclude = run->exclude,
        .exclude_count = options->exclude_items.count,
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

static patron_status mine(itemsets_run *run)
{
    patron_status status = choose_mining(run);
    const patron_itemset_baskets baskets = {.count = run->count,
                                            .offsets = run->offsets,
                                            .items = run->items,
                                            .item_count = (uint32_t)names_of(run)->count};
    if (status == PATRON_OK)
        status = patron_itemset_mine(run->context->comm, &baskets, &run->mining, &run->found);
    return status;
}

/* ---- write ---- */

static patron_status write_model(const itemsets_run *run)
{
    static const patron_texts no_labels = {0};
    const patron_job_context *context = run->context;
    const patron_itemset_model model = {
        .found = &run->found,
        .options = &run->mining,
        .item_names = names_of(run),
        .item_labels =
            run->dataset != NULL ? patron_dataset_item_labels(run->dataset) : &no_labels};
    const patron_phase_seconds phases[] = {
        {"read", patron_phases_seconds(&context->phases, "read")},
        {"mine", patron_phases_seconds(&context->phases, "mine")}};
    const patron_run provenance = {.command_line = context->command_line,
                                   .options = context->effective_options,
                                   .dataset = run->options->inputs.names[0],
                                   .dataset_digest = run->digest,
                                   .threads = context->threads,
                                   .phases = phases,
                                   .phase_count = 2};
    return patron_itemset_model_write(context->comm, &model, &provenance, context->common->output,
                                      context->common->force);
}

static patron_status write_results(const itemsets_run *run)
{
    const patron_common_options *common = run->context->common;
    patron_status status = PATRON_OK;
    if (common->output != NULL)
        status = write_model(run);
    if (status != PATRON_OK || run->options->text == NULL)
        return status;
    if (strcmp(run->options->text, "-") == 0)
        return patron_itemset_text_print(run->context->comm, &run->found.sets, names_of(run),
                                         stdout);
    return patron_itemset_text_write(run->context->comm, &run->found.sets, names_of(run),
                                     run->options->text, common->force);
}

/* ---- the job ---- */

static const char *const of_rules[] = {
    "min-confidence", "min-lift", "max-consequent", "prune-redundant", "significance",
    "top-rules",      "by"};

static const char *const measure_names[] = {[PATRON_MEASURE_SUPPORT] = "support",
                                            [PATRON_MEASURE_CONFIDENCE] = "confidence",
                                            [PATRON_MEASURE_LIFT] = "lift",
                                            [PATRON_MEASURE_LEVERAGE] = "leverage",
                                            [PATRON_MEASURE_CONVICTION] = "conviction",
                                            [PATRON_MEASURE_ZHANGS_METRIC] = "zhangs_metric",
                                            [PATRON_MEASURE_JACCARD] = "jaccard",
                                            [PATRON_MEASURE_CHI_SQUARED] = "chi_squared"};

static patron_status check_itemsets(const patron_options *given, const void *argument)
{
    const itemsets_options *options = argument;
    bool has_output = patron_options_given(given, "output");
    if (!patron_options_given(given, "min-support") && !patron_options_given(given, "min-count"))
        return patron_fail(PATRON_USAGE, "--min-support or --min-count is expected");
    if (options->max_length > 0 && options->max_length < options->min_length)
        return patron_fail(PATRON_USAGE, "--max-length %u is below --min-length %u",
                           options->max_length, options->min_length);
    for (size_t i = 0; !options->rules && i < sizeof of_rules / sizeof of_rules[0]; ++i)
        if (patron_options_given(given, of_rules[i]))
            return patron_fail(PATRON_USAGE, "--%s needs --rules", of_rules[i]);
    if (options->top_rules == 0 && patron_options_given(given, "by"))
        return patron_fail(PATRON_USAGE, "--by needs --top-rules");
    if (options->count_only && (has_output || options->text != NULL || options->rules))
        return patron_fail(PATRON_USAGE, "--count-only goes without --output, --text and --rules");
    if (!options->count_only && !has_output && options->text == NULL)
        return patron_fail(PATRON_USAGE, "--output, --text or --count-only is expected");
    if (options->text != NULL && strcmp(options->text, "-") == 0 &&
        patron_options_given(given, "json"))
        return patron_fail(PATRON_USAGE, "--text - and --json both write to standard output");
    if (options->rules && !has_output)
        return patron_fail(PATRON_USAGE, "--rules needs --output");
    return PATRON_OK;
}

static patron_status run_steps(itemsets_run *run)
{
    patron_job_context *context = run->context;
    patron_status status = load(run);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK)
        status = mine(run);
    patron_phases_mark(&context->phases, "mine");
    if (status == PATRON_OK)
        status = write_results(run);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_phases_reduce(&context->phases, context->comm);
    const itemset_report report = {
        .context = context,
        .found = &run->found,
        .options = &run->mining,
        .by = measure_names[run->mining.by],
        .names = names_of(run),
        .labels = run->dataset != NULL ? patron_dataset_item_labels(run->dataset) : NULL,
        .text = run->options->text,
        .digest = run->digest};
    return itemset_report_print(&report);
}

static patron_status run_itemsets(patron_job_context *context, const void *options)
{
    itemsets_run run = {.context = context, .options = options};
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

static const char *const kind_names[] = {"all", "closed", "maximal"};

static const patron_option option_table[] = {
    {.name = "min-support",
     .argument = "S",
     .doc = "least share of the baskets that hold a set",
     .group = "Sets",
     PATRON_OPTION_STORE(itemsets_options, min_support),
     .interval = {.low = 0.0, .high = 1.0, .low_open = true},
     .excludes = "min-count"},
    {.name = "min-count",
     .argument = "C",
     .doc = "least number of baskets that hold a set",
     PATRON_OPTION_STORE(itemsets_options, min_count),
     .least = 1},
    {.name = "kind",
     .argument = "KIND",
     .doc =
         "all sets; closed: no larger set has the same count; maximal: no larger set is frequent",
     PATRON_OPTION_STORE_CHOICE(itemsets_options, kind, kind_names),
     .standard = "all"},
    {.name = "min-length",
     .argument = "N",
     .doc = "least number of items of a set that is listed",
     PATRON_OPTION_STORE(itemsets_options, min_length),
     .standard = "1",
     .least = 1},
    {.name = "max-length",
     .argument = "N",
     .doc = "most items of a set that is listed (default: no limit)",
     PATRON_OPTION_STORE(itemsets_options, max_length),
     .least = 1},
    {.name = "include-items",
     .argument = "ITEM,...",
     .doc = "list only sets that hold all of these",
     PATRON_OPTION_STORE(itemsets_options, include_items)},
    {.name = "exclude-items",
     .argument = "ITEM,...",
     .doc = "leave these items out of all baskets",
     PATRON_OPTION_STORE(itemsets_options, exclude_items)},
    {.name = "rules",
     .doc = "find rules too: antecedent -> consequent",
     .group = "Rules",
     PATRON_OPTION_STORE(itemsets_options, rules)},
    {.name = "min-confidence",
     .argument = "X",
     .doc = "least share of the antecedent's baskets that hold the consequent too",
     PATRON_OPTION_STORE(itemsets_options, min_confidence),
     .standard = "0.8",
     .interval = {.low = 0.0, .high = 1.0}},
    {.name = "min-lift",
     .argument = "X",
     .doc = "least lift",
     PATRON_OPTION_STORE(itemsets_options, min_lift),
     .standard = "0",
     .interval = {.low = 0.0, .high = (double)INFINITY}},
    {.name = "max-consequent",
     .argument = "N",
     .doc = "most items of a consequent",
     PATRON_OPTION_STORE(itemsets_options, max_consequent),
     .standard = "1",
     .least = 1},
    {.name = "prune-redundant",
     .doc = "leave out rules that a part of their antecedent predicts as well",
     PATRON_OPTION_STORE(itemsets_options, prune_redundant)},
    {.name = "significance",
     .argument = "P",
     .doc = "keep rules that Fisher's exact test with Holm's correction finds at this level",
     PATRON_OPTION_STORE(itemsets_options, significance),
     .interval = {.low = 0.0, .high = 1.0, .low_open = true, .high_open = true}},
    {.name = "top-rules",
     .argument = "N",
     .doc = "keep the N best rules, and ties with the last (default: all)",
     PATRON_OPTION_STORE(itemsets_options, top_rules),
     .least = 1},
    {.name = "by",
     .argument = "MEASURE",
     .doc = "what the top rules are best by",
     PATRON_OPTION_STORE_CHOICE(itemsets_options, by, measure_names),
     .standard = "lift"},
    {.name = "count-only",
     .doc = "print the number of sets by length, and keep none",
     .group = "Results",
     PATRON_OPTION_STORE(itemsets_options, count_only)},
    {.name = "text",
     .argument = "FILE",
     .doc = "write the sets as lines 'item item ... (count)'; - is standard output",
     PATRON_OPTION_STORE(itemsets_options, text)},
};

static const char *const not_taken[] = {"seed", NULL};

static const patron_positional basket_input = {
    .name = "INPUT",
    .doc = "a dataset (a file or a folder of parts), or baskets as FIMI text, plain or gzip; - is "
           "standard input",
    .least = 1,
    .most = 1,
    .offset = offsetof(itemsets_options, inputs)};

const patron_job patron_job_itemsets = {
    .name = "itemsets",
    .help = {.summary = "find items that are bought together, and rules",
             .description =
                 "Finds all sets of items that occur together in at least so many baskets, and "
                 "rules between them, and writes them to an HDF5 model.  Exact, and the same, bit "
                 "for bit, on any number of ranks, threads and parts.\n",
             .examples =
                 "  patron itemsets shop/ --min-support 0.01 --rules --min-confidence 0.5 -o "
                 "goods.h5\n"
                 "  mpirun -q -n 4 patron itemsets retail.dat.gz --min-count 18 --count-only\n"
                 "  patron itemsets shop/ --min-count 50 --kind closed --text - | head\n"},
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .options_size = sizeof(itemsets_options),
    .positional = &basket_input,
    .output = PATRON_OUTPUT_OPTIONAL,
    .without = not_taken,
    .check = check_itemsets,
    .run = run_itemsets};
