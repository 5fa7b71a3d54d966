/* SPDX-License-Identifier: Apache-2.0 */
/* Splitters, for the files that sort sets and rules over ranks. */
#ifndef PATRON_ITEMSET_SLICES_INTERNAL_H
#define PATRON_ITEMSET_SLICES_INTERNAL_H

#include "itemset/slices.h"

/* Sets that start a slice: rank r + 1 holds the sets from set r on, below set r + 1. */
typedef struct itemset_splitters {
    uint64_t count; /* ranks - 1, or 0: rank 0 holds all */
    uint64_t *offsets;
    uint32_t *items;
} itemset_splitters;

/* The same splitters on every rank, from each rank's sorted sets; their counts do not matter.
 * `so_far` is this rank's status before: where one rank's is a failure, all return it.  Free them
 * whatever is returned.  Collective. */
patron_status itemset_splitters_choose(const patron_comm *comm, patron_status so_far,
                                       const patron_itemset_sets *sets,
                                       itemset_splitters *splitters);

void itemset_splitters_free(itemset_splitters *splitters);

/* The rank whose slice items[length] belong to. */
int itemset_slices_owner(const itemset_splitters *splitters, const uint32_t *items,
                         uint64_t length);

/* to[size]: how many of the sorted sets belong to each rank. */
void itemset_slices_cut(const patron_itemset_sets *sets, const itemset_splitters *splitters,
                        int size, uint64_t *to);

#endif
