/* SPDX-License-Identifier: Apache-2.0 */
/* CSV through libcsv in strict mode.  The parser tells neither positions nor lines: lines are
 * counted from the row ends that it reports, all of them, and from the newlines inside fields. */
#include "ingest/csv.h"

#include "patron/memory.h"

#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t FIELD_LIMIT = UINT64_C(1) << 24; /* bytes */
enum { FIELD_BLOCK = 1 << 16, NO_TERMINATOR = 0 };

typedef struct reader {
    patron_input *input;
    const patron_csv_handler *handler;
    patron_status status;
    uint64_t line;        /* of the next byte */
    uint64_t record_line; /* on which the record at hand starts */
    uint32_t expected;    /* fields of the header; 0 before it */
    int terminator;       /* that ended the last row, if nothing has come since */
    char *bytes;          /* the fields of the record, each followed by a NUL */
    uint64_t used, capacity;
    patron_slice *fields;
    uint32_t count, field_capacity;
} reader;

static patron_status make_room(reader *r, uint64_t length)
{
    if (r->used + length + 1 > r->capacity) {
        uint64_t capacity = 2 * (r->used + length + 1);
        char *bytes = patron_reallocate(r->bytes, capacity, 1);
        if (bytes == NULL)
            return PATRON_RESOURCE;
        r->bytes = bytes;
        r->capacity = capacity;
    }
    if (r->count == r->field_capacity) {
        uint32_t capacity = 2 * r->field_capacity + 16;
        patron_slice *fields = patron_reallocate(r->fields, capacity, sizeof *fields);
        if (fields == NULL)
            return PATRON_RESOURCE;
        r->fields = fields;
        r->field_capacity = capacity;
    }
    return PATRON_OK;
}

/* Copies a field; newlines in it move the line on, a NUL is refused. */
static patron_status take_field(reader *r, const char *field, uint64_t length)
{
    if (r->count == 0)
        r->record_line = r->line;
    if (r->expected > 0 && r->count == r->expected)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": more than the %" PRIu32
                           " fields that the header names",
                           r->input->name, r->record_line, r->expected);
    patron_status status = make_room(r, length);
    if (status != PATRON_OK)
        return status;
    char *copy = r->bytes + r->used;
    bool has_nul = false;
    for (uint64_t i = 0; i < length; ++i) {
        copy[i] = field[i];
        r->line += field[i] == '\n' ? 1 : 0;
        has_nul |= field[i] == '\0';
    }
    copy[length] = '\0';
    if (has_nul)
        return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ": a NUL byte; UTF-8 text is expected",
                           r->input->name, r->record_line);
    r->fields[r->count++].length = length;
    r->used += length + 1;
    return PATRON_OK;
}

static void on_field(void *field, size_t length, void *context)
{
    reader *r = context;
    r->terminator = NO_TERMINATOR;
    if (r->status == PATRON_OK)
        r->status = take_field(r, field, length);
}

static patron_status hand_over(reader *r)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < r->count; ++i) {
        uint64_t length = r->fields[i].length;
        r->fields[i] = patron_slice_trim((patron_slice){.bytes = r->bytes + at, .length = length});
        at += length + 1;
    }
    patron_csv_record record = {.line = r->record_line, .fields = r->fields, .count = r->count};
    if (r->expected == 0) {
        r->expected = r->count;
        return r->handler->header(r->handler->context, &record);
    }
    if (r->count != r->expected)
        return patron_fail(
            PATRON_DATA, "%s, line %" PRIu64 ": %" PRIu32 " fields, but the header names %" PRIu32,
            r->input->name, r->record_line, r->count, r->expected);
    return r->handler->record(r->handler->context, &record);
}

static void on_row(int terminator, void *context)
{
    reader *r = context;
    if (r->status == PATRON_OK && r->count > 0)
        r->status = hand_over(r);
    bool second_half = terminator == '\n' && r->terminator == '\r';
    r->line += second_half ? 0 : 1;
    r->terminator = terminator;
    r->count = 0;
    r->used = 0;
}

