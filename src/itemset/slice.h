/* SPDX-License-Identifier: Apache-2.0 */
/* This rank's sets, as they were dealt, and what finds a set among them. */
#ifndef PATRON_ITEMSET_SLICE_H
#define PATRON_ITEMSET_SLICE_H

#include "itemset/index.h"
#include "itemset/slices.h"

typedef struct itemset_slice {
    const patron_comm *comm;
    const patron_itemset_sets *sets;
    const itemset_index *index; /* of the sets */
    int threads;
} itemset_slice;

static inline uint64_t itemset_set_length(const patron_itemset_sets *sets, uint64_t set)
{
    return sets->offsets[set + 1] - sets->offsets[set];
}

#endif
