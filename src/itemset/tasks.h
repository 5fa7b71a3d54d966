/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing the branches of the search to ranks. */
#ifndef PATRON_ITEMSET_TASKS_H
#define PATRON_ITEMSET_TASKS_H

#include "itemset/miner.h"

#include <stdint.h>

/* One branch of the top node, or a part of one that is too large for a rank. */
typedef struct itemset_task {
    uint64_t cost;
    uint32_t item;
    itemset_part part;
} itemset_task;

/* The tasks of `rank` of `size`, the costliest first; every rank deals the same.  tasks[count] is
 * the caller's to free.  Not collective. */
patron_status itemset_deal_tasks(const itemset_node *node, int rank, int size, itemset_task **tasks,
                                 uint64_t *count);

#endif
