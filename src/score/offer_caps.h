/* SPDX-License-Identifier: Apache-2.0 */
/* A cap on the offers of each item over all rows of all ranks. */
#ifndef PATRON_SCORE_OFFER_CAPS_H
#define PATRON_SCORE_OFFER_CAPS_H

#include "patron/comm.h"
#include "score/offer_places.h"

/* What a cap holds over blocks of rules. */
typedef struct patron_offer_caps {
    uint64_t cap;               /* at least 1 */
    uint64_t *given;            /* items: offers by rules so far; of all ranks */
    patron_offer_limit *last;   /* items: the last of these */
    patron_offer_limit *limits; /* items; borrowed: the ground's, which are lowered */
} patron_offer_caps;

/* Release with patron_offer_caps_free in any case.  RESOURCE. */
patron_status patron_offer_caps_create(uint64_t items, uint64_t cap, patron_offer_limit *limits,
                                       patron_offer_caps *caps);
void patron_offer_caps_free(patron_offer_caps *caps);

/* Takes offers back until no item is offered more than `cap` times, and fills the places that come
 * free with the rows' next best.  What stands in the end is what one list of all offers that rules
 * make to all rows, in the order of offers and then of rows, gives when it is read once from its
 * best end: an offer is made where the row has a place left and the item is offered fewer than
 * `cap` times.
 *
 * `places` are filled by `ground`, whose rules follow those of the call before: offers by these
 * stand.  Collective.  RESOURCE. */
patron_status patron_offer_caps_keep(const patron_comm *comm, const patron_offer_ground *ground,
                                     patron_offer_caps *caps, patron_offer_places *places);

#endif
