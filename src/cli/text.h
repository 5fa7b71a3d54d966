/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 from outside: made safe to print, measured and cut by columns of a terminal.  Nothing here
 * is collective. */
#ifndef PATRON_CLI_TEXT_H
#define PATRON_CLI_TEXT_H

#include <stdint.h>

/* Copies of bytes[length], to free(); NULL: out of memory, recorded.  `printable` puts '?' for
 * control characters, for those that turn the direction of writing, and for bytes that are not
 * UTF-8, so that the text can't steer a terminal; `repair` puts U+FFFD for the latter only. */
char *patron_text_printable(const char *bytes, uint64_t length);
char *patron_text_repair(const char *bytes, uint64_t length);

/* Columns that `text` takes on a terminal (wcwidth; one a code point where that knows none). */
uint32_t patron_text_width(const char *text);

/* Bytes of the longest start of `text` that takes at most `columns`. */
uint64_t patron_text_fit(const char *text, uint32_t columns);

#endif
