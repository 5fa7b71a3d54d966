/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of customers by a segment model, in HDF5: /scores. */
#ifndef PATRON_MODEL_SCORE_MODEL_H
#define PATRON_MODEL_SCORE_MODEL_H

#include "model/facts.h"
#include "model/run.h"
#include "patron/data.h"
#include "score/nearest.h"

#define PATRON_SCORE_KIND "score"

/* `most` places a row, best first; -1, -1 and NaN after the last. */
typedef struct patron_score_offers {
    uint32_t most;
    uint64_t total;      /* of all ranks */
    const int32_t *item; /* rows of this rank x most */
    const int64_t *rule; /* row of /rules of the itemset model */
    const double *score;
    const char *rules_digest;
    const patron_texts *item_names, *item_labels; /* labels count 0: none */
} patron_score_offers;

typedef struct patron_score_model {
    uint32_t k;                        /* segments */
    const char *segments_digest;       /* of the model */
    uint64_t rows, dropped, outliers;  /* of all ranks */
    patron_range range;                /* rows of this rank, in rank order */
    const patron_score_offers *offers; /* NULL: none */
    const patron_scores *scores;       /* range.count */
} patron_score_model;

/* Writes the scores to `path`, whole or not at all.  Collective.  Errors as patron_output_begin. */
patron_status patron_score_model_write(const patron_comm *comm, const patron_score_model *model,
                                       const patron_run *run, const char *path, bool force);

/* What inspect tells: the attributes of /scores, and /run.  On one rank.  Release both with
 * patron_facts_free in any case.  NO_INPUT, DATA, IO, RESOURCE. */
patron_status patron_score_facts_read(const char *path, patron_facts *figures, patron_facts *run);

#endif
