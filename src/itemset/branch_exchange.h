/* SPDX-License-Identifier: Apache-2.0 */
/* From shards of rows to what each rank's tasks read of them, cut for each branch. */
#ifndef PATRON_ITEMSET_BRANCH_EXCHANGE_H
#define PATRON_ITEMSET_BRANCH_EXCHANGE_H

#include "itemset/partners.h"
#include "itemset/sheaves.h"
#include "itemset/tasks.h"
#include "patron/comm.h"

/* Of a rank's rows, or the most of any rank's. */
typedef struct itemset_row_extent {
    uint64_t items_a_thread;
    bool weighted; /* rows have other weights than 1 */
} itemset_row_extent;

/* A rank's rows, which its threads cut, and the extent of all ranks'. */
typedef struct itemset_cut_source {
    const itemset_rows *rows;
    itemset_row_extent most;
    int threads;
} itemset_cut_source;

/* Gives each rank, of all ranks' rows, those of its branches among tasks[count], which are those of
 * all ranks: where its pairs are counted, and not those of tasks that are done.  In pieces of a
 * size that grows with the ranks alone; *sheaves, yet without an index, is the caller's to free
 * whatever is returned; *bytes grows by what this rank sends to others.  `so_far` is this rank's
 * status before: where one rank's is a failure, all return it.  Collective; RESOURCE. */
patron_status itemset_exchange_branches(const patron_comm *comm, patron_status so_far,
                                        const itemset_task *tasks, uint64_t count,
                                        const itemset_partners *partners,
                                        const itemset_cut_source *source, itemset_sheaves **sheaves,
                                        uint64_t *bytes);

#endif
