/* SPDX-License-Identifier: Apache-2.0 */
/* What completes jobs, options and their values in a shell, made from the tables that parse.
 * Nothing here is collective. */
#ifndef PATRON_CLI_COMPLETION_H
#define PATRON_CLI_COMPLETION_H

#include "cli/help.h"

/* The shells, ended by NULL. */
extern const char *const patron_completion_shells[];

/* Prints the completion of jobs[count] for patron_completion_shells[shell]. */
void patron_completion_write(FILE *out, uint32_t shell, const patron_documented_job *jobs,
                             uint32_t count);

#endif
