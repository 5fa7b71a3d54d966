/* SPDX-License-Identifier: Apache-2.0 */
/* What a job tells of itself for --audit.  Without that option nothing is noted. */
#ifndef PATRON_JOBS_AUDIT_H
#define PATRON_JOBS_AUDIT_H

#include "job.h"

/* Notes, on every rank alike, a file or folder that is read ("-": standard input), or one that is
 * written beside --output.  RESOURCE shows when the line is written. */
void patron_job_audit_input(patron_job_context *context, const char *path);
void patron_job_audit_output(patron_job_context *context, const char *path);

/* Notes a count of rows or the like; `name` as in /quality. */
void patron_job_audit_rows(patron_job_context *context, const char *name, uint64_t count);

/* Around a job: before it the audit is looked at, after it, however it ended, a line is added. With
 * all that is noted digests are taken, but not where the job failed.  Collective; the second
 * returns `status`, or why the line could not be added where that is OK. */
patron_status patron_job_audit_begin(patron_job_context *context);
patron_status patron_job_audit_end(patron_job_context *context, patron_status status);

#endif
