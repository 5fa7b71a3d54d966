/* SPDX-License-Identifier: Apache-2.0 */
/* What a result hangs on, as text that a script can hold against that of another run: options as
 * they took effect and the files that they name.  Nothing here is collective. */
#ifndef PATRON_CLI_FINGERPRINT_H
#define PATRON_CLI_FINGERPRINT_H

#include "cli/option.h"

#include <stdio.h>

/* Writes, of resolved options, a line each:
 *   option PREFIXNAME = VALUE   an option that may touch the result, its value as JSON
 *   apart PREFIXNAME = VALUE    one of own[own_count] that does not
 *   file BYTES TIME PATH        an input file, by its real path; "file - - NAME": there is none
 * Of a folder each part has a line, of a pattern each match.  RESOURCE. */
patron_status patron_fingerprint_write(const patron_options *options, const char *prefix,
                                       const patron_option *own, uint32_t own_count, FILE *file);

#endif
