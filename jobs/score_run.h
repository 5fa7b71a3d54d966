/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the score job, and what they hand to each other. */
#ifndef PATRON_JOBS_SCORE_RUN_H
#define PATRON_JOBS_SCORE_RUN_H

#include "job.h"

#include "data/shard.h"
#include "data/transform.h"
#include "model/segment_read.h"
#include "patron/data.h"
#include "score/nearest.h"
#include "store/digest.h"

typedef struct score_options {
    patron_option_list inputs; /* dataset, model */
    const char *csv;           /* NULL: none; "-": standard output */
    uint64_t memory;           /* 0: no limit */
    uint64_t min_group;
} score_options;

typedef struct score_run {
    patron_job_context *context;
    const score_options *options;
    patron_dataset *dataset;
    char digest[PATRON_DIGEST_CAPACITY];   /* of the dataset */
    char model_digest[PATRON_DIGEST_TEXT]; /* of the segments */
    patron_segment_view segments;          /* the same on every rank */
    patron_shard shard;                    /* the model's columns, transformed */
    patron_transform transform;
    patron_scores scores;       /* of this rank's rows */
    uint64_t dropped, outliers; /* of all ranks */
    uint64_t *size, *far;       /* k: customers, and those that are far; of all ranks */
} score_run;

/* Reads the model, and the shard's rows by its columns.  Collective.  DATA: no segment model, or
 * one of columns that the dataset lacks, which are named; as reading. */
patron_status score_load(score_run *run);

/* Fills all figures.  Collective.  RESOURCE, and as patron_rows_pass. */
patron_status score_measure(score_run *run);

/* Writes a line a customer to --csv: a file whole or not at all, or standard output.  Collective.
 * As patron_output_begin, and reading ids. */
patron_status score_csv_write(const score_run *run);

/* The report, on rank 0. */
patron_status score_report_print(const score_run *run);

#endif
