/* SPDX-License-Identifier: Apache-2.0 */
/* What messages say of the text that stands in fields.  It may be personal, so they give its shape:
 * letters as a or A, digits as 9, all else as it is.  Nothing here is collective. */
#ifndef PATRON_INGEST_SHOW_H
#define PATRON_INGEST_SHOW_H

#include "ingest/csv_split.h"

#include <stddef.h>

enum { PATRON_TOLD_CAPACITY = 2 * PATRON_QUOTE_CAPACITY };

/* From now on messages of this process show what stands in fields, or do no longer.  Not while
 * other threads read. */
void patron_show_values(bool shown);

/* `text` in quotes, or its shape.  Returns `told`. */
const char *patron_slice_tell(patron_slice text, char told[PATRON_TOLD_CAPACITY]);

/* What stands in a header where `name` was looked for: all of it where values are shown, for a file
 * without a header has a row there; else how many columns, and one that `name` may mean. */
void patron_header_tell(const patron_csv_record *header, patron_slice name, char *told,
                        size_t capacity);

#endif
