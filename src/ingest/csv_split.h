/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that splits CSV text into records and fields.  Nothing here is collective. */
#ifndef PATRON_INGEST_CSV_SPLIT_H
#define PATRON_INGEST_CSV_SPLIT_H

#include "ingest/dialect.h"
#include "ingest/text.h"
#include "patron/status.h"

enum {
    PATRON_CSV_PADDING = 64,           /* bytes that must be readable behind a text, NUL */
    PATRON_CSV_RECORD_LIMIT = 1 << 24, /* bytes, its line end among them */
    PATRON_CSV_FAULT_TEXT = 768
};

/* What is wrong with a text, and where.  The text goes behind "FILE, line N". */
typedef struct patron_csv_fault {
    uint64_t offset; /* in the text */
    bool tell_byte;  /* "FILE, line N, byte M" */
    char text[PATRON_CSV_FAULT_TEXT];
} patron_csv_fault;

typedef struct patron_csv_record {
    uint64_t offset; /* of its first byte in the text */
    /* trimmed of blanks, there until the callback returns; the byte after each is readable and no
     * part of a number */
    const patron_slice *fields;
    uint32_t count;
    patron_csv_fault *fault; /* see patron_csv_fail */
} patron_csv_record;

extern const char PATRON_CSV_TOO_LONG[]; /* what is told of a record that is */

/* A status other than OK ends the splitting and is returned. */
typedef patron_status patron_csv_take(void *context, const patron_csv_record *record);

/* Tells what is wrong with `record`; returns DATA. */
patron_status patron_csv_fail(const patron_csv_record *record, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is shown a record that is left out: `row` is its text without the line end, fault->offset where
 * it starts.  A status other than OK ends the splitting and is returned. */
typedef patron_status patron_csv_reject(void *context, patron_slice row,
                                        const patron_csv_fault *fault);

/* Start from a zeroed struct with the dialect set. */
typedef struct patron_csv_splitter {
    patron_dialect dialect;
    bool only_first;           /* the first record alone is wanted */
    patron_csv_reject *reject; /* NULL: the first fault ends the splitting */
    void *reject_context;
    patron_csv_fault fault;
    patron_slice *fields;
    uint64_t room;
    char *scratch; /* fields that do not stand so in the text: quotes made single, UTF-8 */
    uint64_t scratch_room, scratch_used;
} patron_csv_splitter;

/* Splits bytes[length], which starts where a record does, and hands over the records; blank lines
 * are passed over.  A record ends at a line end that an even number of quotes precedes in it. *used
 * is where the first record starts that was not: at the end of the text, or where `is_end` is false
 * of the record that the text cuts off.
 *
 * RESOURCE; DATA, told in `fault`: a quote out of place or never closed, a NUL byte, bytes that are
 * no UTF-8, more or fewer fields than the dialect has, what `take` says.  Where there is a `reject`
 * it is shown such a record, and the splitting goes on behind it.  DATA in any case: a record of
 * more than PATRON_CSV_RECORD_LIMIT. */
patron_status patron_csv_split(patron_csv_splitter *splitter, const char *bytes, uint64_t length,
                               bool is_end, patron_csv_take *take, void *context, uint64_t *used);

void patron_csv_splitter_free(patron_csv_splitter *splitter);

#endif
