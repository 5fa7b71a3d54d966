/* SPDX-License-Identifier: Apache-2.0 */
/* A feature table as CSV to a dataset: rows are read in their order, then put into the order of
 * their ids in place, cycle by cycle. */
#include "ingest/csv.h"
#include "ingest/ingest.h"
#include "ingest/pseudonym.h"
#include "ingest/quality.h"
#include "ingest/show.h"
#include "ingest/sort.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct table {
    const patron_ingest_table_options *options;
    const patron_input *input;
    uint32_t id_column;
    uint32_t *columns; /* of the features, in the header's order */
    uint32_t width;
    patron_texts names;
    patron_texts ids;
    uint64_t rows, capacity;
    uint64_t *lines; /* of the rows; only where there is a column of ids */
    uint64_t line_capacity;
    float *values; /* rows x width */
    uint64_t missing;
    uint32_t consent_column;
    uint64_t no_consent; /* rows left out */
    patron_pseudonymiser pseudonymiser;
} table;

/* Marks the columns that `names` lists. */
static patron_status mark(const patron_csv_record *header, const char *const *names, uint32_t count,
                          bool value, bool *wanted)
{
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t column = 0;
        patron_status status = patron_csv_find(header, names[i], &column);
        if (status != PATRON_OK)
            return status;
        wanted[column] = value;
    }
    return PATRON_OK;
}

/* A column, where it is asked for, that is no feature. */
static patron_status set_apart(const patron_csv_record *header, const char *name, uint32_t *column,
                               bool *wanted)
{
    if (name == NULL)
        return PATRON_OK;
    patron_status status = patron_csv_find(header, name, column);
    if (status == PATRON_OK)
        wanted[*column] = false;
    return status;
}

static patron_status choose(table *t, const patron_csv_record *header, bool *wanted)
{
    const patron_ingest_table_options *o = t->options;
    for (uint32_t i = 0; i < header->count; ++i)
        wanted[i] = o->column_count == 0;
    patron_status status = mark(header, o->columns, o->column_count, true, wanted);
    if (status == PATRON_OK)
        status = mark(header, o->exclude, o->exclude_count, false, wanted);
    if (status == PATRON_OK)
        status = set_apart(header, o->id, &t->id_column, wanted);
    if (status == PATRON_OK)
        status = set_apart(header, o->privacy.consent, &t->consent_column, wanted);
    return status;
}

/* Takes column `index` as a feature; its name must be the only one of its kind. */
static patron_status take_column(table *t, const patron_csv_record *header, uint32_t index)
{
    patron_slice name = header->fields[index];
    for (uint32_t i = 0; i < t->width; ++i)
        if (patron_slice_equal(header->fields[t->columns[i]], name)) {
            char told[PATRON_TOLD_CAPACITY];
            return patron_fail(
                PATRON_DATA,
                "%s: the header's columns %" PRIu32 " and %" PRIu32 " are both named %s",
                t->input->name, t->columns[i] + 1, index + 1, patron_slice_tell(name, told));
        }
    t->columns[t->width++] = index;
    return patron_texts_append(&t->names, name.bytes, name.length);
}

static patron_status on_header(void *context, const patron_csv_record *header)
{
    table *t = context;
    bool *wanted = patron_allocate(header->count, sizeof *wanted);
    t->columns = patron_allocate(header->count, sizeof *t->columns);
    patron_status status = PATRON_RESOURCE;
    if (wanted != NULL && t->columns != NULL)
        status = choose(t, header, wanted);
    for (uint32_t i = 0; status == PATRON_OK && i < header->count; ++i)
        if (wanted[i])
            status = take_column(t, header, i);
    free(wanted);
    if (status == PATRON_OK && t->width == 0)
        status = patron_fail(PATRON_DATA, "%s: no column is left to be a feature", t->input->name);
    return status;
}

