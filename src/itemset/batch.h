/* SPDX-License-Identifier: Apache-2.0 */
/* Branches of the top node, a run of items at a time. */
#ifndef PATRON_ITEMSET_BATCH_H
#define PATRON_ITEMSET_BATCH_H

#include "itemset/pairs.h"

/* Items first ... end - 1 of the top node; one of them alone may be cut into parts, and of the
 * first some branches may be done. */
typedef struct itemset_batch {
    uint32_t first;
    uint32_t end;
    itemset_part part;
} itemset_batch;

/* All wanted sets whose last local item is in the batch.  `pairs` are those of `node`.  STOPPED
 * where the miner paused; miner->reached tells where to go on. */
patron_status itemset_mine_batch(itemset_miner *miner, const itemset_node *node,
                                 const itemset_pairs *pairs, itemset_batch batch);

#endif
