/* SPDX-License-Identifier: Apache-2.0 */
/* patron generate: draws customers and baskets whose truth is known, and writes them as a dataset
 * or as a shop's export. */
#include "audit.h"
#include "jobs.h"

#include "cli/summary.h"
#include "generate_options.h"
#include "generate_transactions.h"
#include "patron/memory.h"
#include "report_text.h"
#include "runtime/meter.h"
#include "runtime/usage.h"
#include "store/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the job holds between its steps. */
typedef struct generate_run {
    patron_job_context *context;
    const generate_options *options;
    patron_mixture mixture;
    patron_basket_model model;
    patron_dataset_content frame; /* names and numbers, no rows */
    double *means, *deviations;   /* clusters x columns, in the data's own units */
    double **scratch;             /* a row a thread */
    patron_basket_list *lists;    /* one a thread */
    char digest[PATRON_DIGEST_CAPACITY];
    generate_export exported;
} generate_run;

/* ---- models ---- */

static patron_status check_outputs(const generate_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_common_options *common = run->context->common;
    patron_status status = PATRON_OK;
    if (common->output != NULL)
        status =
            patron_output_check(comm, common->output,
                                run->options->parts > 0 ? PATRON_OUTPUT_FOLDER : PATRON_OUTPUT_FILE,
                                common->force, NULL);
    if (status == PATRON_OK && run->options->transactions != NULL)
        status = patron_output_check(comm, run->options->transactions, PATRON_OUTPUT_FILE,
                                     common->force, NULL);
    return status;
}

static patron_status name_columns(generate_run *run)
{
    patron_status status = PATRON_OK;
    char name[32];
    run->frame.columns = run->options->columns;
    for (uint32_t j = 0; status == PATRON_OK && j < run->frame.columns; ++j) {
        int length = snprintf(name, sizeof name, "f%" PRIu32, j);
        status = patron_texts_append(&run->frame.column_names, name, (uint64_t)length);
    }
    return status;
}

/* Names sort bytewise as their numbers do. */
static patron_status name_items(generate_run *run)
{
    uint32_t items = run->model.options.patterns.items;
    int digits = (int)generate_digits(items);
    patron_status status = PATRON_OK;
    char name[32];
    for (uint32_t i = 0; status == PATRON_OK && i < items; ++i) {
        int length = snprintf(name, sizeof name, "%0*" PRIu32, digits, i);
        status = patron_texts_append(&run->frame.item_names, name, (uint64_t)length);
        length = snprintf(name, sizeof name, "item %" PRIu32, i);
        if (status == PATRON_OK)
            status = patron_texts_append(&run->frame.item_labels, name, (uint64_t)length);
    }
    return status;
}

static patron_status tell_truth(generate_run *run)
{
    uint32_t columns = run->options->columns;
    uint64_t cells = (uint64_t)run->options->clusters * columns;
    run->means = patron_allocate(cells, sizeof *run->means);
    run->deviations = patron_allocate(cells, sizeof *run->deviations);
    if (run->means == NULL || run->deviations == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < cells; ++i) {
        uint32_t cluster = (uint32_t)(i / columns), column = (uint32_t)(i % columns);
        run->means[i] = patron_mixture_mean(&run->mixture, cluster, column);
        run->deviations[i] = patron_mixture_deviation(&run->mixture, cluster, column);
    }
    return PATRON_OK;
}

static patron_status open_threads(generate_run *run)
{
    uint64_t threads = (uint64_t)run->context->threads;
    uint64_t values = patron_mixture_scratch(run->options->columns);
    run->lists = patron_allocate(threads, sizeof *run->lists);
    run->scratch = patron_allocate(threads, sizeof *run->scratch);
    if (run->lists == NULL || run->scratch == NULL)
        return PATRON_RESOURCE;
    for (uint64_t t = 0; t < threads; ++t)
        if ((run->scratch[t] = patron_allocate(values, sizeof **run->scratch)) == NULL)
            return PATRON_RESOURCE;
    return PATRON_OK;
}

/* The same on every rank. */
static patron_status create_models(generate_run *run)
{
    uint64_t seed = run->context->common->seed;
    const patron_mixture_options mixture = generate_mixture_options(run->options, seed);
    const patron_basket_options baskets = generate_basket_options(run->options, seed);
    patron_status status = open_threads(run);
    run->frame.rows = run->options->rows;
    run->frame.baskets = baskets.baskets;
    if (status == PATRON_OK && run->frame.rows > 0)
        status = patron_mixture_create(&mixture, &run->mixture);
    if (status == PATRON_OK && run->frame.rows > 0)
        status = name_columns(run);
    if (status == PATRON_OK && run->frame.rows > 0)
        status = tell_truth(run);
    if (status == PATRON_OK && run->frame.baskets > 0)
        status = patron_basket_model_create(&baskets, baskets.affinity > 0.0 ? &run->mixture : NULL,
                                            &run->model);
    if (status == PATRON_OK && run->frame.baskets > 0)
        status = name_items(run);
    return patron_comm_agree(run->context->comm, status);
}

