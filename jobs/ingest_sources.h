/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of customers in the ingest job: transactions, a table, events. */
#ifndef PATRON_JOBS_INGEST_SOURCES_H
#define PATRON_JOBS_INGEST_SOURCES_H

#include "ingest/events.h"
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

/* Reads the events, or only counts their kinds.  *files, which were empty, outlive *events; both
 * are to be freed whatever the status.  Collective; the errors of patron_events_read. */
patron_status ingest_events_read(const ingest_setting *setting, bool only_kinds,
                                 patron_sources *files, patron_events **events);

/* Reads all sources that the options name; several are joined.  Collective; the errors of their
 * functions. */
patron_status ingest_sources_read(const ingest_setting *setting, patron_ingested *lists);

#endif