static patron_status read_value(table *t, const patron_csv_record *record, uint32_t feature,
                                float *value)
{
    patron_slice field = record->fields[t->columns[feature]];
    double number = (double)NAN;
    bool missing = patron_value_is_missing(&t->options->forms, field);
    t->missing += missing ? 1 : 0;
    bool is_number = missing || patron_value_number(&t->options->forms, field, &number);
    *value = (float)number;
    if (is_number && !isinf(*value))
        return PATRON_OK;
    char told[PATRON_TOLD_CAPACITY];
    const uint64_t *offset = t->names.offsets + feature;
    bool too_large = is_number || patron_slice_is_infinity(field);
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ", column '%.*s': found %s, expected %s",
                       t->input->name, record->line, (int)(offset[1] - offset[0]),
                       t->names.bytes + offset[0], patron_slice_tell(field, told),
                       too_large ? "a finite number that float32 holds"
                                 : "a number; leave the column out if it holds none");
}

static patron_status take_id(table *t, const patron_csv_record *record)
{
    if (t->options->id == NULL)
        return PATRON_OK;
    patron_slice id = record->fields[t->id_column];
    if (id.length == 0)
        return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ", column '%s': the id is empty",
                           t->input->name, record->line, t->options->id);
    t->lines[t->rows] = record->line;
    patron_status status = PATRON_OK;
    if (t->options->privacy.secret != NULL)
        status = patron_pseudonymise(&t->pseudonymiser, id, &id);
    return status == PATRON_OK ? patron_texts_append(&t->ids, id.bytes, id.length) : status;
}

static patron_status grow(table *t)
{
    float *values = patron_grow(t->values, t->rows + 1, &t->capacity, t->width * sizeof *values);
    if (values == NULL)
        return PATRON_RESOURCE;
    t->values = values;
    if (t->options->id == NULL)
        return PATRON_OK;
    uint64_t *lines = patron_grow(t->lines, t->rows + 1, &t->line_capacity, sizeof *lines);
    if (lines == NULL)
        return PATRON_RESOURCE;
    t->lines = lines;
    return PATRON_OK;
}

static bool has_consent(const table *t, const patron_csv_record *record)
{
    const patron_ingest_privacy *privacy = &t->options->privacy;
    return privacy->consent == NULL ||
           patron_slice_equal(record->fields[t->consent_column], privacy->consent_value);
}

static patron_status on_record(void *context, const patron_csv_record *record)
{
    table *t = context;
    if (!has_consent(t, record)) {
        ++t->no_consent;
        return PATRON_OK;
    }
    patron_status status = grow(t);
    if (status == PATRON_OK)
        status = take_id(t, record);
    float *row = t->values + t->rows * t->width;
    for (uint32_t i = 0; status == PATRON_OK && i < t->width; ++i)
        status = read_value(t, record, i, row + i);
    ++t->rows;
    return status;
}

/* Two equal ids lie side by side in `order`. */
static patron_status check_unique(const table *t, const uint64_t *order)
{
    const uint64_t *offsets = t->ids.offsets;
    for (uint64_t i = 1; i < t->rows; ++i) {
        uint64_t a = order[i - 1], b = order[i];
        patron_slice left = {t->ids.bytes + offsets[a], offsets[a + 1] - offsets[a]};
        patron_slice right = {t->ids.bytes + offsets[b], offsets[b + 1] - offsets[b]};
        if (patron_slice_equal(left, right))
            return patron_fail(PATRON_DATA,
                               "%s, lines %" PRIu64 " and %" PRIu64 ", column '%s': the same id; "
                               "each customer may have one row",
                               t->input->name, t->lines[a], t->lines[b], t->options->id);
    }
    return PATRON_OK;
}

