/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a CSV input, read by one process, with the line that each starts on; and columns by
 * their names.  Nothing here is collective. */
#ifndef PATRON_INGEST_CSV_H
#define PATRON_INGEST_CSV_H

#include "ingest/header.h"
#include "ingest/input.h"

/* What is done with the records. */
typedef struct patron_csv_handler {
    void *context;
    patron_csv_take *header, *record;
    bool is_ragged; /* records may have any number of fields */
} patron_csv_handler;

/* Reads `input` to its end.  The errors of patron_header_find and patron_csv_split; DATA also: a
 * record of more than PATRON_CSV_RECORD_LIMIT. */
patron_status patron_csv_read(patron_input *input, const patron_dialect_options *dialect,
                              const patron_csv_handler *handler);

/* Finds the column `name` in the header.  DATA, told as patron_csv_fail does, where it is missing
 * or there twice; the message says what the header holds (show.h). */
patron_status patron_csv_find(const patron_csv_record *header, const char *name, uint32_t *column);

/* Records `fault` as what is wrong with line `line` of `file`, its offset being byte `offset` of
 * the file (both count from the start; lines from 1); returns DATA. */
patron_status patron_csv_fail_line(const char *file, uint64_t line, uint64_t offset,
                                   const patron_csv_fault *fault);

/* Records that `file` has no header; returns DATA. */
patron_status patron_csv_fail_empty(const char *file);

extern const char PATRON_CSV_TOO_LONG[]; /* what is told of a record that is */

#endif
