/* SPDX-License-Identifier: Apache-2.0 */
/* What was read is split as far as its last whole record; the rest moves to the front, and more is
 * read behind it. */
#include "ingest/csv.h"

#include "ingest/csv_scan.h"
#include "ingest/show.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char PATRON_CSV_TOO_LONG[] =
    ": a record of more than 16 MiB starts here; is a quote never closed?";

typedef struct reader {
    const patron_csv_handler *handler;
    patron_csv_splitter splitter;
    bool has_header;
    char *bytes; /* what is not taken yet, and padding */
    uint64_t length, room;
    uint64_t line, counted; /* line of bytes[counted] */
} reader;

static uint64_t line_at(reader *r, uint64_t offset)
{
    r->line += patron_csv_lines(r->bytes + r->counted, offset - r->counted, r->bytes[offset]);
    r->counted = offset;
    return r->line;
}

static patron_status take(void *context, const patron_csv_record *record)
{
    reader *r = context;
    patron_csv_record numbered = *record;
    numbered.line = line_at(r, record->offset);
    if (r->has_header)
        return r->handler->record(r->handler->context, &numbered);
    r->has_header = true;
    r->splitter.expected = record->count;
    return r->handler->header(r->handler->context, &numbered);
}

/* Splits what is there; what is left moves to the front. */
static patron_status split(reader *r, bool is_end)
{
    uint64_t used = 0;
    patron_status status =
        patron_csv_split(&r->splitter, r->bytes, r->length, is_end, take, r, &used);
    if (status != PATRON_OK)
        return status;
    line_at(r, used);
    r->length -= used;
    memmove(r->bytes, r->bytes + used, r->length);
    memset(r->bytes + r->length, 0, PATRON_CSV_PADDING);
    r->counted = 0;
    if (r->length <= PATRON_CSV_RECORD_LIMIT)
        return PATRON_OK;
    r->splitter.fault.offset = 0;
    snprintf(r->splitter.fault.text, sizeof r->splitter.fault.text, "%s", PATRON_CSV_TOO_LONG);
    return PATRON_DATA;
}

static patron_status append(reader *r, const char *bytes, uint64_t length)
{
    char *grown = patron_grow(r->bytes, r->length + length + PATRON_CSV_PADDING, &r->room, 1);
    if (grown == NULL)
        return PATRON_RESOURCE;
    r->bytes = grown;
    memcpy(grown + r->length, bytes, length);
    r->length += length;
    memset(grown + r->length, 0, PATRON_CSV_PADDING);
    return PATRON_OK;
}

static patron_status read_all(reader *r, patron_input *input)
{
    const char *bytes = NULL;
    uint64_t length = 0;
    do {
        patron_status status = patron_input_read(input, &bytes, &length);
        if (status == PATRON_OK)
            status = append(r, bytes, length);
        if (status != PATRON_OK)
            return status;
        r->splitter.fault.text[0] = '\0';
        status = split(r, length == 0);
        if (status == PATRON_DATA && r->splitter.fault.text[0] != '\0')
            return patron_csv_fail_line(input->name, line_at(r, r->splitter.fault.offset),
                                        &r->splitter.fault);
        if (status != PATRON_OK)
            return status;
    } while (length > 0);
    return r->has_header ? PATRON_OK : patron_csv_fail_empty(input->name);
}

patron_status patron_csv_read(patron_input *input, char delimiter,
                              const patron_csv_handler *handler)
{
    delimiter = delimiter == 0 ? ',' : delimiter;
    if (!patron_csv_may_delimit(delimiter))
        return patron_fail(PATRON_USAGE, "'%c' can not be the delimiter", delimiter);
    reader r = {.handler = handler, .splitter = {.delimiter = delimiter}, .line = 1};
    patron_status status = read_all(&r, input);
    patron_csv_splitter_free(&r.splitter);
    free(r.bytes);
    return status;
}

patron_status patron_csv_fail_line(const char *file, uint64_t line, const patron_csv_fault *fault)
{
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 "%s", file, line, fault->text);
}

patron_status patron_csv_fail_empty(const char *file)
{
    return patron_fail(PATRON_DATA, "%s: is empty; a header line is expected", file);
}

patron_status patron_csv_find(const patron_csv_record *header, const char *name, uint32_t *column)
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
        return patron_csv_fail(header, ": the header names the column '%s' %" PRIu32 " times", name,
                               found);
    char told[640];
    patron_header_tell(header, wanted, told, sizeof told);
    return patron_csv_fail(header, ": no column '%s'; %s", name, told);
}