static patron_status fail_parse(const reader *r, struct csv_parser *parser)
{
    if (csv_error(parser) == CSV_ENOMEM)
        return patron_fail(PATRON_RESOURCE, "%s, line %" PRIu64 ": out of memory for a field",
                           r->input->name, r->line);
    uint64_t line = r->line; /* of the field that is not complete, plus the newlines in it */
    for (size_t i = 0; i < parser->entry_pos; ++i)
        line += parser->entry_buf[i] == '\n' ? 1 : 0;
    return patron_fail(PATRON_DATA,
                       "%s, line %" PRIu64 ": a quote inside an unquoted field, or text after a "
                       "closing quote; expected CSV by RFC 4180, where a quote inside a quoted "
                       "field is doubled",
                       r->input->name, line);
}

static patron_status parse(reader *r, struct csv_parser *parser)
{
    const char *bytes = NULL;
    uint64_t length = 0;
    do {
        patron_status status = patron_input_read(r->input, &bytes, &length);
        if (status != PATRON_OK)
            return status;
        bool whole = csv_parse(parser, bytes, length, on_field, on_row, r) == length;
        if (r->status != PATRON_OK)
            return r->status;
        if (!whole)
            return fail_parse(r, parser);
        if (csv_get_buffer_size(parser) > FIELD_LIMIT)
            return patron_fail(PATRON_DATA,
                               "%s, line %" PRIu64 ": a field of more than 16 MiB starts here; is "
                               "a quote never closed?",
                               r->input->name, r->line);
    } while (length > 0);
    if (csv_fini(parser, on_field, on_row, r) != 0 && r->status == PATRON_OK)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": the quote that opens here is never closed",
                           r->input->name, r->line);
    if (r->status == PATRON_OK && r->expected == 0)
        return patron_fail(PATRON_DATA, "%s: is empty; a header line is expected", r->input->name);
    return r->status;
}

patron_status patron_csv_read(patron_input *input, char delimiter,
                              const patron_csv_handler *handler)
{
    if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == ' ')
        return patron_fail(PATRON_USAGE, "a quote, a blank or a line end can not be the delimiter");
    struct csv_parser parser;
    unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL;
    if (csv_init(&parser, options) != 0)
        return patron_fail(PATRON_RESOURCE, "%s: out of memory for parsing", input->name);
    csv_set_blk_size(&parser, FIELD_BLOCK);
    csv_set_delim(&parser, delimiter == 0 ? CSV_COMMA : (unsigned char)delimiter);
    reader r = {.input = input, .handler = handler, .line = 1};
    patron_status status = parse(&r, &parser);
    csv_free(&parser);
    free(r.bytes);
    free(r.fields);
    return status;
}

static void list_header(const patron_csv_record *header, char *list, size_t capacity)
{
    size_t used = 0;
    list[0] = '\0';
    for (uint32_t i = 0; i < header->count && used < capacity; ++i) {
        char quote[PATRON_QUOTE_CAPACITY];
        int wrote = snprintf(list + used, capacity - used, "%s%s", i == 0 ? "" : ", ",
                             patron_slice_quote(header->fields[i], quote));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (used >= capacity)
        snprintf(list + capacity - 4, 4, "...");
}

patron_status patron_csv_find(const patron_input *input, const patron_csv_record *header,
                              const char *name, uint32_t *column)
{
    patron_slice wanted = patron_slice_trim(patron_slice_of(name));
    uint32_t found = 0;
    for (uint32_t i = 0; i < header->count; ++i)
        if (patron_slice_equal(header->fields[i], wanted)) {
            *column = i;
            ++found;
        }
    if (found == 1)
        return PATRON_OK;
    if (found > 1)
        return patron_fail(PATRON_DATA, "%s: the header names the column '%s' %" PRIu32 " times",
                           input->name, name, found);
    char list[512];
    list_header(header, list, sizeof list);
    return patron_fail(PATRON_DATA, "%s: no column '%s'; the header names: %s", input->name, name,
                       list);
}
