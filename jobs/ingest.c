/* SPDX-License-Identifier: Apache-2.0 */
/* patron ingest: turns text files into a dataset. */
#include "audit.h"
#include "jobs.h"

#include "ingest_dialect.h"
#include "ingest_dry_run.h"
#include "ingest_options.h"
#include "ingest_sources.h"
#include "ingest_tell.h"

#include "ingest/fimi_ranges.h"
#include "ingest/ingest.h"
#include "ingest/show.h"
#include "runtime/log.h"
#include "store/output.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What the job holds between its steps. */
typedef struct ingest_run {
    patron_job_context *context;
    const ingest_options *options;
    const char **names; /* of all inputs, as they were given */
    uint32_t name_count;
    char folder[PATH_MAX]; /* of the output */
    char digest[PATRON_DIGEST_CAPACITY];
    patron_secret secret; /* of pseudonyms */
    char *consent;        /* the column */
    patron_ingest_privacy privacy;
    bool has_rejects;
    patron_rejects_options rejects;
    /* one of these, by what is read */
    patron_ingested lists;
    patron_basket_range range;
    patron_dataset_content content;      /* the frame of the latter */
    const patron_dataset_content *frame; /* of the dataset: numbers, names, figures */
} ingest_run;

/* ---- read and write ---- */

/* What all ranks have read, if they could, to the dataset. */
static patron_status write_lists(ingest_run *run, patron_status status)
{
    const patron_common_options *common = run->context->common;
    run->frame = &run->lists.frame;
    patron_job_stage(run->context, "read", "writing");
    return status != PATRON_OK
               ? status
               : patron_ingested_write(run->context->comm, run->context->threads, &run->lists,
                                       common->output, run->options->parts, common->force,
                                       run->digest);
}

/* Customers, and baskets of transactions. */
static patron_status ingest_customers(ingest_run *run)
{
    const ingest_setting setting = {.context = run->context,
                                    .options = run->options,
                                    .folder = run->folder,
                                    .rejects = run->has_rejects ? &run->rejects : NULL,
                                    .privacy = run->privacy,
                                    .memory = run->options->memory};
    if (run->options->dry_run)
        return ingest_dry_run(&setting);
    return write_lists(run, ingest_sources_read(&setting, &run->lists));
}

/* All ranks read where they can, else rank 0 for all. */
static patron_status read_baskets(ingest_run *run)
{
    const patron_comm *comm = run->context->comm;
    patron_progress *progress = &run->context->progress;
    const patron_dialect_options dialect = ingest_dialect(run->options);
    bool is_plain = false;
    if (run->options->baskets.count == 0)
        return patron_ingest_basket_lists(comm, run->names[0], &dialect, run->context->threads,
                                          progress, &run->range);
    patron_status status = patron_basket_range_read(comm, run->names[0], run->context->threads,
                                                    &is_plain, &run->range);
    return status == PATRON_OK && !is_plain
               ? patron_ingest_baskets(comm, run->names[0], progress, &run->range)
               : status;
}

static patron_status ingest_baskets(ingest_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_common_options *common = run->context->common;
    patron_status status = read_baskets(run);
    if (status == PATRON_OK)
        status = patron_basket_range_frame(comm, &run->range, &run->content);
    run->frame = &run->content;
    patron_job_stage(run->context, "read", "writing");
    if (status == PATRON_OK)
        status = patron_basket_range_write(comm, run->context->threads, &run->range, &run->content,
                                           common->output, run->options->parts, common->force,
                                           run->digest);
    return status;
}

/* ---- the job ---- */

