/* SPDX-License-Identifier: Apache-2.0 */
/* How a file of CSV text is to be read, as its start tells.  Nothing here is collective. */
#ifndef PATRON_INGEST_HEADER_H
#define PATRON_INGEST_HEADER_H

#include "ingest/csv_split.h"

/* What is wanted, of all files alike. */
typedef struct patron_header_options {
    char delimiter;        /* 0: a comma */
    patron_csv_take *take; /* is shown the header */
    void *context;
} patron_header_options;

/* What one file is. */
typedef struct patron_dialect {
    char delimiter;
    uint32_t fields; /* of a record */
} patron_dialect;

/* Reads the header in bytes[length], the start of the file `name`, which is all of it where
 * `is_end`.  *used is where the records start; 0 where the header is cut off.  RESOURCE; DATA:
 * there is none, it does not parse or is too long, what `take` says. */
patron_status patron_header_find(const patron_header_options *options, const char *name,
                                 const char *bytes, uint64_t length, bool is_end,
                                 patron_dialect *dialect, uint64_t *used);

/* The same of an open plain file of `size` bytes.  Also IO. */
patron_status patron_header_read(const patron_header_options *options, const char *name,
                                 int descriptor, uint64_t size, patron_dialect *dialect,
                                 uint64_t *used);

#endif
