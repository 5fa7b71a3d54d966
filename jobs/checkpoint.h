/* SPDX-License-Identifier: Apache-2.0 */
/* --checkpoint of a job: what the job's work must be the same in to go on, and the file's life.
 * Without the option there is no checkpoint, and nothing here does anything. */
#ifndef PATRON_JOBS_CHECKPOINT_H
#define PATRON_JOBS_CHECKPOINT_H

#include "job.h"

/* Before a job: the place of the file is looked at; signals are wishes to stop by now
 * (patron_stop_listen).  Collective.  USAGE, CANT_CREATE. */
patron_status patron_job_checkpoint_begin(patron_job_context *context);

/* Whether an output that is there may be replaced: with --force, or where a run that was to be gone
 * on with may have made it, which patron_job_checkpoint_open finds out. */
bool patron_job_may_replace(const patron_job_context *context);

/* The same of an output of text, which does not tell what run made it: without --force by the same
 * text alone (patron_output_replace_same_only). */
bool patron_job_may_replace_text(const patron_job_context *context);

/* Notes what must be the same beside the options: "dataset", and its digest.  On every rank alike;
 * RESOURCE. */
patron_status patron_job_checkpoint_require(patron_job_context *context, const char *name,
                                            const char *value);

/* The same of any bytes, by their hash. */
patron_status patron_job_checkpoint_require_bytes(patron_job_context *context, const char *name,
                                                  const void *data, uint64_t bytes);

/* Opens context->checkpoint.records, once all is noted; they hold what an earlier run of the job
 * saved.  Collective.  As patron_checkpoint_file_read; CANT_CREATE where an output is there that
 * another run made. */
patron_status patron_job_checkpoint_open(patron_job_context *context);

/* After a job: the file is removed where the job ended well.  Collective; returns `status`, or why
 * the file could not be removed. */
patron_status patron_job_checkpoint_end(patron_job_context *context, patron_status status);

#endif
