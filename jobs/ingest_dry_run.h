/* SPDX-License-Identifier: Apache-2.0 */
/* ingest --dry-run: what a table and events would become. */
#ifndef PATRON_JOBS_INGEST_DRY_RUN_H
#define PATRON_JOBS_INGEST_DRY_RUN_H

#include "ingest_sources.h"

/* Looks at the table and the events that the options name and shows, on rank 0, what columns and
 * kinds there are and what features they would be.  Collective; the errors of the readings. */
patron_status ingest_dry_run(const ingest_setting *setting);

#endif
