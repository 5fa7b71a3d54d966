/* SPDX-License-Identifier: Apache-2.0 */
/* The least count with which mining finds so many sets. */
#ifndef PATRON_ITEMSET_THRESHOLD_H
#define PATRON_ITEMSET_THRESHOLD_H

#include "itemset/ranking.h"
#include "patron/itemset.h"

/* The count of the wanted-th (1 to ITEMSET_MOST_RANKED) of all sets that mining finds with these
 * options, from the highest count down; not below options->min_count.  Collective; errors as
 * patron_itemset_mine. */
patron_status itemset_threshold_find(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                     const patron_itemset_options *options, uint64_t wanted,
                                     itemset_threshold *threshold);

/* The least count that lists options->top sets, and ties; options->min_count where there are too
 * few, and for maximal sets, which need it to be what they are.  Collective; errors as
 * patron_itemset_mine. */
patron_status itemset_threshold_of_top(const patron_comm *comm,
                                       const patron_itemset_baskets *baskets,
                                       const patron_itemset_options *options, uint64_t *min_count);

/* The threshold of the `top` highest counts[n] of all ranks, n of this one.  Collective. */
patron_status itemset_threshold_of_counts(const patron_comm *comm, const uint64_t *counts,
                                          uint64_t n, uint64_t top, itemset_threshold *threshold);

#endif
