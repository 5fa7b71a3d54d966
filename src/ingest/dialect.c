/* SPDX-License-Identifier: Apache-2.0 */
/* A delimiter is found by splitting with each candidate and seeing which one is consistent, as
 * DuckDB's sniffer does; encodings go through Unicode by the tables of the WHATWG's Encoding
 * Standard. */
#include "ingest/dialect.h"

#include "ingest/csv_split.h"

#include <string.h>

enum { SNIFFED_BYTES = 1 << 16 };

bool patron_dialect_may_delimit(char delimiter)
{
    bool is_word = (delimiter >= '0' && delimiter <= '9') ||
                   (delimiter >= 'A' && delimiter <= 'Z') || (delimiter >= 'a' && delimiter <= 'z');
    return !is_word && delimiter != '\0' && strchr("\"\n\r +-.", delimiter) == NULL;
}

/* ---- the delimiter ---- */

typedef struct trial {
    uint32_t fields;  /* of the first record */
    uint64_t records; /* that have as many */
} trial;

static patron_status count_record(void *context, const patron_csv_record *record)
{
    trial *t = context;
    if (t->records == 0)
        t->fields = record->count;
    t->records += record->count == t->fields ? 1 : 0;
    return PATRON_OK;
}

/* A text that is not well by this delimiter counts as far as it is. */
static trial try_delimiter(const char *bytes, uint64_t length, char delimiter, bool plain_quotes)
{
    trial t = {0};
    uint64_t used = 0;
    patron_csv_splitter splitter = {
        .dialect = {.delimiter = delimiter,
                    .plain_quotes = plain_quotes,
                    .encoding = PATRON_ENCODING_LATIN1 /* no byte is wrong */}};
    patron_status status =
        patron_csv_split(&splitter, bytes, length, false, count_record, &t, &used);
    patron_csv_splitter_free(&splitter);
    if (status == PATRON_OK && t.records == 0) { /* one record, which is cut off */
        (void)patron_csv_split(&splitter, bytes, length, true, count_record, &t, &used);
        patron_csv_splitter_free(&splitter);
    }
    return t;
}

char patron_dialect_find_delimiter(const char *bytes, uint64_t length, bool plain_quotes)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    trial best = {0};
    char found = ',';
    length = length < SNIFFED_BYTES ? length : SNIFFED_BYTES;
    for (uint64_t i = 0; i < sizeof candidates; ++i) {
        trial t = try_delimiter(bytes, length, candidates[i], plain_quotes);
        bool is_better =
            t.records > best.records || (t.records == best.records && t.fields > best.fields);
        if (t.fields < 2 || !is_better)
            continue;
        best = t;
        found = candidates[i];
    }
    return found;
}

/* ---- encodings ---- */

/* Bytes 0x80 to 0x9f of windows-1252; those that it leaves out stay control characters. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

uint64_t patron_encoding_convert(patron_encoding encoding, const char *text, uint64_t length,
                                 char *utf8)
{
    uint64_t used = 0;
    for (uint64_t i = 0; i < length; ++i) {
        unsigned code = (unsigned char)text[i];
        if (encoding == PATRON_ENCODING_WINDOWS_1252 && code >= 0x80 && code < 0xa0)
            code = windows_1252[code - 0x80];
        if (code < 0x80) {
            utf8[used++] = (char)code;
            continue;
        }
        if (code >= 0x800) {
            utf8[used++] = (char)(0xe0 | code >> 12);
            utf8[used++] = (char)(0x80 | (code >> 6 & 0x3f));
        } else {
            utf8[used++] = (char)(0xc0 | code >> 6);
        }
        utf8[used++] = (char)(0x80 | (code & 0x3f));
    }
    return used;
}