/* ---- rows, when they are asked for ---- */

static patron_status make_customers(void *context, int thread, patron_range rows,
                                    const patron_customer_block *block)
{
    generate_run *run = context;
    uint64_t columns = run->options->columns;
    for (uint64_t i = 0; i < rows.count; ++i) {
        uint64_t row = rows.first + i;
        block->id[i] = row;
        block->truth[i] = patron_mixture_cluster(&run->mixture, row);
        patron_mixture_row(&run->mixture, row, block->truth[i], run->scratch[thread],
                           block->features + i * columns);
        if (block->weight != NULL)
            block->weight[i] = patron_mixture_weight(&run->mixture, row);
    }
    return PATRON_OK;
}

static patron_status count_items(void *context, int thread, patron_range baskets, uint64_t *items)
{
    generate_run *run = context;
    patron_basket_list *list = &run->lists[thread];
    patron_status status = patron_baskets_draw(&run->model, baskets.first, baskets.count, list);
    if (status == PATRON_OK)
        *items = list->offsets[baskets.count];
    return status;
}

static patron_status make_baskets(void *context, int thread, patron_range baskets,
                                  const patron_basket_block *block)
{
    generate_run *run = context;
    patron_basket_list *list = &run->lists[thread];
    patron_status status = patron_baskets_draw(&run->model, baskets.first, baskets.count, list);
    if (status != PATRON_OK)
        return status;
    memcpy(block->offsets, list->offsets, (baskets.count + 1) * sizeof *block->offsets);
    if (list->offsets[baskets.count] > 0)
        memcpy(block->items, list->items, list->offsets[baskets.count] * sizeof *block->items);
    for (uint64_t b = 0; b < baskets.count; ++b) {
        block->time[b] = patron_basket_time(&run->model, baskets.first + b);
        if (block->customer != NULL)
            block->customer[b] = patron_basket_customer(&run->model, baskets.first + b);
    }
    return PATRON_OK;
}

static patron_status write_dataset(generate_run *run)
{
    patron_job_context *context = run->context;
    const patron_dataset_truth truth = {.clusters = run->options->clusters,
                                        .centroids = run->means,
                                        .deviations = run->deviations,
                                        .shares = run->mixture.shares};
    const patron_dataset_maker maker = {.frame = &run->frame,
                                        .truth = run->frame.rows > 0 ? &truth : NULL,
                                        .has_weight = run->options->weights,
                                        .has_basket_customer = run->frame.rows > 0,
                                        .basket_length = patron_basket_mean_length(&run->model),
                                        .command_line = context->command_line,
                                        .options = context->effective_options,
                                        .threads = context->threads,
                                        .progress = &context->progress,
                                        .context = run,
                                        .customers = make_customers,
                                        .count_items = count_items,
                                        .baskets = make_baskets};
    return patron_dataset_write_made(context->comm, &maker, context->common->output,
                                     run->options->parts, context->common->force, run->digest);
}

/* ---- tell ---- */

static json_t *export_json(const generate_run *run)
{
    const generate_export *exported = &run->exported;
    json_t *json = json_object();
    json_object_set_new(json, "output", json_string(run->options->transactions));
    json_object_set_new(json, "lines", json_integer((json_int_t)exported->lines));
    json_object_set_new(json, "cancelled_invoices", json_integer((json_int_t)exported->cancelled));
    json_object_set_new(json, "invoices_without_customer",
                        json_integer((json_int_t)exported->anonymous));
    json_object_set_new(json, "lines_without_price",
                        json_integer((json_int_t)exported->free_lines));
    json_object_set_new(json, "bytes", json_integer((json_int_t)exported->bytes));
    return json;
}

static patron_status print_json(const generate_run *run, uint64_t peak_memory)
{
    const patron_common_options *common = run->context->common;
    patron_summary summary = patron_summary_create("generate");
    if (common->output != NULL) {
        patron_summary_set_text(&summary, "output", common->output, strlen(common->output));
        patron_summary_set_text(&summary, "digest", run->digest, strlen(run->digest));
        patron_summary_set_count(&summary, "parts",
                                 run->options->parts == 0 ? 1 : run->options->parts);
    }
    patron_summary_set_count(&summary, "rows", run->frame.rows);
    patron_summary_set_count(&summary, "columns", run->frame.columns);
    patron_summary_set_count(&summary, "baskets", run->frame.baskets);
    patron_summary_set_count(&summary, "items", run->frame.item_names.count);
    if (run->options->transactions != NULL)
        patron_summary_set(&summary, "transactions", export_json(run));
    patron_summary_set_count(&summary, "peak_memory", peak_memory);
    return patron_job_end_summary(run->context, &summary);
}

