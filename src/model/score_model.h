/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of customers by a segment model, and offers to them or to baskets, in HDF5: /scores. */
#ifndef PATRON_MODEL_SCORE_MODEL_H
#define PATRON_MODEL_SCORE_MODEL_H

#include "model/facts.h"
#include "model/run.h"
#include "patron/data.h"
#include "score/nearest.h"
#include "score/offer_withheld.h"

#define PATRON_SCORE_KIND "score"
#define PATRON_SCORE_POLICY "/scores/policy"

/* The caps of a contact policy (0: none), and what it kept back, of all ranks. */
typedef struct patron_score_policy {
    uint64_t row_cap, item_cap;
    const patron_withheld_tally *tally;
} patron_score_policy;

typedef struct patron_score_offers {
    const patron_offer_places *places; /* of this rank's rows */
    uint64_t total;                    /* of all ranks */
    const char *rules_digest;
    const patron_texts *item_names, *item_labels; /* labels count 0: none */
    const patron_score_policy *policy;            /* NULL: none */
} patron_score_offers;

typedef struct patron_score_model {
    uint32_t k;                        /* segments */
    const char *segments_digest;       /* of the model */
    uint64_t rows, dropped, outliers;  /* of all ranks */
    patron_range range;                /* rows of this rank, in rank order */
    const patron_score_offers *offers; /* NULL: none */
    const patron_scores *scores;       /* range.count; NULL: rows are baskets, of which only `rows`
                                          and `offers` are told */
} patron_score_model;

/* Writes the scores to `path`, whole or not at all.  Collective.  Errors as patron_output_begin. */
patron_status patron_score_model_write(const patron_comm *comm, const patron_score_model *model,
                                       const patron_run *run, const char *path, bool force);

/* What inspect tells: the attributes of /scores, of /scores/policy (none where there is none), and
 * /run.  On one rank.  Release all with patron_facts_free in any case.  NO_INPUT, DATA, IO,
 * RESOURCE. */
patron_status patron_score_facts_read(const char *path, patron_facts *figures, patron_facts *policy,
                                      patron_facts *run);

#endif
