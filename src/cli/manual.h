/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages in roff, made from the tables that parse.  Nothing here is collective. */
#ifndef PATRON_CLI_MANUAL_H
#define PATRON_CLI_MANUAL_H

#include "cli/help.h"

/* The page of the program, patron(1), which lists jobs[count]. */
void patron_manual_write_program(FILE *out, const patron_documented_job *jobs, uint32_t count,
                                 const char *version);

/* The page of jobs[which], patron-JOB(1). */
void patron_manual_write_job(FILE *out, const patron_documented_job *jobs, uint32_t count,
                             uint32_t which, const char *version);

#endif
