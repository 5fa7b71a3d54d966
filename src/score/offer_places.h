/* SPDX-License-Identifier: Apache-2.0 */
/* The offers of many rows.  Nothing here is collective. */
#ifndef PATRON_SCORE_OFFER_PLACES_H
#define PATRON_SCORE_OFFER_PLACES_H

#include "score/offers.h"

/* `most` places a row of this rank, best first. */
typedef struct patron_offer_places {
    uint64_t first, rows; /* by global number */
    uint32_t most;
    int32_t *item;  /* rows x most; -1: no more offers */
    int64_t *rule;  /* -1 likewise */
    double *score;  /* NaN likewise */
    uint64_t *rank; /* of the rule, from 1; 0 likewise */
} patron_offer_places;

/* Room for them.  Release with patron_offer_places_free in any case.  RESOURCE. */
patron_status patron_offer_places_create(uint64_t first, uint64_t rows, uint32_t most,
                                         patron_offer_places *places);
void patron_offer_places_free(patron_offer_places *places);

/* By what, and to whom offers are made; borrowed. */
typedef struct patron_offer_ground {
    const patron_offer_index *index;
    const patron_offer_limit *limits; /* item_count; NULL: all offers are open */
    const uint64_t *offsets;          /* rows + 1: row i has items[offsets[i]] ... */
    const uint32_t *items;            /* each once a row */
    const uint8_t *withheld;          /* rows: not 0: no offers; NULL: all get some */
    int threads;
} patron_offer_ground;

/* Who is called for a row: `has` and `found` (room for `most` offers) are the thread's, for
 * patron_offers_find. */
typedef void (*patron_offer_visitor)(void *argument, int thread, uint64_t row, uint8_t *has,
                                     patron_offer *found);

/* Calls `visit` for each of `rows` rows, in no order, from ground->threads threads.  RESOURCE. */
patron_status patron_offer_rows_each(const patron_offer_ground *ground, uint64_t rows,
                                     uint32_t most, patron_offer_visitor visit, void *argument);

/* What the row `row` of this rank, which is `first` + `row` of all, has. */
patron_offer_taker patron_offer_taker_of(const patron_offer_ground *ground, uint64_t first,
                                         uint64_t row);

/* Finds the best open offers of all rows, in the places that offers by rules of better ranks leave;
 * those stay.  RESOURCE. */
patron_status patron_offer_places_fill(const patron_offer_ground *ground,
                                       patron_offer_places *places);

/* Finds anew, likewise, those of rows that hold an offer which is not open any more; the others'
 * are as they would be found.  RESOURCE. */
patron_status patron_offer_places_mend(const patron_offer_ground *ground,
                                       patron_offer_places *places);

/* Whether some row has a place left that offers by further rules may take. */
bool patron_offer_places_are_wanting(const patron_offer_ground *ground,
                                     const patron_offer_places *places);

#endif
