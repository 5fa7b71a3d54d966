/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for people and for programs.  A kind that few rows have may tell of a person, so that
 * only the number of such kinds is told. */
#include "ingest_dry_run.h"

#include "ingest_plan.h"
#include "ingest_table.h"
#include "jobs.h"

#include "cli/summary.h"
#include "cli/table.h"
#include "ingest/events.h"

#include <inttypes.h>
#include <stdio.h>

/* Rows of a slot, and kinds in it. */
static void count_slot(const patron_kinds *kinds, uint32_t slot, uint64_t *rows, uint64_t *count)
{
    *rows = *count = 0;
    for (uint64_t kind = 0; kind < kinds->names.texts.count; ++kind)
        if (kinds->slots[kind] == slot) {
            *rows += kinds->rows[kind].all;
            ++*count;
        }
}

static void add_kinds(patron_table *table, const patron_kinds *kinds, uint32_t slot)
{
    static const char plain[] = "count, rate, recency",
                      valued[] = "count, rate, recency, sum, mean", nothing[] = "nothing",
                      rare[] = "(rare)";
    bool is_none = slot == PATRON_NO_SLOT;
    bool has_values = !is_none && patron_kinds_slot_has_values(kinds, slot);
    patron_slice name = is_none ? patron_slice_of(rare) : patron_kinds_slot_name(kinds, slot);
    const patron_slice becomes = patron_slice_of(is_none ? nothing : has_values ? valued : plain);
    uint64_t rows = 0, count = 0;
    count_slot(kinds, slot, &rows, &count);
    if (count == 0)
        return;
    patron_table_add_text(table, name.bytes, name.length);
    patron_table_add_count(table, rows);
    patron_table_add_count(table, count);
    patron_table_add_text(table, becomes.bytes, becomes.length);
}

static patron_status print_kinds(const patron_kinds *kinds)
{
    patron_table table = {0};
    patron_table_add_column(&table, "events", 6, PATRON_ALIGN_LEFT, true);
    patron_table_add_column(&table, "rows", 4, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "kinds", 5, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "become", 6, PATRON_ALIGN_LEFT, false);
    for (uint32_t slot = 0; slot < kinds->slot_count; ++slot)
        add_kinds(&table, kinds, slot);
    add_kinds(&table, kinds, PATRON_NO_SLOT);
    patron_status status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    patron_table_free(&table);
    return status;
}

static void summarize_kinds(const patron_kinds *kinds, patron_summary *summary)
{
    json_t *list = json_array();
    for (uint32_t slot = 0; slot < kinds->slot_count; ++slot) {
        patron_slice name = patron_kinds_slot_name(kinds, slot);
        uint64_t rows = 0, count = 0;
        count_slot(kinds, slot, &rows, &count);
        json_t *kind = json_object();
        json_object_set_new(kind, "name", json_stringn(name.bytes, name.length));
        json_object_set_new(kind, "rows", json_integer((json_int_t)rows));
        json_object_set_new(kind, "kinds", json_integer((json_int_t)count));
        json_object_set_new(kind, "has_values",
                            json_boolean(patron_kinds_slot_has_values(kinds, slot)));
        json_array_append_new(list, kind);
    }
    patron_summary_set(summary, "events", list);
    uint64_t rare_rows = 0, rare_kinds = 0;
    count_slot(kinds, PATRON_NO_SLOT, &rare_rows, &rare_kinds);
    patron_summary_set_count(summary, "rare_rows", rare_rows);
    patron_summary_set_count(summary, "rare_kinds", rare_kinds);
}

/* NULL: there is none of that. */
static patron_status tell(const ingest_setting *setting, const patron_columns *columns,
                          const patron_kinds *kinds)
{
    uint64_t least = setting->options->min_level;
    patron_status status = PATRON_OK;
    if (patron_job_wants_summary(setting->context)) {
        patron_summary summary = patron_summary_create("ingest");
        patron_summary_set_flag(&summary, "dry_run", true);
        if (columns != NULL)
            ingest_plan_summarize(columns, least, &summary);
        if (kinds != NULL)
            summarize_kinds(kinds, &summary);
        status = patron_job_print_summary(setting->context, &summary);
        patron_summary_free(&summary);
        return status;
    }
    if (columns != NULL)
        status = ingest_plan_print(columns, least);
    if (columns != NULL && kinds != NULL)
        putchar('\n');
    if (status == PATRON_OK && kinds != NULL)
        status = print_kinds(kinds);
    return status;
}

patron_status ingest_dry_run(const ingest_setting *setting)
{
    bool has_table = setting->options->features.count > 0;
    bool has_events = setting->options->events.count > 0;
    ingest_table_plan table = {0};
    patron_sources files = {0};
    patron_events *events = NULL;
    patron_status status = PATRON_OK;
    if (has_table)
        status = ingest_table_look(setting, &table);
    if (status == PATRON_OK && has_events)
        status = ingest_events_read(setting, true, &files, &events);
    if (status == PATRON_OK) {
        if (setting->context->comm->rank == 0)
            status = tell(setting, has_table ? &table.columns : NULL,
                          has_events ? patron_events_kinds(events) : NULL);
        status = patron_comm_agree(setting->context->comm, status);
    }
    ingest_table_plan_free(&table);
    patron_events_free(events);
    patron_sources_free(&files);
    return status;
}
