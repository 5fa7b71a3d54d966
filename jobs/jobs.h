/* SPDX-License-Identifier: Apache-2.0 */
/* All jobs, and what several of them do alike. */
#ifndef PATRON_JOBS_H
#define PATRON_JOBS_H

#include "job.h"

#include "patron/data.h"

extern const patron_job patron_job_ingest;
extern const patron_job patron_job_generate;
extern const patron_job patron_job_segment;
extern const patron_job patron_job_itemsets;
extern const patron_job patron_job_inspect;
extern const patron_job patron_job_verify;
extern const patron_job patron_job_compare;
extern const patron_job patron_job_profile;
extern const patron_job patron_job_report;

/* The digest that is recorded in the dataset; where there is none, that of its content.
 * Collective. */
patron_status patron_job_dataset_digest(const patron_comm *comm, int threads,
                                        const patron_dataset *dataset,
                                        char digest[PATRON_DIGEST_CAPACITY]);

#endif