static patron_status prepare(ingest_run *run)
{
    const patron_common_options *common = run->context->common;
    char copy[PATH_MAX];
    patron_status status =
        ingest_list_names(run->options, INGEST_INPUTS, &run->names, &run->name_count);
    patron_output_form form = run->options->parts > 0 ? PATRON_OUTPUT_FOLDER : PATRON_OUTPUT_FILE;
    status = patron_comm_agree(run->context->comm, status);
    if (run->options->dry_run)
        return status;
    for (uint32_t i = 0; status == PATRON_OK && i < run->name_count; ++i)
        status = patron_output_check(run->context->comm, common->output, form, common->force,
                                     run->names[i]);
    snprintf(copy, sizeof copy, "%s", common->output);
    snprintf(run->folder, sizeof run->folder, "%s", dirname(copy));
    run->has_rejects = ingest_rejects(run->options, run->folder, common->force,
                                      run->context->threads, &run->rejects);
    const char *path = run->rejects.path;
    if (path != NULL)
        patron_job_audit_output(run->context, path);
    if (status == PATRON_OK && path != NULL && strcmp(path, common->output) == 0)
        status = patron_fail(PATRON_USAGE, "--bad-rows and --output name the same file, %s", path);
    for (uint32_t i = 0; status == PATRON_OK && path != NULL && i < run->name_count; ++i)
        status = patron_output_check(run->context->comm, path, PATRON_OUTPUT_FILE, common->force,
                                     run->names[i]);
    return status;
}

static patron_status prepare_privacy(ingest_run *run)
{
    const ingest_options *options = run->options;
    patron_show_values(options->show_values);
    patron_status status = PATRON_OK;
    patron_slice column;
    if (options->consent != NULL &&
        ingest_split_consent(options->consent, &column, &run->privacy.consent_value)) {
        run->consent = strndup(column.bytes, column.length);
        if (run->consent == NULL)
            status = patron_fail(PATRON_RESOURCE, "out of memory for the name of a column");
        run->privacy.consent = run->consent;
    }
    status = patron_comm_agree(run->context->comm, status);
    if (status != PATRON_OK || !ingest_makes_pseudonyms(options) || options->dry_run)
        return status;
    run->privacy.secret = &run->secret;
    return patron_secret_get(run->context->comm, options->key_file, &run->secret);
}

static patron_status run_ingest(patron_job_context *context, const void *argument)
{
    ingest_run run = {.context = context, .options = argument};
    patron_status status = prepare(&run);
    if (status == PATRON_OK)
        status = prepare_privacy(&run);
    bool has_customers = ingest_count_sources(run.options) > 0;
    if (!has_customers && run.name_count > 0)
        patron_job_audit_input(context, run.names[0]);
    if (status == PATRON_OK)
        status = has_customers ? ingest_customers(&run) : ingest_baskets(&run);
    patron_phases_mark(&context->phases, "write");
    if (status == PATRON_OK && !run.options->dry_run) {
        for (uint32_t i = 0; i < run.frame->quality_count; ++i)
            if (!run.frame->quality[i].is_real)
                patron_job_audit_rows(context, run.frame->quality[i].name,
                                      run.frame->quality[i].count);
        patron_phases_reduce(&context->phases, context->comm);
        status = patron_comm_agree(context->comm,
                                   ingest_tell(context, run.frame, run.options->parts, run.digest));
    }
    patron_ingested_free(&run.lists);
    patron_basket_range_free(&run.range);
    patron_dataset_content_free(&run.content);
    patron_secret_wipe(&run.secret);
    free(run.consent);
    free(run.names);
    return status;
}

static const char *const not_taken[] = {"seed", NULL};

const patron_job patron_job_ingest = {
    .name = "ingest",
    .help = {.summary = "turn text files into a dataset",
             .description =
                 "Reads transactions, a table of features and events, joined by the customer's id, "
                 "or baskets, and writes a dataset: one HDF5 file, or with --parts a folder of "
                 "part files.  Rows that a rule leaves out "
                 "are counted, and the counts are kept in the dataset under /quality.  The result "
                 "does not depend on the order of the rows.\n",
             .examples =
                 "  patron ingest --transactions sales.csv.gz --customer CustomerID --basket "
                 "InvoiceNo \\\n"
                 "      --item StockCode --label Description --quantity Quantity --price UnitPrice "
                 "\\\n"
                 "      --time InvoiceDate --parts 4 -o shop\n"
                 "  patron ingest --features customers.csv --id customer --events calls.csv "
                 "\\\n"
                 "      --event-customer id --event-time at --event-kind what -o customers.h5\n"
                 "  zcat baskets.dat.gz | patron ingest --baskets - -o baskets.h5\n"},
    .options = ingest_option_table,
    .option_count = INGEST_OPTIONS,
    .options_size = sizeof(ingest_options),
    .positional = &ingest_more_input,
    .output = PATRON_OUTPUT_OPTIONAL,
    .without = not_taken,
    .check = ingest_options_check,
    .run = run_ingest};
