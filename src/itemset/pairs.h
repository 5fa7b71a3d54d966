/* SPDX-License-Identifier: Apache-2.0 */
/* How many baskets hold each pair of the most frequent items. */
#ifndef PATRON_ITEMSET_PAIRS_H
#define PATRON_ITEMSET_PAIRS_H

#include "itemset/miner.h"
#include "patron/comm.h"

typedef struct itemset_pairs {
    uint32_t width;   /* local items 0 ... width - 1 are counted with each other; may be 0 */
    uint32_t *counts; /* a triangle, see itemset_pair_place */
} itemset_pairs;

/* The counts of `item`, below pairs->width, with items 0 ... item - 1. */
static inline const uint32_t *itemset_pairs_below(const itemset_pairs *pairs, uint32_t item)
{
    return pairs->counts + itemset_pair_place(item, 0);
}

/* Of an item with those below it, the frequent pairs: how many there are, and the sum of their
 * counts. */
typedef struct itemset_pair_sums {
    uint64_t pairs;
    uint64_t counts;
} itemset_pair_sums;

itemset_pair_sums itemset_pairs_sum_frequent(const itemset_pairs *pairs, uint32_t item,
                                             uint64_t min_count);

/* Counts the pairs of `node`, whose rows may be this rank's alone and whose counts are those of all
 * ranks; `complete`: those of all its items or none.  Free it whatever is returned; RESOURCE where
 * memory is short. */
patron_status itemset_pairs_count(const itemset_node *node, bool complete, int threads,
                                  itemset_pairs *pairs);

/* From each rank's own counts to the sums, on all ranks.  Collective. */
void itemset_pairs_sum(const patron_comm *comm, itemset_pairs *pairs);

void itemset_pairs_free(itemset_pairs *pairs);

#endif
