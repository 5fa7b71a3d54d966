/* SPDX-License-Identifier: Apache-2.0 */
/* Each frequent set meets its subsets of one item less, wherever these are held: what rules, closed
 * and maximal sets are made of. */
#ifndef PATRON_ITEMSET_SUBSETS_H
#define PATRON_ITEMSET_SUBSETS_H

#include "itemset/slice.h"

#include <stdint.h>

/* Called on the rank that holds the subset, by one thread: set `subset` of the slice and item
 * `dropped` make a frequent set of `count` baskets.  In any order. */
typedef patron_status (*itemset_subset_visit)(void *context, uint64_t subset, uint32_t dropped,
                                              uint64_t count);

/* Called on every rank after each round of visits, with the number of this rank's sets in it;
 * collective. */
typedef patron_status (*itemset_subset_round)(void *context, uint64_t sets);

/* Visits all pairs of a set of the slices and a subset of one item less that is in the slices too.
 * Sets travel in batches of bounded size, a batch a round.  Collective; all ranks return the same
 * status, that of a visit or a round that failed or RESOURCE. */
patron_status itemset_subsets_visit(const itemset_slice *slice, itemset_subset_visit visit,
                                    itemset_subset_round after_round, void *context);

/* How many sets of the slice it passes over, those of one item. */
uint64_t itemset_subsets_single(const patron_itemset_sets *sets);

#endif
