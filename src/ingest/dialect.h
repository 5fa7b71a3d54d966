/* SPDX-License-Identifier: Apache-2.0 */
/* What CSV text is like: what stands between fields, what quotes mean, how letters are encoded.
 * Nothing here is collective. */
#ifndef PATRON_INGEST_DIALECT_H
#define PATRON_INGEST_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_encoding {
    PATRON_ENCODING_UTF8,
    PATRON_ENCODING_LATIN1,
    PATRON_ENCODING_WINDOWS_1252
} patron_encoding;

/* Zeroed it is UTF-8 by RFC 4180, but for the delimiter. */
typedef struct patron_dialect {
    char delimiter;
    bool plain_quotes; /* a quote is a byte like others */
    patron_encoding encoding;
    uint32_t fields; /* of a record; 0: any number */
} patron_dialect;

/* What is asked of all files alike; zeroed: the delimiter is found, a header is there. */
typedef struct patron_dialect_options {
    char delimiter; /* 0: found */
    bool plain_quotes;
    patron_encoding encoding;
    bool no_header;           /* the first record is data; columns are column1, column2, ... */
    const char *const *names; /* the same, but columns have these names */
    uint32_t name_count;      /* 0: none given */
} patron_dialect_options;

/* Whether `delimiter` can stand between fields: no quote, blank, line end, NUL, letter, digit, nor
 * a sign or point of numbers. */
bool patron_dialect_may_delimit(char delimiter);

/* The delimiter of the text bytes[length], which starts where a record does and may be cut off: of
 * a comma, a semicolon, a tab and a bar the one by which most records, among those that lie in the
 * first 64 KiB, have as many fields as the first one, if that has two or more; on ties that of more
 * fields, then the earlier in this list.  A comma where none splits the first record.  Padding as
 * for patron_csv_split. */
char patron_dialect_find_delimiter(const char *bytes, uint64_t length, bool plain_quotes);

/* Bytes of UTF-8 that a byte of another encoding may become. */
enum { PATRON_ENCODING_MOST = 3 };

/* Writes text[length] of an encoding other than UTF-8 to `utf8`, which has room for
 * PATRON_ENCODING_MOST * length; returns the bytes written. */
uint64_t patron_encoding_convert(patron_encoding encoding, const char *text, uint64_t length,
                                 char *utf8);

#endif
