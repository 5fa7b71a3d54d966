/* SPDX-License-Identifier: Apache-2.0 */
/* From facts and wishes to features.  A category becomes a feature of 0 and 1 for each level that
 * enough rows have, in bytewise order; other levels are joined into one, where together enough rows
 * have them. */
#include "ingest/columns.h"

#include "ingest/csv.h"
#include "ingest/show.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char OTHER[] = "other";

static patron_slice text_of(const patron_texts *texts, uint64_t index)
{
    return (patron_slice){patron_texts_at(texts, index), patron_texts_length(texts, index)};
}

/* ---- the header ---- */

/* Its number; by its place where no column has that name. */
static patron_status find_column(const patron_csv_record *header, const char *name,
                                 uint32_t *column)
{
    static const char by_place[] = "column";
    for (uint32_t i = 0; i < header->count; ++i)
        if (patron_slice_equal(header->fields[i], patron_slice_trim(patron_slice_of(name))))
            return patron_csv_find(header, name, column);
    char *end = NULL;
    unsigned long place = 0;
    if (strncmp(name, by_place, sizeof by_place - 1) == 0)
        place = strtoul(name + sizeof by_place - 1, &end, 10);
    if (place >= 1 && place <= header->count && *end == '\0') {
        *column = (uint32_t)place - 1;
        return PATRON_OK;
    }
    return patron_csv_find(header, name, column);
}

static patron_status mark(const patron_csv_record *header, const char *const *names, uint32_t count,
                          patron_kind kind, patron_column_plan *plans)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint32_t column = 0;
        status = find_column(header, names[i], &column);
        if (status == PATRON_OK)
            plans[column].kind = kind;
    }
    return status;
}

static patron_status take_wishes(const patron_columns_options *o, const patron_csv_record *header,
                                 patron_columns *columns)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < o->wish_count; ++i) {
        uint32_t column = 0;
        status = find_column(header, o->wishes[i].name, &column);
        if (status != PATRON_OK)
            break;
        patron_column_plan *plan = &columns->plans[column];
        if (plan->wish != NULL)
            return patron_csv_fail(header, ": the plan tells of column %" PRIu32 " twice",
                                   column + 1);
        plan->wish = &o->wishes[i];
        if (plan->kind == PATRON_KIND_FOUND)
            plan->kind = o->wishes[i].kind;
        if (o->wishes[i].kind == PATRON_KIND_ID)
            columns->id = column;
    }
    return status;
}

static patron_status set_apart(const patron_csv_record *header, const char *name, patron_kind kind,
                               patron_columns *columns, uint32_t *column)
{
    if (name == NULL)
        return PATRON_OK;
    patron_status status = find_column(header, name, column);
    if (status == PATRON_OK)
        columns->plans[*column].kind = kind;
    return status;
}

static patron_status choose(const patron_columns_options *o, const patron_csv_record *header,
                            patron_columns *columns)
{
    patron_column_plan *plans = columns->plans;
    for (uint32_t i = 0; i < columns->count; ++i)
        plans[i].kind = o->column_count == 0 ? PATRON_KIND_FOUND : PATRON_KIND_IGNORE;
    patron_status status = mark(header, o->columns, o->column_count, PATRON_KIND_FOUND, plans);
    if (status == PATRON_OK)
        status = mark(header, o->exclude, o->exclude_count, PATRON_KIND_IGNORE, plans);
    if (status == PATRON_OK)
        status = take_wishes(o, header, columns);
    if (status == PATRON_OK)
        status = set_apart(header, o->id, PATRON_KIND_ID, columns, &columns->id);
    if (status == PATRON_OK)
        status = set_apart(header, o->consent, PATRON_KIND_IGNORE, columns, &columns->consent);
    for (uint32_t i = 0; status == PATRON_OK && i < columns->count; ++i)
        if (plans[i].kind == PATRON_KIND_ID && i != columns->id)
            status = patron_csv_fail(header,
                                     ": columns %" PRIu32 " and %" PRIu32 " are both to be "
                                     "the id",
                                     i + 1, columns->id + 1);
    return status;
}

