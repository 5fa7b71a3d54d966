/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of a plain file of CSV text, read and counted by several threads.  `name` is for messages.
 * All return IO where a read fails or the file is shorter than it was.  Nothing here is
 * collective. */
#ifndef PATRON_INGEST_PLAIN_FILE_H
#define PATRON_INGEST_PLAIN_FILE_H

#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

/* NO_INPUT. */
patron_status patron_plain_open(const char *path, int *descriptor);

/* -1 is allowed. */
void patron_plain_close(int descriptor);

/* Reads just `length` bytes at `offset`. */
patron_status patron_plain_read(int descriptor, const char *name, uint64_t offset, char *bytes,
                                uint64_t length, int threads);

typedef enum patron_plain_what { PATRON_PLAIN_QUOTES, PATRON_PLAIN_LINES } patron_plain_what;

/* Quotes, or lines that end, in bytes [first, end). */
patron_status patron_plain_count(int descriptor, const char *name, uint64_t first, uint64_t end,
                                 int threads, patron_plain_what what, uint64_t *count);

/* Where the first record starts at or behind `first`, which is not the start of the file and lies
 * inside quotes or not (with `plain_quotes` none do); `end` where none does before it. */
patron_status patron_plain_find_record(int descriptor, const char *name, uint64_t first,
                                       uint64_t end, bool inside, bool plain_quotes,
                                       uint64_t *start);

#endif
