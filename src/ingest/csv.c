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

enum { ENOUGH = 1 << 16 /* bytes */ };

const char PATRON_CSV_TOO_LONG[] =
    ": a record of more than 16 MiB starts here; is a quote never closed?";

typedef struct reader {
    const patron_csv_handler *handler;
    patron_header_options wanted;
    patron_header header;
    patron_csv_splitter splitter;
    char *bytes; /* what is not taken yet, and padding */
    uint64_t length, room;
    uint64_t offset;        /* of bytes[0] in the input */
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
    return r->handler->record(r->handler->context, &numbered);
}

/* What lies behind byte `used` moves to the front. */
static void move_to_front(reader *r, uint64_t used)
{
    line_at(r, used);
    r->length -= used;
    r->offset += used;
    memmove(r->bytes, r->bytes + used, r->length);
    memset(r->bytes + r->length, 0, PATRON_CSV_PADDING);
    r->counted = 0;
}

static patron_status find_header(reader *r, const char *name, bool is_end)
{
    patron_status status =
        patron_header_find(&r->wanted, name, r->bytes, r->length, is_end, &r->header);
    if (status == PATRON_OK && r->header.found) {
        move_to_front(r, r->header.end);
        r->splitter.dialect = r->header.dialect;
        if (r->handler->is_ragged)
            r->splitter.dialect.fields = 0;
    }
    return status;
}

/* Splits what is there. */
static patron_status split(reader *r, const char *name, bool is_end)
{
    uint64_t used = 0;
    r->splitter.fault.text[0] = '\0';
    patron_status status =
        patron_csv_split(&r->splitter, r->bytes, r->length, is_end, take, r, &used);
    if (status == PATRON_OK) {
        move_to_front(r, used);
        if (r->length <= PATRON_CSV_RECORD_LIMIT)
            return PATRON_OK;
        r->splitter.fault.offset = 0;
        snprintf(r->splitter.fault.text, sizeof r->splitter.fault.text, "%s", PATRON_CSV_TOO_LONG);
        status = PATRON_DATA;
    }
    uint64_t at = r->splitter.fault.offset;
    if (status == PATRON_DATA && r->splitter.fault.text[0] != '\0')
        return patron_csv_fail_line(name, line_at(r, at), r->offset + at, &r->splitter.fault);
    return status;
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

/* A header is looked for once more is there than its delimiter is told by. */
static patron_status read_all(reader *r, patron_input *input)
{
    const char *bytes = NULL;
    uint64_t length = 0;
    do {
        patron_status status = patron_input_read(input, &bytes, &length);
        if (status == PATRON_OK)
            status = append(r, bytes, length);
        if (status == PATRON_OK && !r->header.found && (r->length >= ENOUGH || length == 0))
            status = find_header(r, input->name, length == 0);
        if (status == PATRON_OK && r->header.found)
            status = split(r, input->name, length == 0);
        if (status != PATRON_OK)
            return status;
    } while (length > 0);
    return PATRON_OK;
}

patron_status patron_csv_read(patron_input *input, const patron_dialect_options *dialect,
                              const patron_csv_handler *handler)
{
    reader r = {
        .handler = handler,
        .wanted = {.dialect = *dialect, .take = handler->header, .context = handler->context},
        .line = 1};
    patron_status status = read_all(&r, input);
    patron_csv_splitter_free(&r.splitter);
    free(r.bytes);
    return status;
}

patron_status patron_csv_fail_line(const char *file, uint64_t line, uint64_t offset,
                                   const patron_csv_fault *fault)
{
    char byte[40] = "";
    if (fault->tell_byte)
        snprintf(byte, sizeof byte, ", byte %" PRIu64, offset + 1);
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 "%s%s", file, line, byte, fault->text);
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
