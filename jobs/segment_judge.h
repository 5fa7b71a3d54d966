/* SPDX-License-Identifier: Apache-2.0 */
/* What the segment job finds out about its fit: how segments join, how far customers lie from them,
 * how good they are. */
#ifndef PATRON_JOBS_SEGMENT_JUDGE_H
#define PATRON_JOBS_SEGMENT_JUDGE_H

#include "job.h"

#include "data/shard.h"
#include "patron/data.h"
#include "patron/kmeans.h"
#include "quality/spread.h"
#include "quality/tree.h"
#include "segment_options.h"
#include "segment_outliers.h"
#include "sweep/validate.h"

/* The fit to judge. */
typedef struct segment_fit {
    const patron_dataset *dataset;
    const patron_shard *shard;
    patron_kmeans *kmeans; /* with the labels of the fit */
    const patron_kmeans_options *options;
    const patron_kmeans_result *result;
} segment_fit;

typedef struct segment_judgement {
    patron_tree_join *joins; /* result->k - 1 */
    patron_spread spread;
    patron_validation validation; /* empty without --validate */
    segment_outliers outliers;    /* empty unless some are to be told with the summary */
} segment_judgement;

/* The file that outliers are to be listed in; NULL: none. */
const char *segment_outliers_file(const segment_options *options);

/* Judges a fit, and lists the outliers.  Collective.  Release with segment_judgement_free in any
 * case.  As patron_validate and segment_outliers_write. */
patron_status segment_judge(const patron_job_context *context, const segment_options *options,
                            const segment_fit *fit, segment_judgement *judgement);
void segment_judgement_free(segment_judgement *judgement);

#endif
