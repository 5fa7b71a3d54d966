/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the compare job, and what they hand to each other. */
#ifndef PATRON_JOBS_COMPARE_RUN_H
#define PATRON_JOBS_COMPARE_RUN_H

#include "job.h"

#include "compare_options.h"
#include "model/labelling.h"
#include "quality/agreement.h"
#include "quality/contingency.h"
#include "quality/matching.h"

enum { COMPARE_FIRST, COMPARE_SECOND, COMPARE_SIDES };

enum {
    COMPARE_PAIRS_PART =
        2, /* one in so many of the bytes of --memory goes to matching customers, */
    COMPARE_TABLES_PART = 4 /* and then one in so many to tables of features */
};

/* What is compared: a source of labels, and with --drift the customers that they are of. */
typedef struct compare_side {
    const char *source;
    patron_labelling labels;
    patron_dataset *dataset; /* NULL without --drift */
} compare_side;

/* Which counts of a table people are told. */
typedef struct compare_told {
    bool *cell;               /* of those that are not 0 */
    bool *sum[COMPARE_SIDES]; /* of rows, of columns */
} compare_told;

/* Of segments of the old night and of what became of them in the new one.  Arrays of an index for
 * each segment and feature are (segments + 1) x features, the last row being of everyone. */
typedef struct compare_drift {
    /* row 0: customers that only the new night has, row 1: those in no segment of the old one, then
     * the segments of the old one; columns likewise */
    patron_contingency flows;
    compare_told told;
    uint64_t common; /* customers of both nights */
    uint64_t joined, lost;
    uint64_t stayed, moved; /* in a segment in both: in the one that theirs became, or in another */
    double of_segments;     /* stability index of the segments' shares */
    patron_texts features;  /* that both datasets have, in the order of the old one */
    patron_texts only_old, only_new; /* features */
    double *of_features;
    double greatest;      /* of all indices that are told; NaN without any */
    char *greatest_where; /* in words */
} compare_drift;

typedef struct compare_run {
    patron_job_context *context;
    const compare_options *options;
    compare_side side[COMPARE_SIDES];
    patron_contingency table;
    compare_told told;
    patron_agreement agreement;
    uint32_t *partner[COMPARE_SIDES]; /* of each segment, or PATRON_UNMATCHED */
    compare_drift drift;              /* with --drift */
} compare_run;

/* Reads what run->options name, and fills the rest; a run of another job may do so too, with
 * options of its own.  Collective.  Release in any case.  NO_INPUT, DATA, IO, RESOURCE. */
patron_status compare_find(compare_run *run);
void compare_release(compare_run *run);

/* Rows of flows that are no segments. */
enum { COMPARE_ABSENT, COMPARE_NONE, COMPARE_SEGMENTS };

/* Customers of a segment of the old or the new night. */
uint64_t compare_drift_size(const compare_run *run, int side, uint32_t segment);

/* Finds which counts of the table and of the flows are told: none below --min-group, nor those by
 * which it could be found as what a sum leaves.  RESOURCE. */
patron_status compare_withhold(compare_run *run);
void compare_told_free(compare_told *told);

/* Customers of a segment that both sides label; NaN where that is not told. */
double compare_told_sum(const compare_run *run, int side, uint32_t segment);

/* Whether an old segment and what it became are large enough to be told of. */
bool compare_drift_is_shown(const compare_run *run, uint32_t segment);

/* Opens the datasets of both sides, and fills run->table and the flows.  Collective. */
patron_status compare_drift_match(compare_run *run);

/* Fills all else that is told of the drift, from the matching.  Collective. */
patron_status compare_drift_measure(compare_run *run);

/* Fills the indices of features, columns by name; a step of compare_drift_measure.  Collective. */
patron_status compare_features_measure(compare_run *run);

/* The gate, the same on every rank.  GATE. */
patron_status compare_drift_judge(const compare_run *run);

void compare_drift_free(compare_drift *drift);

/* The reports, on rank 0. */
patron_status compare_print_text(const compare_run *run);
patron_status compare_print_json(const compare_run *run);

#endif
