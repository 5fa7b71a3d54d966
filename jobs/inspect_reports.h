/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the inspect job: one a kind of file. */
#ifndef PATRON_JOBS_INSPECT_REPORTS_H
#define PATRON_JOBS_INSPECT_REPORTS_H

#include "job.h"

#include "data/basket_columns.h"
#include "data/dataset_extras.h"
#include "data/profile.h"
#include "inspect_options.h"
#include "runtime/best.h"

/* What is known of a dataset. */
typedef struct inspect_dataset {
    patron_job_context *context;
    const inspect_options *options;
    const patron_dataset *dataset;
    const patron_texts *names, *units; /* of the columns looked at; units count 0: none are told */
    const patron_texts *sources;       /* likewise */
    patron_rows_profile rows;          /* where there are customers */
    patron_baskets_profile baskets;    /* where there are baskets */
    patron_dataset_extras extras;
    patron_best items;       /* most frequent; keys: baskets */
    uint64_t items_withheld; /* in some baskets, but fewer than a group must have */
} inspect_dataset;

/* Each does its part of the job: reads, prints on rank 0, judges.  Collective; phases are marked
 * but not reduced. */
patron_status inspect_dataset_run(patron_job_context *context, const inspect_options *options);
patron_status inspect_segments_run(patron_job_context *context, const inspect_options *options);
patron_status inspect_itemsets_run(patron_job_context *context, const inspect_options *options);
patron_status inspect_by_segment_run(patron_job_context *context, const inspect_options *options);
patron_status inspect_scores_run(patron_job_context *context, const inspect_options *options);

/* The reports of a dataset, on rank 0. */
patron_status inspect_dataset_print_text(const inspect_dataset *run);
patron_status inspect_dataset_print_json(const inspect_dataset *run);

/* Share of a column's values that are missing; 0 without rows. */
double inspect_missing_share(const inspect_dataset *run, uint32_t column);

#endif
