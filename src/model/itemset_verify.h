/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of what an itemset model is made of; for this folder alone. */
#ifndef PATRON_MODEL_ITEMSET_VERIFY_H
#define PATRON_MODEL_ITEMSET_VERIFY_H

#include "model/verify_lists.h"

/* Checks this rank's range of the sets and rules of one mining and gives its figures.  Not
 * collective.  DATA, IO, RESOURCE. */
patron_status patron_itemset_part_verify(const patron_comm *comm, const patron_model_part *part,
                                         uint64_t *baskets, uint64_t *min_count);

/* Checks all that lies below /by_segment, each rank its ranges; `model` is the whole model.
 * Collective. */
patron_status patron_by_segment_model_verify(const patron_comm *comm,
                                             const patron_model_part *model);

#endif
