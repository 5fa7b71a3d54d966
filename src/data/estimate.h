/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of estimating a transform share; for this folder alone. */
#ifndef PATRON_DATA_ESTIMATE_H
#define PATRON_DATA_ESTIMATE_H

#include "data/transform.h"

#include "runtime/blocksum.h"

/* Of one column, over all ranks' rows. */
typedef struct patron_column_figures {
    uint64_t present;
    float least, greatest; /* of the present values */
    double sum;            /* of the present values */
    uint64_t below_fill;   /* present values below the fill */
} patron_column_figures;

/* A value that a column can't take. */
typedef struct patron_fault {
    uint64_t row; /* UINT64_MAX: none */
    uint32_t column;
    float value;
} patron_fault;

/* One thread's figures of one column. */
typedef struct patron_tally {
    uint64_t present, below_fill;
    float least, greatest;
    patron_blocksum sum;
} patron_tally;

typedef struct patron_estimate {
    const patron_comm *comm;
    const patron_rows *rows;
    const patron_texts *names;
    patron_missing missing;
    patron_transform *transform;
    uint64_t total;                 /* rows of all ranks */
    patron_column_figures *figures; /* columns */
    patron_tally *tallies;          /* threads x columns */
    patron_fault *faults;           /* threads: the first value that can't be taken */
    uint64_t *counts;               /* threads: rows */
} patron_estimate;

/* The thread's figures, one a column. */
static inline patron_tally *patron_estimate_tallies(const patron_estimate *run, int thread)
{
    return run->tallies + (uint64_t)thread * run->rows->columns;
}

/* Visits all blocks with `run` as argument, each thread into its zeroed figures, and gathers all
 * threads' and ranks' sums in those of the first thread.  Collective. */
patron_status patron_estimate_tally(const patron_estimate *run, patron_block_visit *visit);

/* Fills total and figures, but for below_fill, and counts missing values.  Collective; errors as
 * patron_transform_estimate. */
patron_status patron_estimate_survey(patron_estimate *run);

/* `value` of a column after log1p where that is chosen. */
double patron_estimate_after_log(const patron_estimate *run, uint32_t column, double value);

/* Offsets and scales from the quartiles.  Collective.  RESOURCE, and as patron_rows_pass. */
patron_status patron_estimate_quartiles(const patron_estimate *run);

#endif
