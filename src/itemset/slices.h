/* SPDX-License-Identifier: Apache-2.0 */
/* Sets in the global order, spread over ranks: who holds which, and the sort that brings them
 * there. */
#ifndef PATRON_ITEMSET_SLICES_H
#define PATRON_ITEMSET_SLICES_H

#include "patron/itemset.h"

#include <stdint.h>

/* Sets that start a slice: rank r + 1 holds the sets from set r on, below set r + 1. */
typedef struct itemset_splitters {
    uint64_t count; /* ranks - 1, or 0: rank 0 holds all */
    uint64_t *offsets;
    uint32_t *items;
} itemset_splitters;

/* Length first, then lexicographically: below, equal to or above 0. */
int itemset_compare(const uint32_t *left, uint64_t left_length, const uint32_t *right,
                    uint64_t right_length);

/* From each rank's own sorted sets (all different) to rank r's r-th slice; sets `splitters`.
 * Collective; the caller frees both whatever is returned. */
patron_status itemset_slices_sort(const patron_comm *comm, patron_itemset_sets *sets,
                                  itemset_splitters *splitters);

/* The rank that holds items[length]. */
int itemset_slices_owner(const itemset_splitters *splitters, const uint32_t *items,
                         uint64_t length);

void itemset_splitters_free(itemset_splitters *splitters);

/* Arrays for `count` sets of `items` items in all, zeroed; free them whatever is returned. */
patron_status itemset_sets_allocate(patron_itemset_sets *sets, uint64_t count, uint64_t items);

/* Frees the arrays and zeroes all. */
void itemset_sets_free(patron_itemset_sets *sets);

/* Sets first, total, first_item and total_items from the ranks' counts.  Collective. */
void itemset_sets_number(const patron_comm *comm, patron_itemset_sets *sets);

#endif
