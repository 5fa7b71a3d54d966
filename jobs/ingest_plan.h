/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a table's columns as a file, and as people read it. */
#ifndef PATRON_JOBS_INGEST_PLAN_H
#define PATRON_JOBS_INGEST_PLAN_H

#include "cli/summary.h"
#include "ingest/columns.h"
#include "patron/comm.h"

/* Wishes and what they are made of. */
typedef struct ingest_plan {
    patron_column_wish *wishes;
    uint32_t count;
    uint64_t room;
} ingest_plan;

/* Reads the section [columns] of an INI file.  CONFIG: what patron_config_read says, or no type of
 * a column. */
patron_status ingest_plan_read(const char *path, ingest_plan *plan);
void ingest_plan_free(ingest_plan *plan);

/* Writes the columns as such a file, as patron_output_begin does.  Collective. */
patron_status ingest_plan_write(const patron_comm *comm, const patron_columns *columns,
                                const char *path, bool force);

/* Print the plan as a table, or add it to a summary: of levels only those that at least `least`
 * rows have.  RESOURCE. */
patron_status ingest_plan_print(const patron_columns *columns, uint64_t least);
void ingest_plan_summarize(const patron_columns *columns, uint64_t least, patron_summary *summary);

#endif
