/* SPDX-License-Identifier: Apache-2.0 */
/* What may be written to where a person reads.  Nothing here is collective. */
#ifndef PATRON_CLI_TERMINAL_H
#define PATRON_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Whether the locale (LC_ALL, LC_CTYPE, LANG) is one of UTF-8. */
bool patron_terminal_is_unicode(void);

/* Columns of the terminal that `out` is; 0 where it is none that tells its size: the one that
 * mpirun puts between, whatever its own output is, does not. */
uint32_t patron_terminal_columns(FILE *out);

/* Whether `out` is such a terminal and takes colours, and NO_COLOR is not set. */
bool patron_terminal_has_colours(FILE *out);

/* Prints a heading: an empty line, `text`, bold where there are colours, and an empty line. */
void patron_terminal_print_heading(FILE *out, const char *text);

#endif
