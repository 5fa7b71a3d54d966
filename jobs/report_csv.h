/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of CSV that jobs write. */
#ifndef PATRON_JOBS_REPORT_CSV_H
#define PATRON_JOBS_REPORT_CSV_H

#include <stdint.h>
#include <stdio.h>

/* text[length] as a field: in quotes where it holds what would end it. */
void report_csv_text(FILE *out, const char *text, uint64_t length);

#endif
