/* SPDX-License-Identifier: Apache-2.0 */
/* What the segment job tells of a sweep over k. */
#ifndef PATRON_JOBS_SWEEP_REPORT_H
#define PATRON_JOBS_SWEEP_REPORT_H

#include "cli/summary.h"
#include "sweep/sweep.h"

/* The sweep as a member of the summary. */
void sweep_report_set(const patron_sweep *sweep, patron_summary *summary);

/* Prints a table with a row a k, the chosen one marked, and why it was chosen.  RESOURCE. */
patron_status sweep_report_print(const patron_sweep *sweep);

#endif
