/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing the branches of the search to ranks. */
#ifndef PATRON_ITEMSET_TASKS_H
#define PATRON_ITEMSET_TASKS_H

#include "itemset/batch.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_task {
    uint64_t number; /* in the order of the search, over all ranks */
    uint64_t cost;
    itemset_batch batch;
} itemset_task;

/* Cuts the search into tasks for `size` ranks of so many threads; tasks[count], those of `rank`, in
 * the order of the search, are the caller's to free.  `divided`: branches of one item may be cut
 * too, which min_count must then stay for.  Every rank cuts and deals the same.  Not collective. */
patron_status itemset_deal_tasks(const itemset_node *node, const itemset_pairs *pairs,
                                 uint64_t min_count, bool divided, int threads, int rank, int size,
                                 itemset_task **tasks, uint64_t *count);

#endif