/* Row i becomes what was row order[i]; `order` is used up. */
static patron_status permute_rows(table *t, uint64_t *order)
{
    uint64_t bytes = t->width * sizeof *t->values;
    float *held = patron_allocate(t->width, sizeof *held);
    if (held == NULL)
        return PATRON_RESOURCE;
    for (uint64_t start = 0; start < t->rows; ++start) {
        if (order[start] == start)
            continue;
        memcpy(held, t->values + start * t->width, bytes);
        uint64_t at = start;
        while (order[at] != start) {
            uint64_t from = order[at];
            memcpy(t->values + at * t->width, t->values + from * t->width, bytes);
            order[at] = at;
            at = from;
        }
        memcpy(t->values + at * t->width, held, bytes);
        order[at] = at;
    }
    free(held);
    return PATRON_OK;
}

static patron_status sort_rows(table *t)
{
    uint64_t *order = NULL;
    patron_status status = patron_texts_order(&t->ids, &order);
    if (status == PATRON_OK)
        status = check_unique(t, order);
    if (status == PATRON_OK)
        status = patron_texts_permute(&t->ids, order);
    if (status == PATRON_OK)
        status = permute_rows(t, order);
    free(order);
    return status;
}

/* Row numbers as ids, all of the same width, so that their order is the rows'. */
static patron_status number_rows(table *t)
{
    char id[32];
    int digits = snprintf(id, sizeof id, "%" PRIu64, t->rows - 1);
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < t->rows; ++i) {
        int length = snprintf(id, sizeof id, "%0*" PRIu64, digits, i);
        status = patron_texts_append(&t->ids, id, (uint64_t)length);
    }
    return status;
}

static patron_status name_sources(table *t, patron_dataset_content *content)
{
    static const char source[] = "features";
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < t->width; ++i)
        status = patron_texts_append(&content->column_sources, source, sizeof source - 1);
    return status;
}

static patron_status hand_over(table *t, patron_dataset_content *content)
{
    patron_status status = name_sources(t, content);
    if (status == PATRON_OK)
        status = patron_quality_add_count(content, "rows_read", t->rows + t->no_consent);
    if (status == PATRON_OK && t->options->privacy.consent != NULL)
        status = patron_quality_add_count(content, "dropped_no_consent", t->no_consent);
    if (status == PATRON_OK)
        status = patron_quality_add_count(content, "customers", t->rows);
    if (status == PATRON_OK)
        status = patron_quality_add_count(content, "missing_values", t->missing);
    if (status != PATRON_OK)
        return status;
    if (t->options->id != NULL)
        patron_pseudonym_note(t->options->privacy.secret, content);
    content->rows = t->rows;
    content->columns = t->width;
    content->customer_id = t->ids;
    content->column_names = t->names;
    content->features = t->values;
    t->ids = t->names = (patron_texts){0};
    t->values = NULL;
    return PATRON_OK;
}

patron_status patron_ingest_table(const char *path, const patron_ingest_table_options *options,
                                  patron_dataset_content *content)
{
    patron_input input = {0};
    table t = {.options = options, .input = &input};
    patron_csv_handler handler = {.context = &t, .header = on_header, .record = on_record};
    *content = (patron_dataset_content){0};
    if (options->privacy.secret != NULL)
        t.pseudonymiser = patron_pseudonymiser_create(options->privacy.secret);
    patron_status status = patron_input_open(path, options->progress, &input);
    if (status == PATRON_OK)
        status = patron_csv_read(&input, &options->dialect, &handler);
    if (status == PATRON_OK && t.rows == 0)
        status = t.no_consent > 0
                     ? patron_fail(PATRON_DATA,
                                   "%s: no row is kept of %" PRIu64 " read (dropped_no_consent)",
                                   input.name, t.no_consent)
                     : patron_fail(PATRON_DATA, "%s: no row follows the header", input.name);
    if (status == PATRON_OK)
        status = options->id != NULL ? sort_rows(&t) : number_rows(&t);
    if (status == PATRON_OK)
        status = hand_over(&t, content);
    if (status != PATRON_OK)
        patron_dataset_content_free(content);
    free(t.columns);
    free(t.lines);
    free(t.values);
    patron_texts_free(&t.names);
    patron_texts_free(&t.ids);
    patron_pseudonymiser_free(&t.pseudonymiser);
    patron_input_close(&input);
    return status;
}
