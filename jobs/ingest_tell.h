/* SPDX-License-Identifier: Apache-2.0 */
/* What the ingest job says of the dataset that it has written. */
#ifndef PATRON_JOBS_INGEST_TELL_H
#define PATRON_JOBS_INGEST_TELL_H

#include "job.h"
#include "patron/data.h"

/* Prints the figures of `content`, as a table or as JSON; `parts` is 0 of one file.  On rank 0;
 * nothing on others. */
patron_status ingest_tell(patron_job_context *context, const patron_dataset_content *content,
                          uint32_t parts, const char *digest);

#endif
