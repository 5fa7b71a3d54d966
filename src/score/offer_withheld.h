/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy keeps back, told by reason.  Nothing here is collective. */
#ifndef PATRON_SCORE_OFFER_WITHHELD_H
#define PATRON_SCORE_OFFER_WITHHELD_H

#include "score/offer_places.h"

/* The first three are of rows, which then get no offers; a row has the first that holds. */
typedef enum patron_withheld {
    PATRON_WITHHELD_NOT,
    PATRON_WITHHELD_SEGMENT, /* its segment is excluded */
    PATRON_WITHHELD_LISTED,  /* it is on the list of the quiet */
    PATRON_WITHHELD_COLUMN,  /* a column tells that it is to be quiet */
    PATRON_WITHHELD_ITEM,    /* the item is excluded */
    PATRON_WITHHELD_ROW_CAP, /* the row has its offers, and better ones */
    PATRON_WITHHELD_ITEM_CAP,
    PATRON_WITHHELD_REASONS
} patron_withheld;

/* "excluded_segment", ...; no name of PATRON_WITHHELD_NOT. */
extern const char *const patron_withheld_names[PATRON_WITHHELD_REASONS];

typedef struct patron_withheld_tally {
    uint64_t before;                          /* offers without a policy */
    uint64_t instead;                         /* made, but not among these */
    uint64_t offers[PATRON_WITHHELD_REASONS]; /* that are not made, of those before */
    uint64_t rows[PATRON_WITHHELD_REASONS];   /* that have at least one of these */
} patron_withheld_tally;

/* Compares `places`, whose rows were withheld for ground->withheld[row] (a patron_withheld) and
 * whose offers ground->limits left open, with `before`, the best offers of each row where all are
 * open; rank 0 as limit is an excluded item.  RESOURCE. */
patron_status patron_withheld_count(const patron_offer_ground *ground,
                                    const patron_offer_places *places,
                                    const patron_offer_places *before,
                                    patron_withheld_tally *tally);

#endif
