/* SPDX-License-Identifier: Apache-2.0 */
/* Customers who lie beyond their segment's threshold: listed to a file, or the farthest to people.
 */
#ifndef PATRON_JOBS_SEGMENT_OUTLIERS_H
#define PATRON_JOBS_SEGMENT_OUTLIERS_H

#include "job.h"

#include "cli/summary.h"
#include "data/shard.h"
#include "patron/data.h"
#include "quality/spread.h"
#include "runtime/best.h"

/* Whose distances are known, and the farthest of all. */
typedef struct segment_outliers {
    const patron_spread *spread;
    patron_best farthest; /* numbers: rows */
    patron_texts ids;     /* of these, on rank 0 */
} segment_outliers;

/* Whether `what`, the value of --outliers, is a number of customers, from 0 to 1,000 (*count), and
 * not a file. */
bool segment_outliers_is_count(const char *what, uint32_t *count);

/* Finds the `count` farthest, by the ratio of distance to threshold, then by distance, then in the
 * order of segments and rows.  Collective.  Release with segment_outliers_free in any case.
 * RESOURCE, and as reading. */
patron_status segment_outliers_find(const patron_comm *comm, const patron_dataset *dataset,
                                    const patron_shard *shard, const int32_t *labels,
                                    const patron_spread *spread, uint32_t count,
                                    segment_outliers *outliers);
void segment_outliers_free(segment_outliers *outliers);

/* Writes all, in the order of rows, to the CSV file `path`, whole or not at all.  Collective.  As
 * patron_output_begin, and reading. */
patron_status segment_outliers_write(const patron_job_context *context,
                                     const patron_dataset *dataset, const patron_shard *shard,
                                     const int32_t *labels, const patron_spread *spread,
                                     const char *path);

/* For the reports, on rank 0. */
void segment_outliers_set(const segment_outliers *outliers, patron_summary *summary);
patron_status segment_outliers_print(const segment_outliers *outliers);

#endif
