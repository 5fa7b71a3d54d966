/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of CSV text by their names, and what is told of what is wrong with it.  Nothing here is
 * collective. */
#ifndef PATRON_INGEST_CSV_H
#define PATRON_INGEST_CSV_H

#include "ingest/csv_split.h"

/* Finds the column `name` in the header.  DATA, told as patron_csv_fail does, where it is missing
 * or there twice; the message says what the header holds (show.h). */
patron_status patron_csv_find(const patron_csv_record *header, const char *name, uint32_t *column);

/* Records `fault` as what is wrong with line `line` of `file`, its offset being byte `offset` of
 * the file (both count from the start; lines from 1); returns DATA. */
patron_status patron_csv_fail_line(const char *file, uint64_t line, uint64_t offset,
                                   const patron_csv_fault *fault);

/* Records that `file` has no header; returns DATA. */
patron_status patron_csv_fail_empty(const char *file);

#endif
