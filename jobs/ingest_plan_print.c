/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for people and for programs.  A level that few rows have may tell of a person, so that
 * only its number is told. */
#include "ingest_plan.h"

#include "cli/table.h"
#include "report_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_facts(const patron_columns *columns, uint32_t c)
{
    return columns->facts[c].values + columns->facts[c].missing > 0;
}

/* "Female, Male, 3 rare ones". */
static void list_levels(const patron_column_facts *facts, uint64_t least, FILE *out)
{
    uint64_t rare = 0, shown = 0;
    for (uint64_t i = 0; i < facts->levels.texts.count; ++i) {
        if (facts->counts[i] < least) {
            ++rare;
            continue;
        }
        fprintf(out, "%s%.*s", shown++ == 0 ? "" : ", ",
                (int)patron_texts_length(&facts->levels.texts, i),
                patron_texts_at(&facts->levels.texts, i));
    }
    if (rare > 0)
        fprintf(out, "%s%" PRIu64 " rare", shown == 0 ? "" : ", ", rare);
}

/* What the column becomes. */
static void tell_features(const patron_column_plan *plan, FILE *out)
{
    if (plan->kind == PATRON_KIND_ID)
        fprintf(out, "the customer's id");
    else if (plan->kind == PATRON_KIND_TEXT)
        fprintf(out, "refused");
    else if (plan->feature_count == 0)
        fprintf(out, "nothing");
    else if (plan->kind == PATRON_KIND_DATE)
        fprintf(out, "age in days");
    else if (plan->kind == PATRON_KIND_CATEGORY)
        fprintf(out, "%" PRIu32 " of 0 and 1", plan->feature_count);
    else if (plan->kind == PATRON_KIND_ORDINAL)
        fprintf(out, "0 to %" PRIu32, plan->wish->level_count - 1);
    else
        fprintf(out, plan->kind == PATRON_KIND_BOOLEAN ? "0 or 1" : "a number");
}

static void add_cell(patron_table *table, char *text)
{
    patron_table_add_text(table, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    free(text);
}

static patron_status add_row(const patron_columns *columns, uint32_t c, uint64_t least,
                             patron_table *table)
{
    const patron_column_plan *plan = &columns->plans[c];
    const patron_column_facts *facts = &columns->facts[c];
    char *levels = NULL, *becomes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&levels, &length);
    FILE *features = open_memstream(&becomes, &length);
    if (out == NULL || features == NULL) {
        if (out != NULL)
            fclose(out);
        free(levels);
        return patron_fail(PATRON_RESOURCE, "out of memory for the plan");
    }
    if (plan->kind == PATRON_KIND_CATEGORY || plan->kind == PATRON_KIND_BOOLEAN)
        list_levels(facts, least, out);
    tell_features(plan, features);
    fclose(out);
    fclose(features);
    const char *kind = patron_kind_name(plan->kind);
    patron_table_add_text(table, patron_texts_at(&columns->names, c),
                          patron_texts_length(&columns->names, c));
    patron_table_add_text(table, kind, strlen(kind));
    if (has_facts(columns, c)) {
        patron_table_add_count(table, facts->missing);
        if (facts->too_many)
            patron_table_add_text(table, "many", 4);
        else
            patron_table_add_count(table, facts->levels.texts.count);
    } else {
        patron_table_add_text(table, "", 0);
        patron_table_add_text(table, "", 0);
    }
    add_cell(table, levels);
    add_cell(table, becomes);
    return PATRON_OK;
}

patron_status ingest_plan_print(const patron_columns *columns, uint64_t least)
{
    static const char *const headings[] = {"column",    "type",   "missing",
                                           "different", "levels", "becomes"};
    patron_table table = {0};
    for (int i = 0; i < 6; ++i)
        patron_table_add_column(&table, headings[i], strlen(headings[i]),
                                i == 2 || i == 3 ? PATRON_ALIGN_RIGHT : PATRON_ALIGN_LEFT,
                                i == 0 || i == 4);
    patron_status status = PATRON_OK;
    for (uint32_t c = 0; status == PATRON_OK && c < columns->count; ++c)
        status = add_row(columns, c, least, &table);
    if (status == PATRON_OK)
        status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    patron_table_free(&table);
    report_print_line("\n%" PRIu32 " columns become %" PRIu32 " features", columns->count,
                      columns->width);
    if (columns->problem[0] != '\0')
        report_print_line("As it stands it would be refused: %s", columns->problem);
    return status;
}

static json_t *text_json(const patron_texts *texts, uint64_t index)
{
    return json_stringn(patron_texts_at(texts, index), patron_texts_length(texts, index));
}

static json_t *column_json(const patron_columns *columns, uint32_t c, uint64_t least)
{
    const patron_column_plan *plan = &columns->plans[c];
    const patron_column_facts *facts = &columns->facts[c];
    json_t *column = json_object(), *features = json_array();
    json_object_set_new(column, "name", text_json(&columns->names, c));
    json_object_set_new(column, "type", json_string(patron_kind_name(plan->kind)));
    if (has_facts(columns, c)) {
        json_object_set_new(column, "missing", json_integer((json_int_t)facts->missing));
        json_object_set_new(column, "different",
                            facts->too_many ? json_null()
                                            : json_integer((json_int_t)facts->levels.texts.count));
    }
    if (plan->kind == PATRON_KIND_CATEGORY) {
        json_t *levels = json_object();
        for (uint64_t i = 0; i < facts->levels.texts.count; ++i)
            if (facts->counts[i] >= least)
                json_object_setn_new(levels, patron_texts_at(&facts->levels.texts, i),
                                     patron_texts_length(&facts->levels.texts, i),
                                     json_integer((json_int_t)facts->counts[i]));
        json_object_set_new(column, "levels", levels);
    }
    for (uint32_t i = 0; i < plan->feature_count; ++i)
        json_array_append_new(features, text_json(&columns->feature_names, plan->feature + i));
    json_object_set_new(column, "features", features);
    return column;
}

void ingest_plan_summarize(const patron_columns *columns, uint64_t least, patron_summary *summary)
{
    json_t *list = json_array();
    for (uint32_t c = 0; c < columns->count; ++c)
        json_array_append_new(list, column_json(columns, c, least));
    patron_summary_set(summary, "columns", list);
    if (columns->problem[0] != '\0')
        patron_summary_set_text(summary, "refused", columns->problem, strlen(columns->problem));
}
