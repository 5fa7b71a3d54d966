/* SPDX-License-Identifier: Apache-2.0 */
/* Records are the same however a text is cut into pieces, and lie within it. */
#include "fuzz_file.h"
#include "ingest/csv_split.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_BYTES = 3 };

typedef struct summary {
    uint64_t records, fields, hash;
} summary;

static patron_status add_record(void *context, const patron_csv_record *record)
{
    summary *s = context;
    ++s->records;
    for (uint32_t f = 0; f < record->count; ++f) {
        ++s->fields;
        for (uint64_t i = 0; i < record->fields[f].length; ++i)
            s->hash = (s->hash ^ (unsigned char)record->fields[f].bytes[i]) * 1099511628211U;
        s->hash = (s->hash ^ 0x1ff) * 1099511628211U;
    }
    return PATRON_OK;
}

static patron_status pass_over(void *context, patron_slice row, const patron_csv_fault *fault)
{
    summary *s = context;
    s->hash += row.length + strlen(fault->text);
    return PATRON_OK;
}

/* The text, with the padding that is asked for and nothing readable behind that. */
static char *padded(const char *text, uint64_t length)
{
    char *copy = calloc(length + PATRON_CSV_PADDING, 1);
    fuzz_check(copy != NULL, "memory");
    memcpy(copy, text, length);
    return copy;
}

/* In pieces of `piece` bytes, each with what the last one left. */
static patron_status split(const patron_dialect *dialect, bool rejects, const char *text,
                           uint64_t length, uint64_t piece, summary *s)
{
    patron_csv_splitter splitter = {
        .dialect = *dialect, .reject = rejects ? pass_over : NULL, .reject_context = s};
    patron_status status = PATRON_OK;
    uint64_t at = 0, reach = 0;
    do {
        reach = length - reach > piece ? reach + piece : length;
        char *copy = padded(text + at, reach - at);
        uint64_t used = 0;
        status =
            patron_csv_split(&splitter, copy, reach - at, reach == length, add_record, s, &used);
        fuzz_check(used <= reach - at, "what is used lies in the text");
        fuzz_check(status != PATRON_DATA || splitter.fault.offset <= reach - at,
                   "a fault lies in the text");
        at += used;
        free(copy);
    } while (status == PATRON_OK && reach < length);
    fuzz_check(status != PATRON_OK || at == length, "the whole text is used");
    patron_csv_splitter_free(&splitter);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < OPTION_BYTES)
        return 0;
    const char *text = (const char *)data + OPTION_BYTES;
    uint64_t length = size - OPTION_BYTES;
    char *copy = padded(text, length);
    patron_dialect dialect = {.plain_quotes = (data[0] & 1) != 0,
                              .encoding = (patron_encoding)(data[0] / 2 % 3),
                              .fields = data[0] / 8 % 4};
    bool rejects = (data[0] & 128) != 0;
    dialect.delimiter = patron_dialect_may_delimit((char)data[1])
                            ? (char)data[1]
                            : patron_dialect_find_delimiter(copy, length, dialect.plain_quotes);
    free(copy);
    summary whole = {0}, parts = {0};
    patron_status one = split(&dialect, rejects, text, length, length + 1, &whole);
    patron_status other = split(&dialect, rejects, text, length, 1 + data[2], &parts);
    fuzz_check(one == other, "the same status in pieces");
    fuzz_check(one != PATRON_OK || memcmp(&whole, &parts, sizeof whole) == 0,
               "the same records in pieces");
    return 0;
}
