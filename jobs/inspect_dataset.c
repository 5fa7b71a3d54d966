/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of a dataset: profile of customers and baskets, report, gates. */
#include "inspect_reports.h"
#include "jobs.h"

#include "data/shard.h"

#include <inttypes.h>

enum { TABLES = 4 }; /* one in so many of the bytes of --memory goes to tables besides the rows */

/* ---- profile ---- */

static patron_status open_shard(const inspect_dataset *run, patron_shard *shard)
{
    const inspect_options *options = run->options;
    const patron_shard_choice choice = {.columns = options->columns.names,
                                        .column_count = options->columns.count,
                                        .threads = run->context->threads,
                                        .memory = options->memory - options->memory / TABLES,
                                        .progress = &run->context->progress};
    return patron_shard_open(run->context->comm, run->dataset, &choice, shard);
}

/* The most frequent items that are in enough baskets. */
static patron_status rank_items(inspect_dataset *run)
{
    patron_status status = patron_best_create(run->options->top, &run->items);
    uint64_t items = patron_dataset_item_names(run->dataset)->count;
    for (uint64_t i = 0; status == PATRON_OK && i < items; ++i) {
        uint64_t baskets = run->baskets.item_baskets[i];
        if (baskets > 0 && baskets < run->options->min_group)
            ++run->items_withheld;
        else if (baskets > 0)
            patron_best_offer(&run->items, &(patron_best_entry){.key = {baskets}, .number = i});
    }
    return patron_comm_agree(run->context->comm, status);
}

static patron_status profile_baskets(inspect_dataset *run)
{
    patron_status status = patron_profile_baskets(run->context->comm, run->dataset, &run->baskets);
    return status == PATRON_OK ? rank_items(run) : status;
}

/* ---- gates ---- */

double inspect_missing_share(const inspect_dataset *run, uint32_t column)
{
    uint64_t rows = run->rows.rows;
    return rows == 0 ? 0.0 : (double)(rows - run->rows.column[column].present) / (double)rows;
}

/* The column with the largest share of missing values against the one allowed. */
static patron_status judge_missing(const inspect_dataset *run)
{
    uint32_t worst = 0;
    if (!patron_options_given(run->context->options, "fail-missing") || run->rows.columns == 0)
        return PATRON_OK;
    for (uint32_t j = 1; j < run->rows.columns; ++j)
        if (run->rows.column[j].present < run->rows.column[worst].present)
            worst = j;
    double share = inspect_missing_share(run, worst);
    if (share <= run->options->fail_missing)
        return PATRON_OK;
    return patron_fail(
        PATRON_GATE,
        "%s: column '%.*s': %" PRIu64 " of %" PRIu64
        " values are missing, a share of %.6g; at most %g allowed (--fail-missing)",
        patron_dataset_path(run->dataset), (int)patron_texts_length(run->names, worst),
        patron_texts_at(run->names, worst), run->rows.rows - run->rows.column[worst].present,
        run->rows.rows, share, run->options->fail_missing);
}

static patron_status judge_count(const inspect_dataset *run, const char *what, const char *option,
                                 uint64_t found, uint64_t least)
{
    if (found >= least)
        return PATRON_OK;
    return patron_fail(PATRON_GATE,
                       "%s: %" PRIu64 " %s found, at least %" PRIu64 " expected (--%s)",
                       patron_dataset_path(run->dataset), found, what, least, option);
}

/* All ranks know the same, and judge the same. */
static patron_status judge(const inspect_dataset *run)
{
    patron_status status =
        judge_count(run, "customers", "fail-below-rows", patron_dataset_rows(run->dataset),
                    run->options->fail_below_rows);
    if (status == PATRON_OK)
        status =
            judge_count(run, "baskets", "fail-below-baskets", patron_dataset_baskets(run->dataset),
                        run->options->fail_below_baskets);
    return status == PATRON_OK ? judge_missing(run) : status;
}

/* ---- the story ---- */

static patron_status tell(inspect_dataset *run)
{
    patron_job_context *context = run->context;
    patron_status status = PATRON_OK;
    patron_phases_reduce(&context->phases, context->comm);
    if (context->comm->rank == 0 && patron_job_wants_summary(context))
        status = inspect_dataset_print_json(run);
    else if (context->comm->rank == 0)
        status = inspect_dataset_print_text(run);
    return patron_comm_agree(context->comm, status);
}

/* Where columns are named, customers must be there to have them: opening the shard says so. */
static patron_status look_at_customers(inspect_dataset *run, patron_shard *shard)
{
    if (!patron_dataset_has_customers(run->dataset) && run->options->columns.count == 0)
        return PATRON_OK;
    patron_status status = open_shard(run, shard);
    patron_job_stage(run->context, "read", "profiling");
    run->names = &shard->names;
    run->units = &shard->units;
    run->sources = &shard->sources;
    if (status == PATRON_OK)
        status =
            patron_profile_rows(run->context->comm, &shard->rows, run->options->memory / TABLES,
                                &run->context->progress, &run->rows);
    patron_job_stage(run->context, "profile", "counting baskets");
    return status;
}

patron_status inspect_dataset_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    patron_dataset *dataset = NULL;
    patron_shard shard = {0};
    patron_status status = patron_dataset_open(comm, options->inputs.names[0], &dataset);
    patron_job_stage(context, "open", "reading");
    if (status != PATRON_OK)
        return status;
    inspect_dataset run = {.context = context, .options = options, .dataset = dataset};
    status = look_at_customers(&run, &shard);
    if (status == PATRON_OK && patron_dataset_has_baskets(dataset))
        status = profile_baskets(&run);
    patron_job_stage(context, "baskets", "reading");
    if (status == PATRON_OK)
        status = patron_dataset_read_extras(comm, dataset, &run.extras);
    if (status == PATRON_OK)
        status = tell(&run);
    if (status == PATRON_OK)
        status = judge(&run);
    patron_rows_profile_free(&run.rows);
    patron_baskets_profile_free(&run.baskets);
    patron_dataset_extras_free(&run.extras);
    patron_best_free(&run.items);
    patron_shard_free(&shard);
    patron_dataset_close(dataset);
    return status;
}
