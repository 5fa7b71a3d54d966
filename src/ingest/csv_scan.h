/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told of CSV text without splitting it: quotes, line ends, where a record starts.  A
 * line ends with LF, CR LF, or a CR alone.  Nothing here is collective. */
#ifndef PATRON_INGEST_CSV_SCAN_H
#define PATRON_INGEST_CSV_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* Quotes in bytes[length].  In a text by RFC 4180 a byte lies inside a quoted field where the
 * number of quotes before it is odd. */
uint64_t patron_csv_quotes(const char *bytes, uint64_t length);

/* Lines that end in bytes[length].  A CR that is the last byte counts where `next`, the byte
 * behind, is no LF. */
uint64_t patron_csv_lines(const char *bytes, uint64_t length, char next);

/* Where the first record starts that does so behind `from`, given whether bytes[from] lies inside
 * quotes; `length` where none does.  With `plain_quotes` nothing does. */
uint64_t patron_csv_next_record(const char *bytes, uint64_t from, uint64_t length, bool inside,
                                bool plain_quotes);

#endif
