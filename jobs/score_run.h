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
#include "score/offer_caps.h"
#include "score/offer_withheld.h"
#include "score_policy.h"
#include "store/digest.h"

typedef struct score_options {
    patron_option_list inputs; /* dataset, model; with `baskets` the dataset alone */
    const char *text;          /* NULL: none; "-": standard output */
    const char *rules;         /* an itemset model; NULL: no offers */
    const char *policy;        /* an INI file; NULL: none */
    bool baskets;              /* rows are baskets, not customers */
    uint32_t max_offers;
    uint64_t memory; /* 0: no limit */
    uint64_t min_group;
} score_options;

/* What this rank's rows have: row i items[offsets[i]] ... items[offsets[i + 1] - 1]. */
typedef struct score_items {
    uint64_t *offsets;
    uint32_t *items;
} score_items;

/* The antecedents of rules that rows of this rank are offered something by. */
typedef struct score_reasons {
    uint64_t count, rank_capacity, end_capacity, item_capacity;
    uint64_t *ranks; /* count, ascending: of the rule, as patron_offer_places has it */
    uint64_t *ends;  /* count: in `items` */
    uint32_t *items;
} score_reasons;

/* What they are offered, with --rules. */
typedef struct score_offers {
    patron_rule_table table;               /* the rules of this rank's range */
    uint64_t rules;                        /* of all ranks */
    char rules_digest[PATRON_DIGEST_TEXT]; /* of the model */
    patron_offer_places places;            /* of this rank's rows */
    score_reasons reasons;                 /* with --text */
    uint64_t total, rows;                  /* offers, and rows that have any; of all ranks */
    /* with --policy: */
    patron_offer_places before;  /* the best offers without it */
    patron_offer_limit *limits;  /* items: rank 0: excluded */
    patron_offer_caps caps;      /* where items have one */
    uint8_t *withheld;           /* rows of this rank: a patron_withheld */
    uint64_t listed, unknown;    /* ids on the list of the quiet, and those of no customer */
    patron_withheld_tally tally; /* of all ranks */
} score_offers;

typedef struct score_run {
    patron_job_context *context;
    const score_options *options;
    patron_dataset *dataset;
    char digest[PATRON_DIGEST_CAPACITY];   /* of the dataset */
    char model_digest[PATRON_DIGEST_TEXT]; /* of the segments */
    uint64_t rows;                         /* customers, or with --baskets baskets; of all ranks */
    patron_range range;                    /* of this rank */
    score_policy policy;
    patron_segment_view segments; /* the same on every rank; as all below but offers, not with
                                     --baskets */
    patron_shard shard;           /* the model's columns, transformed */
    patron_transform transform;
    patron_scores scores;       /* of this rank's rows */
    uint64_t dropped, outliers; /* of all ranks */
    score_offers offers;
    uint64_t *size, *far; /* k: customers, and those that are far; of all ranks */
    uint64_t least;       /* customers of a segment that is shown */
    uint64_t peak_memory; /* bytes, of the rank that took most */
} score_run;

/* Opens the dataset; reads the model, and the shard's rows by its columns, unless rows are baskets.
 * Collective.  DATA: no segment model, or one of columns that the dataset lacks, which are named; a
 * dataset without customers, or baskets; as reading. */
patron_status score_load(score_run *run);

/* Fills all figures.  Collective.  RESOURCE, and as patron_rows_pass. */
patron_status score_measure(score_run *run);

/* Fills run->offers from --rules, within the policy.  Collective.  DATA: no itemset model, or one
 * without rules or of another dictionary, a dataset without customers of baskets; as
 * score_policy_apply, and reading. */
patron_status score_offers_find(score_run *run);
void score_offers_free(score_offers *offers);

/* Adds the antecedents of those of `rules` that `places` name.  RESOURCE. */
patron_status score_reasons_take(const patron_offer_places *places, const patron_offer_rules *rules,
                                 score_reasons *reasons);
/* The antecedent of a rule that was taken. */
const uint32_t *score_reasons_find(const score_reasons *reasons, uint64_t rank, uint64_t *count);
void score_reasons_free(score_reasons *reasons);

/* Steps of it.  Reads baskets, and brings what each customer has to the rank of its row; with
 * --baskets each is a row.  Collective.  Release with score_items_free in any case.  RESOURCE, and
 * as reading. */
patron_status score_items_read(const score_run *run, score_items *lists);
void score_items_free(score_items *lists);

/* Looks up what the policy names in the dataset and the models: limits, and who is withheld.
 * Collective.  CONFIG: a segment, an item or a column that is not there; what score_quiet_find
 * says; RESOURCE. */
patron_status score_policy_apply(score_run *run);

/* CONFIG: `key` of the policy holds `name`, which is no `what` of `names`; tells which may be
 * meant.
 */
patron_status score_policy_fail_name(const score_policy *policy, const char *key, const char *what,
                                     const char *name, const patron_texts *names);

/* Marks in run->offers.withheld who is to be quiet, where no other mark is.  Collective.  CONFIG: a
 * column that is not there; NO_INPUT: the list or the key can't be read; DATA: the ids are
 * pseudonyms of another key; as reading. */
patron_status score_quiet_find(score_run *run);

/* Writes a line a row to --text: a file whole or not at all, or standard output.  Collective.
 * As patron_output_begin, and reading ids. */
patron_status score_text_write(const score_run *run);

/* The report, on rank 0. */
patron_status score_report_print(const score_run *run);

#endif