static patron_status print_text(const generate_run *run)
{
    const generate_export *exported = &run->exported;
    const patron_dataset_content *frame = &run->frame;
    const char *output = run->context->common->output;
    patron_table table = {0};
    report_begin_figures(&table);
    report_add_figure(&table, "customers", frame->rows);
    report_add_figure(&table, "features", frame->columns);
    report_add_figure(&table, "baskets", frame->baskets);
    report_add_figure(&table, "items", frame->item_names.count);
    if (output != NULL)
        report_add_figure(&table, "parts", run->options->parts == 0 ? 1 : run->options->parts);
    if (run->options->transactions != NULL) {
        report_add_figure(&table, "lines", exported->lines);
        report_add_figure(&table, "cancelled invoices", exported->cancelled);
        report_add_figure(&table, "invoices without customer", exported->anonymous);
        report_add_figure(&table, "lines without price", exported->free_lines);
        report_add_figure(&table, "bytes", exported->bytes);
    }
    patron_status status = report_print_table("What was drawn", &table);
    if (output != NULL)
        report_print_line("\nDataset in %s", output);
    if (run->options->transactions != NULL)
        report_print_line("\nTransactions in %s", run->options->transactions);
    return status;
}

static patron_status tell(generate_run *run)
{
    const patron_comm *comm = run->context->comm;
    uint64_t peak_memory = patron_usage_peak_memory();
    patron_phases_reduce(&run->context->phases, comm);
    patron_comm_reduce_u64(comm, &peak_memory, 1, PATRON_MAX);
    patron_status status = PATRON_OK;
    if (comm->rank == 0 && patron_job_wants_summary(run->context))
        status = print_json(run, peak_memory);
    else if (comm->rank == 0)
        status = print_text(run);
    return patron_comm_agree(comm, status);
}

/* ---- the job ---- */

static patron_status run_steps(generate_run *run)
{
    patron_job_context *context = run->context;
    patron_progress_stage(&context->progress, "preparing");
    patron_status status = check_outputs(run);
    patron_span span = patron_meter_enter(PATRON_STEP_GENERATE);
    if (status == PATRON_OK)
        status = create_models(run);
    patron_job_stage(context, "prepare", "writing");
    if (status == PATRON_OK && context->common->output != NULL)
        status = write_dataset(run);
    patron_job_stage(context, "write", "exporting");
    if (status == PATRON_OK && run->options->transactions != NULL)
        status = generate_transactions_write(context, &run->model, &run->frame.item_names,
                                             &run->frame.item_labels, run->options->dirt,
                                             run->options->transactions, &run->exported);
    patron_meter_leave(span, 0, 0);
    patron_phases_mark(&context->phases, "export");
    patron_job_audit_rows(context, "customers", run->frame.rows);
    patron_job_audit_rows(context, "baskets", run->frame.baskets);
    return status == PATRON_OK ? tell(run) : status;
}

static patron_status run_generate(patron_job_context *context, const void *options)
{
    generate_run run = {.context = context, .options = options};
    if (run.options->transactions != NULL)
        patron_job_audit_output(context, run.options->transactions);
    patron_status status = run_steps(&run);
    for (int t = 0; t < context->threads; ++t) {
        if (run.lists != NULL)
            patron_basket_list_free(&run.lists[t]);
        if (run.scratch != NULL)
            free(run.scratch[t]);
    }
    free(run.lists);
    free(run.scratch);
    free(run.means);
    free(run.deviations);
    patron_dataset_content_free(&run.frame);
    patron_basket_model_free(&run.model);
    patron_mixture_free(&run.mixture);
    return status;
}

const patron_job patron_job_generate = {
    .name = "generate",
    .help = {.summary = "draw a synthetic dataset of any size",
             .description =
                 "Draws customers from a mixture of Gaussians, and baskets from patterns as IBM "
                 "Quest does or item by item, and writes them as a dataset; the clusters that "
                 "customers were drawn from are kept in it.  With --transactions the baskets are "
                 "written as a shop's export, which ingest reads.  The same options and --seed "
                 "give the same rows on any number of ranks, threads and parts, and memory does "
                 "not grow with their number.\n",
             .examples =
                 "  patron generate --rows 1000000 --columns 16 --clusters 10 --noise 0.05 -o "
                 "customers.h5\n"
                 "  mpirun -q -n 8 patron generate --rows 1000000000 --parts 64 -o customers\n"
                 "  patron generate --quest T10I4D100K -o baskets.h5\n"
                 "  patron generate --rows 5000 --baskets 100000 --affinity 0.5 --dirt 0.02 \\\n"
                 "      --transactions sales.csv -o shop.h5\n"},
    .options = generate_option_table,
    .option_count = GENERATE_OPTIONS,
    .options_size = sizeof(generate_options),
    .output = PATRON_OUTPUT_OPTIONAL,
    .check = generate_options_check,
    .run = run_generate};
