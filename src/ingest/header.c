/* SPDX-License-Identifier: Apache-2.0 */
/* The first record that is not blank, behind a byte order mark where there is one. */
#include "ingest/header.h"

#include "ingest/csv.h"
#include "ingest/csv_scan.h"
#include "ingest/plain_file.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES = 3, FIRST_READ = 1 << 16 };

typedef struct finding {
    const patron_header_options *options;
    patron_dialect *dialect;
} finding;

static patron_status take_header(void *context, const patron_csv_record *record)
{
    const finding *f = context;
    f->dialect->fields = record->count;
    return f->options->take(f->options->context, record);
}

patron_status patron_header_find(const patron_header_options *options, const char *name,
                                 const char *bytes, uint64_t length, bool is_end,
                                 patron_dialect *dialect, uint64_t *used)
{
    bool has_mark = length >= MARK_BYTES && memcmp(bytes, "\xef\xbb\xbf", MARK_BYTES) == 0;
    uint64_t mark = has_mark ? MARK_BYTES : 0;
    *dialect = (patron_dialect){.delimiter = options->delimiter == 0 ? ',' : options->delimiter};
    finding f = {options, dialect};
    patron_csv_splitter splitter = {.delimiter = dialect->delimiter, .only_first = true};
    patron_status status =
        patron_csv_split(&splitter, bytes + mark, length - mark, is_end, take_header, &f, used);
    if (status == PATRON_DATA && splitter.fault.text[0] != '\0') {
        uint64_t at = mark + splitter.fault.offset;
        status =
            patron_csv_fail_line(name, 1 + patron_csv_lines(bytes, at, bytes[at]), &splitter.fault);
    }
    patron_csv_splitter_free(&splitter);
    if (status != PATRON_OK)
        return status;
    *used = dialect->fields == 0 ? 0 : *used + mark;
    if (*used == 0 && is_end)
        return patron_csv_fail_empty(name);
    if (*used == 0 && length > PATRON_CSV_RECORD_LIMIT)
        return patron_fail(PATRON_DATA, "%s, line 1%s", name, PATRON_CSV_TOO_LONG);
    return PATRON_OK;
}

patron_status patron_header_read(const patron_header_options *options, const char *name,
                                 int descriptor, uint64_t size, patron_dialect *dialect,
                                 uint64_t *used)
{
    char *bytes = NULL;
    patron_status status = PATRON_OK;
    *used = 0;
    for (uint64_t room = FIRST_READ; status == PATRON_OK && *used == 0; room *= 4) {
        uint64_t length = room < size ? room : size;
        free(bytes);
        bytes = patron_allocate(length + PATRON_CSV_PADDING, 1);
        status = bytes == NULL ? PATRON_RESOURCE
                               : patron_plain_read(descriptor, name, 0, bytes, length, 1);
        if (status == PATRON_OK)
            status =
                patron_header_find(options, name, bytes, length, length == size, dialect, used);
    }
    free(bytes);
    return status;
}
