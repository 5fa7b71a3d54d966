/* SPDX-License-Identifier: Apache-2.0 */
/* Feature tables in the ingest job: reading one, or only looking at it. */
#ifndef PATRON_JOBS_INGEST_TABLE_H
#define PATRON_JOBS_INGEST_TABLE_H

#include "ingest_sources.h"

/* Reads the table; *sources, which was empty, is its file, to be freed whatever the status.
 * Collective; the errors of patron_ingest_table and of the plan's file. */
patron_status ingest_table_read(const ingest_setting *setting, patron_sources *sources,
                                patron_ingested *lists);

/* Shows what its columns are, and writes that as a plan where it is asked for.  Collective. */
patron_status ingest_table_dry_run(const ingest_setting *setting);

#endif
