/* SPDX-License-Identifier: Apache-2.0 */
/* From shards of rows to the rows that each rank's tasks need. */
#ifndef PATRON_ITEMSET_EXCHANGE_H
#define PATRON_ITEMSET_EXCHANGE_H

#include "itemset/tasks.h"
#include "itemset/wire.h"
#include "patron/comm.h"

#include <stdbool.h>

/* Who needs rows. */
typedef struct itemset_exchange_plan {
    const itemset_task *tasks; /* of all ranks */
    uint64_t task_count;
    uint32_t first, width; /* those of items first ... width - 1 need rows */
    bool whole;            /* what is behind a branch's item matters too */
} itemset_exchange_plan;

/* Gives each rank, of every rank's rows that hold an item of its tasks, what stands up to the last
 * such item, or the whole row; a row goes to a rank at most once.  What comes from other ranks
 * stands behind this rank's own rows, which stay: *lengths, one a row and the caller's to free
 * whatever is returned, says how many items of each this rank's tasks need.  In bounded pieces;
 * *bytes grows by what this rank sends.  Collective; RESOURCE. */
patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_exchange_plan *plan,
                                    itemset_growing_rows *rows, uint32_t **lengths,
                                    uint64_t *bytes);

#endif
