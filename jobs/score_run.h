/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the score job, and what they hand to each other. */
#ifndef PATRON_JOBS_SCORE_RUN_H
#define PATRON_JOBS_SCORE_RUN_H

#include "job.h"

#include "data/shard.h"
#include "data/transform.h"
#include "model/rule_read.h"
#include "model/segment_read.h"
#include "patron/data.h"
#include "score/nearest.h"
#include "store/digest.h"

typedef struct score_options {
    patron_option_list inputs; /* dataset, model */
    const char *text;          /* NULL: none; "-": standard output */
    const char *rules;         /* an itemset model; NULL: no offers */
    uint32_t max_offers;
    uint64_t memory; /* 0: no limit */
    uint64_t min_group;
} score_options;

/* What this rank's customers have: customer i items[offsets[i]] ... items[offsets[i + 1] - 1]. */
typedef struct score_items {
    uint64_t *offsets;
    uint32_t *items;
} score_items;

/* What they are offered, with --rules: `most` places a customer of this rank, best first. */
typedef struct score_offers {
    patron_rule_table table; /* the same on every rank */
    patron_offer_index index;
    char rules_digest[PATRON_DIGEST_TEXT]; /* of the model */
    uint32_t most;
    int32_t *item;             /* -1: no more offers */
    int64_t *rule;             /* of the model; -1 likewise */
    double *score;             /* NaN likewise */
    uint64_t total, customers; /* offers, and customers that have any; of all ranks */
} score_offers;

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
    score_offers offers;
    uint64_t *size, *far; /* k: customers, and those that are far; of all ranks */
} score_run;

/* Reads the model, and the shard's rows by its columns.  Collective.  DATA: no segment model, or
 * one of columns that the dataset lacks, which are named; as reading. */
patron_status score_load(score_run *run);

/* Fills all figures.  Collective.  RESOURCE, and as patron_rows_pass. */
patron_status score_measure(score_run *run);

/* Fills run->offers from --rules.  Collective.  DATA: no itemset model, or one without rules or of
 * another dictionary, a dataset without customers of baskets; as reading. */
patron_status score_offers_find(score_run *run);
void score_offers_free(score_offers *offers);

/* A step of it: reads baskets, and brings what each customer has to the rank of its row.
 * Collective.  Release with score_items_free in any case.  RESOURCE, and as reading. */
patron_status score_items_read(const score_run *run, score_items *lists);
void score_items_free(score_items *lists);

/* Writes a line a customer to --text: a file whole or not at all, or standard output.  Collective.
 * As patron_output_begin, and reading ids. */
patron_status score_text_write(const score_run *run);

/* The report, on rank 0. */
patron_status score_report_print(const score_run *run);

#endif