static patron_status take_names(const patron_csv_record *header, patron_columns *columns)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < header->count; ++i) {
        patron_slice name = header->fields[i];
        for (uint32_t j = 0; j < i; ++j)
            if (patron_slice_equal(header->fields[j], name)) {
                char told[PATRON_TOLD_CAPACITY];
                return patron_csv_fail(header,
                                       ": columns %" PRIu32 " and %" PRIu32 " are both named %s",
                                       j + 1, i + 1, patron_slice_tell(name, told));
            }
        status = patron_texts_append(&columns->names, name.bytes, name.length);
    }
    return status;
}

patron_status patron_columns_read(const patron_columns_options *options,
                                  const patron_csv_record *header, patron_columns *columns)
{
    patron_columns_free(columns);
    columns->count = header->count;
    columns->id = columns->consent = UINT32_MAX;
    columns->plans = patron_allocate(header->count, sizeof *columns->plans);
    columns->facts = patron_allocate(header->count, sizeof *columns->facts);
    if (columns->plans == NULL || columns->facts == NULL)
        return PATRON_RESOURCE;
    patron_status status = take_names(header, columns);
    return status == PATRON_OK ? choose(options, header, columns) : status;
}

/* ---- the plan ---- */

static patron_status add_feature(patron_columns *columns, patron_slice column, const char *between,
                                 patron_slice level, const char *unit)
{
    char *name = NULL;
    int length = asprintf(&name, "%.*s%s%.*s", (int)column.length, column.bytes, between,
                          (int)level.length, level.bytes);
    if (length < 0)
        return patron_fail(PATRON_RESOURCE, "out of memory for the names of features");
    patron_status status = patron_texts_append(&columns->feature_names, name, (uint64_t)length);
    if (status == PATRON_OK)
        status = patron_texts_append(&columns->feature_units, unit, strlen(unit));
    if (status == PATRON_OK)
        status = patron_texts_append(&columns->feature_sources, "features", strlen("features"));
    free(name);
    ++columns->width;
    return status;
}

static patron_status plan_category(const patron_columns_options *o, patron_columns *columns,
                                   uint32_t c)
{
    const patron_column_facts *facts = &columns->facts[c];
    patron_column_plan *plan = &columns->plans[c];
    patron_slice name = text_of(&columns->names, c);
    uint64_t levels = facts->levels.texts.count, rare = 0;
    patron_status status = PATRON_OK;
    plan->feature_of = patron_allocate(levels, sizeof *plan->feature_of);
    if (plan->feature_of == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < levels; ++i) {
        bool is_other =
            patron_slice_equal(text_of(&facts->levels.texts, i), patron_slice_of(OTHER));
        bool is_rare = is_other || facts->counts[i] < o->min_level;
        plan->feature_of[i] = is_rare ? PATRON_NO_FEATURE : columns->width;
        rare += is_rare ? facts->counts[i] : 0;
        if (!is_rare && status == PATRON_OK)
            status = add_feature(columns, name, "=", text_of(&facts->levels.texts, i), "");
    }
    if (status != PATRON_OK || rare == 0 || rare < o->min_level)
        return status;
    for (uint64_t i = 0; i < levels; ++i)
        if (plan->feature_of[i] == PATRON_NO_FEATURE)
            plan->feature_of[i] = columns->width;
    return add_feature(columns, name, "=", patron_slice_of(OTHER), "");
}

/* Adds to the problem, where there are any, the columns that have it. */
static void add_problem(patron_columns *columns, const patron_texts *names, const char *text)
{
    char list[300];
    size_t used = strlen(columns->problem);
    if (names->count == 0)
        return;
    patron_texts_list(names, list, sizeof list);
    snprintf(columns->problem + used, sizeof columns->problem - used, "%scolumn%s %s hold%s %s",
             used == 0 ? "" : "; ", names->count == 1 ? "" : "s", list,
             names->count == 1 ? "s" : "", text);
}

static void find_kinds(patron_columns *columns)
{
    for (uint32_t c = 0; c < columns->count; ++c) {
        patron_column_plan *plan = &columns->plans[c];
        plan->is_wished = plan->kind != PATRON_KIND_FOUND;
        if (!plan->is_wished)
            plan->kind = patron_column_facts_kind(&columns->facts[c]);
    }
}

enum { PROBLEM_TEXT, PROBLEM_LEVELS, PROBLEM_CATEGORY, PROBLEMS };

