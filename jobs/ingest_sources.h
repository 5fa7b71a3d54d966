/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of customers in the ingest job: transactions, a table, events. */
#ifndef PATRON_JOBS_INGEST_SOURCES_H
#define PATRON_JOBS_INGEST_SOURCES_H

#include "ingest/ingest.h"
#include "ingest_options.h"
#include "job.h"

/* What the reading of a source needs. */
typedef struct ingest_setting {
    patron_job_context *context;
    const ingest_options *options;
    const char *folder;                    /* for what does not fit into memory */
    const patron_rejects_options *rejects; /* NULL: the first bad row is an error */
    patron_ingest_privacy privacy;
    uint64_t memory; /* bytes of this rank */
} ingest_setting;

/* Reads all sources that the options name; several are joined.  Collective; the errors of their
 * functions. */
patron_status ingest_sources_read(const ingest_setting *setting, patron_ingested *lists);

#endif
