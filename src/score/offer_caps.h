/* SPDX-License-Identifier: Apache-2.0 */
/* A cap on the offers of each item over all rows of all ranks. */
#ifndef PATRON_SCORE_OFFER_CAPS_H
#define PATRON_SCORE_OFFER_CAPS_H

#include "patron/comm.h"
#include "score/offer_places.h"

/* Takes offers back until no item is offered more than `cap` times, at least 1, and fills the
 * places that come free with the rows' next best.  What stands in the end is what one list of all
 * offers that rules make to all rows, in the order of offers and then of rows, gives when it is
 * read once from its best end: an offer is made where the row has a place left and the item is
 * offered fewer than `cap` times.
 *
 * `places` are filled by `ground`, whose limits are limits[item_count]; these are lowered.
 * Collective.  RESOURCE. */
patron_status patron_offer_caps_keep(const patron_comm *comm, const patron_offer_ground *ground,
                                     uint64_t cap, patron_offer_limit *limits,
                                     patron_offer_places *places);

#endif