/* The problem of a column; PROBLEMS: none. */
static int problem_of(const patron_columns_options *o, const patron_columns *columns, uint32_t c)
{
    const patron_column_plan *plan = &columns->plans[c];
    if (plan->kind == PATRON_KIND_TEXT)
        return PROBLEM_TEXT;
    if (plan->kind != PATRON_KIND_CATEGORY)
        return PROBLEMS;
    if (columns->facts[c].too_many)
        return PROBLEM_LEVELS;
    return plan->is_wished || o->one_hot ? PROBLEMS : PROBLEM_CATEGORY;
}

static patron_status find_problems(const patron_columns_options *o, patron_columns *columns)
{
    static const char *const texts[PROBLEMS] = {
        "text: leave that out (--exclude-columns, or ignore in a --plan), or say category "
        "in a --plan",
        "too many different values for a category (more than 1000, or one of more than 200 "
        "bytes)",
        "categories: --one-hot makes features of their levels, --exclude-columns leaves them "
        "out"};
    patron_texts names[PROBLEMS] = {0};
    patron_status status = PATRON_OK;
    for (uint32_t c = 0; status == PATRON_OK && c < columns->count; ++c) {
        int problem = problem_of(o, columns, c);
        patron_slice name = text_of(&columns->names, c);
        if (problem < PROBLEMS)
            status = patron_texts_append(&names[problem], name.bytes, name.length);
    }
    for (int problem = 0; problem < PROBLEMS; ++problem) {
        add_problem(columns, &names[problem], texts[problem]);
        patron_texts_free(&names[problem]);
    }
    return status;
}

static patron_status plan_column(const patron_columns_options *o, patron_columns *columns,
                                 uint32_t c)
{
    patron_column_plan *plan = &columns->plans[c];
    const patron_slice name = text_of(&columns->names, c), none = {"", 0};
    plan->feature = columns->width;
    patron_status status = PATRON_OK;
    switch (plan->kind) {
    case PATRON_KIND_NUMBER:
    case PATRON_KIND_BOOLEAN:
    case PATRON_KIND_ORDINAL:
        status = add_feature(columns, name, "", none, "");
        break;
    case PATRON_KIND_DATE:
        plan->as_of = o->has_as_of ? o->as_of : columns->facts[c].last_time;
        status = add_feature(columns, name, "_age_days", none, "days");
        break;
    case PATRON_KIND_CATEGORY:
        status = plan_category(o, columns, c);
        break;
    default:
        break;
    }
    plan->feature_count = columns->width - plan->feature;
    return status;
}

/* "a=b" may be a column and a level. */
static void check_names(patron_columns *columns)
{
    for (uint32_t i = 0; i < columns->width && columns->problem[0] == '\0'; ++i)
        for (uint32_t j = 0; j < i; ++j)
            if (patron_slice_equal(text_of(&columns->feature_names, i),
                                   text_of(&columns->feature_names, j)))
                snprintf(columns->problem, sizeof columns->problem,
                         "two features would be named '%.*s'",
                         (int)patron_texts_length(&columns->feature_names, i),
                         patron_texts_at(&columns->feature_names, i));
}

patron_status patron_columns_plan(const patron_columns_options *options, patron_columns *columns)
{
    find_kinds(columns);
    patron_status status = find_problems(options, columns);
    for (uint32_t c = 0; status == PATRON_OK && c < columns->count; ++c)
        status = plan_column(options, columns, c);
    check_names(columns);
    if (columns->width == 0 && columns->problem[0] == '\0')
        snprintf(columns->problem, sizeof columns->problem, "no column is left to be a feature");
    return status;
}

void patron_columns_free(patron_columns *columns)
{
    for (uint32_t c = 0; c < columns->count; ++c) {
        if (columns->facts != NULL)
            patron_column_facts_free(&columns->facts[c]);
        if (columns->plans != NULL)
            free(columns->plans[c].feature_of);
    }
    free(columns->facts);
    free(columns->plans);
    patron_texts_free(&columns->names);
    patron_texts_free(&columns->feature_names);
    patron_texts_free(&columns->feature_units);
    patron_texts_free(&columns->feature_sources);
    *columns = (patron_columns){0};
}
