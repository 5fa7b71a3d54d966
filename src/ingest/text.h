/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a field: blanks around it, numbers, times, UTF-8.  Nothing here is collective. */
#ifndef PATRON_INGEST_TEXT_H
#define PATRON_INGEST_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that someone else owns. */
typedef struct patron_slice {
    const char *bytes;
    uint64_t length;
} patron_slice;

/* The slice of a text that ends with NUL. */
patron_slice patron_slice_of(const char *text);

bool patron_slice_equal(patron_slice left, patron_slice right);

/* Without the ASCII white space at both ends. */
patron_slice patron_slice_trim(patron_slice text);

/* Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool patron_slice_is_utf8(patron_slice text);

/* Where the first byte stands that is no part of well-formed UTF-8; the length where none does. */
uint64_t patron_slice_utf8_fault(patron_slice text);

/* A decimal number, `[+-]digits[.digits][e[+-]digits]`, to the nearest double whatever the locale;
 * too large becomes an infinity.  False for anything else.  The byte after the slice must be
 * readable and no part of a number (a NUL, a blank). */
bool patron_slice_number(patron_slice text, double *value);

/* True for an infinity in words ("inf", "-Infinity"). */
bool patron_slice_is_infinity(patron_slice text);

/* ISO 8601: YYYY-MM-DD, or that with a blank or T and HH:MM[:SS[.fraction]], then nothing (UTC), Z,
 * +HH, +HHMM or +HH:MM; to seconds since 1970, a fraction being cut off.  False for anything else
 * and for days and hours that do not exist. */
bool patron_slice_time(patron_slice text, int64_t *seconds);

enum { PATRON_QUOTE_CAPACITY = 64, PATRON_TIME_CAPACITY = 32 };

/* `text` for a message: cut when long, what does not print replaced.  Returns `quote`. */
const char *patron_slice_quote(patron_slice text, char quote[PATRON_QUOTE_CAPACITY]);

/* "2011-12-09T12:50:00Z".  Returns `text`. */
const char *patron_time_text(int64_t seconds, char text[PATRON_TIME_CAPACITY]);

#endif
