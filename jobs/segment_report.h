/* SPDX-License-Identifier: Apache-2.0 */
/* What the segment job tells when it is done. */
#ifndef PATRON_JOBS_SEGMENT_REPORT_H
#define PATRON_JOBS_SEGMENT_REPORT_H

#include "job.h"

#include "data/shard.h"
#include "patron/kmeans.h"
#include "segment_outliers.h"
#include "sweep/sweep.h"
#include "sweep/validate.h"

typedef struct segment_report {
    const patron_job_context *context;
    const patron_kmeans_result *fit;
    const patron_shard *shard;           /* names and units of the clustered columns */
    const double *centroids;             /* in the data's own units */
    const double *moved;                 /* from the model started from; NULL: from none */
    const patron_sweep *sweep;           /* that chose the fit; NULL: none */
    const patron_validation *validation; /* NULL: not asked for */
    const segment_outliers *outliers;    /* NULL: not asked for */
    const uint64_t *size_before;         /* of that model's segments, */
    uint32_t k_before;                   /* so many */
    uint64_t min_group;                  /* customers of a group that is told */
    uint64_t rows;                       /* of the dataset, */
    uint64_t dropped;                    /* of which these were left out */
    uint64_t filled;                     /* missing values */
    const char *digest;                  /* of the dataset */
    uint64_t peak_memory;                /* bytes, of the rank that took most */
} segment_report;

/* Prints the summary, as JSON or for a person.  On one rank. */
patron_status segment_report_print(const segment_report *report);

#endif
