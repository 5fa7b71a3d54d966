/* SPDX-License-Identifier: Apache-2.0 */
/* The first record that is not blank, behind a byte order mark where there is one.  Where files
 * have no header it tells how many columns there are, and is read again as data. */
#include "ingest/header.h"

#include "ingest/csv.h"
#include "ingest/csv_scan.h"
#include "ingest/plain_file.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_CAPACITY = 24 };

typedef struct finding {
    const patron_header_options *options;
    patron_header *header;
} finding;

/* Shows the columns' names: those of the file, those that were given, or numbers. */
static patron_status take_names(const finding *f, const patron_csv_record *first)
{
    const patron_dialect_options *o = &f->options->dialect;
    if (o->name_count > 0 && o->name_count != first->count)
        return patron_csv_fail(first, ": %" PRIu32 " fields found, but --header names %" PRIu32,
                               first->count, o->name_count);
    patron_slice *fields = patron_allocate(first->count, sizeof *fields);
    char(*names)[NAME_CAPACITY] = patron_allocate(first->count, sizeof *names);
    patron_status status = PATRON_RESOURCE;
    if (fields != NULL && names != NULL) {
        for (uint32_t i = 0; i < first->count; ++i) {
            snprintf(names[i], sizeof names[i], "column%" PRIu32, i + 1);
            bool is_named = !o->no_header && first->fields[i].length > 0;
            fields[i] = o->name_count > 0 ? patron_slice_of(o->names[i])
                        : is_named        ? first->fields[i]
                                          : patron_slice_of(names[i]);
        }
        patron_csv_record header = *first;
        header.fields = fields;
        status = f->options->take(f->options->context, &header);
    }
    free(fields);
    free(names);
    return status;
}

static patron_status take_first(void *context, const patron_csv_record *record)
{
    const finding *f = context;
    f->header->found = true;
    f->header->dialect.fields = f->options->is_ragged ? 0 : record->count;
    return f->options->take == NULL ? PATRON_OK : take_names(f, record);
}

uint64_t patron_mark_length(const char *bytes, uint64_t length)
{
    bool has_mark =
        length >= PATRON_MARK_BYTES && memcmp(bytes, "\xef\xbb\xbf", PATRON_MARK_BYTES) == 0;
    return has_mark ? PATRON_MARK_BYTES : 0;
}

/* Text of two bytes a letter holds NUL bytes; its own mark says more. */
static bool is_utf16(const char *bytes, uint64_t length)
{
    return length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

static patron_status split_first(const patron_header_options *options, const char *name,
                                 const char *bytes, uint64_t first, uint64_t length, bool is_end,
                                 patron_header *header)
{
    bytes += first;
    length -= first;
    finding f = {options, header};
    patron_csv_splitter splitter = {.dialect = header->dialect, .only_first = true};
    patron_status status =
        patron_csv_split(&splitter, bytes, length, is_end, take_first, &f, &header->end);
    if (status == PATRON_DATA && splitter.fault.text[0] != '\0') {
        uint64_t at = splitter.fault.offset;
        status = patron_csv_fail_line(name, 1 + patron_csv_lines(bytes, at, bytes[at]), first + at,
                                      &splitter.fault);
    }
    patron_csv_splitter_free(&splitter);
    return status;
}

patron_status patron_header_find(const patron_header_options *options, const char *name,
                                 const char *bytes, uint64_t length, bool is_end,
                                 patron_header *header)
{
    const patron_dialect_options *o = &options->dialect;
    uint64_t mark = patron_mark_length(bytes, length);
    *header = (patron_header){.dialect = {.delimiter = o->delimiter,
                                          .plain_quotes = o->plain_quotes,
                                          .encoding = o->encoding}};
    if (is_utf16(bytes, length))
        return patron_fail(PATRON_DATA,
                           "%s: is UTF-16; UTF-8 is expected (iconv -f UTF-16 -t UTF-8 makes it)",
                           name);
    if (o->delimiter == 0)
        header->dialect.delimiter =
            patron_dialect_find_delimiter(bytes + mark, length - mark, o->plain_quotes);
    patron_status status = split_first(options, name, bytes, mark, length, is_end, header);
    if (status != PATRON_OK)
        return status;
    header->end = o->no_header || o->name_count > 0 ? mark : mark + header->end;
    if (!header->found && is_end)
        return patron_csv_fail_empty(name);
    if (!header->found && length > PATRON_CSV_RECORD_LIMIT)
        return patron_fail(PATRON_DATA, "%s, line 1%s", name, PATRON_CSV_TOO_LONG);
    return PATRON_OK;
}

patron_status patron_header_read(const patron_header_options *options, const char *name,
                                 int descriptor, uint64_t size, patron_header *header)
{
    char *bytes = NULL;
    patron_status status = PATRON_OK;
    *header = (patron_header){0};
    for (uint64_t room = PATRON_HEADER_BYTES; status == PATRON_OK && !header->found; room *= 4) {
        uint64_t length = room < size ? room : size;
        free(bytes);
        bytes = patron_allocate(length + PATRON_CSV_PADDING, 1);
        status = bytes == NULL ? PATRON_RESOURCE
                               : patron_plain_read(descriptor, name, 0, bytes, length, 1);
        if (status == PATRON_OK)
            status = patron_header_find(options, name, bytes, length, length == size, header);
    }
    free(bytes);
    return status;
}
