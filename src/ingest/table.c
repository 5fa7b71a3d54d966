/* SPDX-License-Identifier: Apache-2.0 */
/* A feature table as CSV to lists: a look at all rows tells what its columns are, a second reading
 * turns them into features. */
#include "ingest/table.h"

#include "ingest/quality.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>

static const uint64_t STANDARD_MEMORY = UINT64_C(1) << 31;

static patron_table_ingest start(const patron_comm *comm, const patron_sources *sources,
                                 const patron_ingest_table_options *options,
                                 patron_columns *columns)
{
    patron_table_ingest table = {
        .comm = comm, .sources = sources, .options = options, .columns = columns};
    uint64_t threads = (uint64_t)options->threads; /* lanes are as many on every rank */
    patron_comm_reduce_u64(comm, &threads, 1, PATRON_MIN);
    table.threads = (int)threads;
    table.lanes = threads * (uint64_t)comm->size;
    patron_sources_name(sources, table.name, sizeof table.name);
    return table;
}

static patron_status check_plan(const patron_table_ingest *table)
{
    if (table->columns->problem[0] == '\0')
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s: %s", table->name, table->columns->problem);
}

static patron_status check_rows(const patron_table_ingest *table)
{
    if (table->lists->frame.rows > 0)
        return PATRON_OK;
    if (table->no_consent > 0)
        return patron_fail(PATRON_DATA,
                           "%s: no row is kept of %" PRIu64 " read (dropped_no_consent)",
                           table->name, table->no_consent);
    return patron_fail(PATRON_DATA, "%s: no row follows the header", table->name);
}

static patron_status add_figures(patron_table_ingest *table)
{
    patron_dataset_content *frame = &table->lists->frame;
    patron_status status = patron_quality_add_count(
        frame, "rows_read", frame->rows + table->no_consent + table->rejected);
    if (status == PATRON_OK && table->options->rejects != NULL)
        status = patron_quality_add_count(frame, "rows_rejected", table->rejected);
    if (status == PATRON_OK && table->options->privacy.consent != NULL)
        status = patron_quality_add_count(frame, "dropped_no_consent", table->no_consent);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "customers", frame->rows);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "missing_values", table->missing);
    return status;
}

static void name_features(patron_table_ingest *table)
{
    patron_dataset_content *frame = &table->lists->frame;
    patron_columns *columns = table->columns;
    bool has_unit = false;
    for (uint32_t c = 0; c < columns->count; ++c)
        has_unit = has_unit || columns->plans[c].kind == PATRON_KIND_DATE;
    frame->columns = columns->width;
    frame->column_names = columns->feature_names;
    frame->column_sources = columns->feature_sources;
    if (has_unit) {
        frame->column_units = columns->feature_units;
        columns->feature_units = (patron_texts){0};
    }
    columns->feature_names = columns->feature_sources = (patron_texts){0};
}

static patron_status create_lists(patron_table_ingest *table, patron_ingested *lists)
{
    const patron_ingest_table_options *o = table->options;
    uint64_t memory = o->memory == 0 ? STANDARD_MEMORY : o->memory;
    const patron_shuffle_options options = {.threads = table->threads,
                                            .folder = o->folder,
                                            .name = o->output,
                                            .sorted = memory / 2,
                                            .on_the_way = memory / 8};
    table->lists = lists;
    patron_status status =
        patron_comm_agree(table->comm, patron_ingested_create(o->folder, o->output, memory / 4,
                                                              table->threads, lists));
    if (status == PATRON_OK)
        status = patron_shuffle_create(table->comm, &options, &table->rows);
    return status;
}

patron_status patron_ingest_table(const patron_comm *comm, const patron_sources *sources,
                                  const patron_ingest_table_options *options,
                                  patron_ingested *lists)
{
    patron_columns columns = {0};
    patron_table_ingest table = start(comm, sources, options, &columns);
    *lists = (patron_ingested){0};
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    patron_status status = patron_table_look(&table);
    if (status == PATRON_OK)
        status = check_plan(&table);
    if (status == PATRON_OK)
        status = create_lists(&table, lists);
    if (status == PATRON_OK)
        status = patron_table_read(&table);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        status = check_rows(&table);
    if (status == PATRON_OK) {
        if (columns.id != UINT32_MAX)
            patron_pseudonym_note(options->privacy.secret, &lists->frame);
        name_features(&table);
        status = patron_comm_agree(comm, add_figures(&table));
    }
    patron_shuffle_free(table.rows);
    patron_splitters_free(&table.cuts);
    patron_columns_free(&columns);
    if (status != PATRON_OK)
        patron_ingested_free(lists);
    return status;
}

patron_status patron_ingest_look(const patron_comm *comm, const patron_sources *sources,
                                 const patron_ingest_table_options *options,
                                 patron_columns *columns)
{
    patron_table_ingest table = start(comm, sources, options, columns);
    patron_status status = patron_table_look(&table);
    patron_splitters_free(&table.cuts);
    return status;
}
