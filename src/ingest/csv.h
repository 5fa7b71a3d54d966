/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a CSV text by RFC 4180, with the line that each starts on.  Nothing here is
 * collective. */
#ifndef PATRON_INGEST_CSV_H
#define PATRON_INGEST_CSV_H

#include "ingest/input.h"
#include "ingest/text.h"

typedef struct patron_csv_record {
    uint64_t line; /* counted from 1, of the record's first byte */
    /* trimmed of blanks, owned by the reader until the callback returns; the byte after each is
     * readable and is a blank or a NUL */
    const patron_slice *fields;
    uint32_t count;
} patron_csv_record;

/* What is done with the records; a status other than OK ends the reading and is returned. */
typedef struct patron_csv_handler {
    void *context;
    patron_status (*header)(void *context, const patron_csv_record *record);
    patron_status (*record)(void *context, const patron_csv_record *record);
} patron_csv_handler;

/* Reads `input` to its end; blank lines are passed over, `delimiter` 0 is a comma.  USAGE: a
 * delimiter that can be none; DATA, naming the line: no header, a quote out of place or never
 * closed, a NUL byte, a record with more or fewer fields than the header, a field of more than 16
 * MiB. */
patron_status patron_csv_read(patron_input *input, char delimiter,
                              const patron_csv_handler *handler);

/* Finds the column `name` in the header.  DATA where it is missing or there twice; the message
 * lists the header. */
patron_status patron_csv_find(const patron_input *input, const patron_csv_record *header,
                              const char *name, uint32_t *column);

#endif
