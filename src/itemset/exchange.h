/* SPDX-License-Identifier: Apache-2.0 */
/* From shards of rows to the rows that each rank's tasks need. */
#ifndef PATRON_ITEMSET_EXCHANGE_H
#define PATRON_ITEMSET_EXCHANGE_H

#include "itemset/tasks.h"
#include "patron/comm.h"

#include <stdbool.h>

/* Who needs what of the rows. */
typedef struct itemset_exchange_plan {
    const itemset_task *tasks; /* of all ranks */
    uint64_t task_count;
    const itemset_pairs *pairs;
    uint64_t min_count;
    bool whole; /* what is behind a branch's item matters too */
} itemset_exchange_plan;

/* Gives each rank what its tasks need of every rank's rows, instead of this rank's.  Where that is
 * less: a row for each branch of an item whose pairs are counted, of those items that may extend
 * it, ascending, and the branch's own item last; node->branches is set.  Else, and for items whose
 * pairs are not counted: a row that holds an item of a rank's tasks goes to it once, up to the last
 * such item, or whole.  The rows' arrays are on the heap before and after.  In bounded pieces;
 * *bytes grows by what this rank sends to others.  Collective; RESOURCE. */
patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_exchange_plan *plan,
                                    itemset_node *node, uint64_t *bytes);

#endif
