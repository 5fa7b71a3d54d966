/* SPDX-License-Identifier: Apache-2.0 */
/* What --json and --csv print: one object that a job fills.  Nothing here is collective; one rank
 * prints. */
#ifndef PATRON_CLI_SUMMARY_H
#define PATRON_CLI_SUMMARY_H

#include "cli/phases.h"
#include "patron/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Memory that runs short while it is filled is told when it is printed. */
typedef struct patron_summary {
    json_t *root;
    bool failed;
} patron_summary;

/* An object that holds "job".  Release with patron_summary_free. */
patron_summary patron_summary_create(const char *job);
void patron_summary_free(patron_summary *summary);

/* Sets a member, in the order of first setting; NaN and infinities become null; texts are
 * bytes[length], what is not UTF-8 in them becomes U+FFFD. */
void patron_summary_set_count(patron_summary *summary, const char *name, uint64_t count);
void patron_summary_set_real(patron_summary *summary, const char *name, double real);
void patron_summary_set_flag(patron_summary *summary, const char *name, bool flag);
void patron_summary_set_text(patron_summary *summary, const char *name, const char *bytes,
                             uint64_t length);

/* Sets a member to `value` and takes it over (json.h helps to make one); for arrays and objects. */
void patron_summary_set(patron_summary *summary, const char *name, json_t *value);

/* A value for patron_summary_set, to the microsecond. */
json_t *patron_summary_seconds(double seconds);

/* Sets "seconds" to an object of the phases. */
void patron_summary_set_seconds(patron_summary *summary, const patron_phases *phases);

/* The same, and of phases that were reduced "steps" to an array of the meter's steps and "memory"
 * to the ranks' peaks. */
void patron_summary_set_run(patron_summary *summary, const patron_phases *phases);

/* Prints the object, indented, and a newline.  RESOURCE; errors of `out` show in ferror. */
patron_status patron_summary_print(const patron_summary *summary, FILE *out);

/* Prints the same as CSV (csv.h). */
patron_status patron_summary_print_csv(const patron_summary *summary, FILE *out);

#endif
