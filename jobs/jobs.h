/* SPDX-License-Identifier: Apache-2.0 */
/* All jobs, and what several of them do alike. */
#ifndef PATRON_JOBS_H
#define PATRON_JOBS_H

#include "job.h"
#include "model/run.h"

#include "cli/summary.h"
#include "patron/data.h"

extern const patron_job patron_job_ingest;
extern const patron_job patron_job_generate;
extern const patron_job patron_job_segment;
extern const patron_job patron_job_itemsets;
extern const patron_job patron_job_inspect;
extern const patron_job patron_job_verify;
extern const patron_job patron_job_compare;
extern const patron_job patron_job_profile;
extern const patron_job patron_job_score;
extern const patron_job patron_job_report;

/* Declares the options of `job`, its own and the common ones, into `options` (zeroed); their values
 * go into `common` (zeroed) and *own, the caller's to free() after the options, whatever failed.
 * RESOURCE. */
patron_status patron_job_declare(const patron_job *job, patron_options *options,
                                 patron_common_options *common, void **own);

/* The stage `ended` is over, and its time counted; what the job does now is `next`. */
void patron_job_stage(patron_job_context *context, const char *ended, const char *next);

/* Whether the job is to print a summary for programs, --json or --csv; and prints it in that form.
 */
bool patron_job_wants_summary(const patron_job_context *context);
patron_status patron_job_print_summary(const patron_job_context *context,
                                       const patron_summary *summary);

/* Ends a summary with what all tell of the run, its seconds and memory, prints it and frees it. */
patron_status patron_job_end_summary(const patron_job_context *context, patron_summary *summary);

/* What a model says of the run that made it, with the seconds of phases[count] by names[count];
 * keeps all of its arguments. */
patron_run patron_job_provenance(const patron_job_context *context, const char *dataset,
                                 const char *dataset_digest, const char *const *names,
                                 patron_phase_seconds *phases, uint32_t count);

/* The digest that is recorded in the dataset; where there is none, that of its content.
 * Collective. */
patron_status patron_job_dataset_digest(const patron_comm *comm, int threads,
                                        const patron_dataset *dataset,
                                        char digest[PATRON_DIGEST_CAPACITY]);

#endif
