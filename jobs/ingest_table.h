/* SPDX-License-Identifier: Apache-2.0 */
/* Feature tables in the ingest job: reading one, or only looking at it. */
#ifndef PATRON_JOBS_INGEST_TABLE_H
#define PATRON_JOBS_INGEST_TABLE_H

#include "ingest_plan.h"
#include "ingest_sources.h"

#include "ingest/consent.h"

/* Adds to `refused` those who refuse in the table; *sources, which was empty, is its file, to be
 * freed whatever the status.  Collective; the errors of patron_consent_read and of the plan's file.
 */
patron_status ingest_table_refused(const ingest_setting *setting, patron_sources *sources,
                                   patron_dictionary *refused);

/* Reads the table; *sources, which was empty or has its file, is to be freed whatever the status.
 * Collective; the errors of patron_ingest_table and of the plan's file. */
patron_status ingest_table_read(const ingest_setting *setting, patron_sources *sources,
                                patron_ingested *lists);

/* What a table's columns are. */
typedef struct ingest_table_plan {
    ingest_plan plan; /* of its file, which the columns refer to */
    patron_columns columns;
} ingest_table_plan;

/* Looks at the table, and writes what its columns are as a plan where it is asked for.  *found is
 * to be freed whatever the status.  Collective. */
patron_status ingest_table_look(const ingest_setting *setting, ingest_table_plan *found);
void ingest_table_plan_free(ingest_table_plan *found);

#endif
