/* SPDX-License-Identifier: Apache-2.0 */
/* Help from the same tables that parse.  Nothing here is collective. */
#ifndef PATRON_CLI_HELP_H
#define PATRON_CLI_HELP_H

#include "cli/option.h"

#include <stdio.h>

/* What a table of options can't tell.  Paragraphs end with a newline; they are wrapped, examples
 * are not. */
typedef struct patron_help {
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs apart by an empty line; NULL: none */
    const char *examples;    /* lines as they are; NULL: none */
} patron_help;

/* A job as its manual page and the shells' completion see it; borrowed. */
typedef struct patron_documented_job {
    const patron_help *help;
    const patron_options *options;
} patron_documented_job;

/* Where values come from, a paragraph. */
extern const char patron_help_precedence[];

/* The option's doc, then what the table knows: choices, range, default, whether it must be given;
 * into text[capacity]. */
void patron_help_describe(const patron_option *option, char *text, size_t capacity);

/* "..." where the one word of its name stands for several arguments, else "". */
const char *patron_help_more(const patron_positional *positional);

/* The usage line of options->job. */
void patron_help_write_usage(FILE *out, const patron_options *options);

/* All of the help: usage, what it does, inputs, options by group, examples. */
void patron_help_write(FILE *out, const patron_help *help, const patron_options *options,
                       uint32_t width);

/* `text` wrapped at blanks to `width` columns, the first line starting at column `at`, all others
 * indented by `indent`; ends with a newline. */
void patron_help_write_wrapped(FILE *out, const char *text, uint32_t at, uint32_t indent,
                               uint32_t width);

#endif
