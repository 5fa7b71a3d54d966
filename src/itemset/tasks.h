/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing the branches of the search to ranks. */
#ifndef PATRON_ITEMSET_TASKS_H
#define PATRON_ITEMSET_TASKS_H

#include "itemset/batch.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_task {
    uint64_t number; /* in the order of the search */
    uint64_t cost;
    int rank; /* that it is dealt to */
    itemset_batch batch;
} itemset_task;

/* Nothing of its batch is left. */
static inline bool itemset_task_is_done(const itemset_task *task)
{
    return task->batch.first == task->batch.end;
}

/* What tasks are cut by. */
typedef struct itemset_task_wishes {
    uint64_t min_count;
    const uint64_t *costs; /* by local item, of all rows */
    uint64_t items;        /* of all rows */
    uint64_t ranks;
    uint64_t threads; /* the most of a rank */
    bool divided;     /* branches of one item may be cut too; min_count then has to stay */
} itemset_task_wishes;

/* Adds to costs[] what the branches of each local item cost in these rows. */
void itemset_tasks_cost(const itemset_rows *rows, uint64_t *costs);

/* Cuts the search into tasks[count], in its order; the caller's to free.  Of `node` the rows are
 * not looked at.  Not collective, and the same on every rank; RESOURCE. */
patron_status itemset_cut_tasks(const itemset_node *node, const itemset_pairs *pairs,
                                const itemset_task_wishes *wishes, itemset_task **tasks,
                                uint64_t *count);

/* Deals tasks[count] to `size` ranks.  Not collective, and the same on every rank; RESOURCE. */
patron_status itemset_deal_tasks(itemset_task *tasks, uint64_t count, int size);

/* Which branches below `width` each rank has tasks of. */
typedef struct itemset_branch_lists {
    uint64_t *offsets;  /* by rank, size + 1 */
    uint32_t *branches; /* of a rank ascending, each once */
} itemset_branch_lists;

/* Of tasks[count], in the order of the search, dealt to `size` ranks; free it whatever is returned.
 * Not collective; RESOURCE. */
patron_status itemset_branch_lists_create(const itemset_task *tasks, uint64_t count, uint32_t width,
                                          int size, itemset_branch_lists *lists);
void itemset_branch_lists_free(itemset_branch_lists *lists);

#endif
