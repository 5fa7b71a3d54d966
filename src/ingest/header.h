/* SPDX-License-Identifier: Apache-2.0 */
/* How a file of CSV text is to be read, as its start tells.  Nothing here is collective. */
#ifndef PATRON_INGEST_HEADER_H
#define PATRON_INGEST_HEADER_H

#include "ingest/csv_split.h"

/* Bytes of UTF-8 that may stand before a text, and of a text that are enough to tell its delimiter,
 * behind them. */
enum { PATRON_MARK_BYTES = 3, PATRON_HEADER_BYTES = (1 << 16) + PATRON_MARK_BYTES };

/* Bytes of the mark that bytes[length], the start of a file, has. */
uint64_t patron_mark_length(const char *bytes, uint64_t length);

/* What is wanted, of all files alike. */
typedef struct patron_header_options {
    patron_dialect_options dialect;
    bool is_ragged;        /* records may have any number of fields */
    patron_csv_take *take; /* is shown the header, or what stands for it; NULL: nobody is */
    void *context;
} patron_header_options;

/* Where the records of a file start. */
typedef struct patron_header {
    bool found; /* false: the text is cut off before that is clear */
    patron_dialect dialect;
    uint64_t end; /* records start behind this byte */
} patron_header;

/* Reads the header in bytes[length], the start of the file `name`, which is all of it where
 * `is_end`; padding as for patron_csv_split.  RESOURCE; DATA: there is none, it does not parse or
 * is too long, it has not as many fields as names were given, UTF-16, what `take` says. */
patron_status patron_header_find(const patron_header_options *options, const char *name,
                                 const char *bytes, uint64_t length, bool is_end,
                                 patron_header *header);

/* The same of an open plain file of `size` bytes.  Also IO. */
patron_status patron_header_read(const patron_header_options *options, const char *name,
                                 int descriptor, uint64_t size, patron_header *header);

#endif
