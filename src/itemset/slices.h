/* SPDX-License-Identifier: Apache-2.0 */
/* Sets spread over ranks: in the global order, or dealt by hash, so that every rank can tell who
 * has which. */
#ifndef PATRON_ITEMSET_SLICES_H
#define PATRON_ITEMSET_SLICES_H

#include "patron/itemset.h"

#include <stdint.h>

/* Length first, then lexicographically: below, equal to or above 0. */
int itemset_compare(const uint32_t *left, uint64_t left_length, const uint32_t *right,
                    uint64_t right_length);

/* From each rank's own sorted sets (all different) to those that it owns, sorted, as many on each
 * rank of any length.  Collective; the caller frees the sets whatever is returned. */
patron_status itemset_sets_deal(const patron_comm *comm, patron_itemset_sets *sets);

/* The rank that a set is dealt to. */
int itemset_sets_owner(const patron_comm *comm, const uint32_t *items, uint64_t length);

/* From each rank's own sorted sets (all different) to rank r's r-th slice, numbered.  Collective;
 * the caller frees the sets whatever is returned. */
patron_status itemset_slices_sort(const patron_comm *comm, patron_itemset_sets *sets);

/* Arrays for `count` sets of `items` items in all, zeroed; free them whatever is returned. */
patron_status itemset_sets_allocate(patron_itemset_sets *sets, uint64_t count, uint64_t items);

/* Frees the arrays and zeroes all. */
void itemset_sets_free(patron_itemset_sets *sets);

#endif
