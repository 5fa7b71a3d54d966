/* SPDX-License-Identifier: Apache-2.0 */
/* Rare items have their rows listed; of frequent ones, each task has a bitmap of the rows that hold
 * one of its items, so that it passes over the others without a look at them. */
#include "itemset/node_index.h"

#include "patron/memory.h"

#include <stdlib.h>

/* Where there are more tasks, several in turn have a bitmap. */
enum { MOST_SETS = 256 };

void itemset_node_index_free(itemset_node *node)
{
    free(node->occurrence_offsets);
    free(node->occurrences);
    free(node->bits);
    itemset_row_sets_free(&node->row_sets);
    node->occurrence_offsets = node->occurrences = node->bits = NULL;
}

/* The tasks that are cut from rows: of `rank`, not done, each item's parts counted once. */
static bool is_cut(const itemset_task *tasks, uint64_t i, int rank, uint32_t width)
{
    return tasks[i].rank == rank && !itemset_task_is_done(&tasks[i]) &&
           tasks[i].batch.first < width;
}

static patron_status index_tasks(itemset_node *node, uint32_t width, const itemset_task *tasks,
                                 uint64_t count, int rank, int threads)
{
    uint64_t cut = 0, placed = 0, sets = 0;
    uint32_t *set_of = patron_allocate(width, sizeof *set_of);
    if (set_of == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i)
        cut += is_cut(tasks, i, rank, width);
    uint64_t tasks_of_set = (cut + MOST_SETS - 1) / MOST_SETS;
    for (uint64_t i = 0; i < count; ++i) {
        if (!is_cut(tasks, i, rank, width))
            continue;
        sets = 1 + placed++ / tasks_of_set; /* 0 is that of the other items */
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item)
            set_of[item] = (uint32_t)sets;
    }
    return itemset_row_sets_create(&node->row_sets, &node->rows, set_of, width, sets + 1, threads);
}

patron_status itemset_node_index(itemset_node *node, const itemset_pairs *pairs,
                                 const itemset_task *tasks, uint64_t count, int rank, int threads)
{
    const itemset_rows *rows = &node->rows;
    uint32_t first = pairs->width;
    node->occurrence_offsets =
        patron_allocate((uint64_t)node->width + 1, sizeof *node->occurrence_offsets);
    if (node->occurrence_offsets == NULL)
        return PATRON_RESOURCE;
    uint64_t items = itemset_rows_count_from(rows, first, node->width, node->occurrence_offsets);
    node->occurrences = patron_allocate(items, sizeof *node->occurrences);
    if (node->occurrences == NULL)
        return PATRON_RESOURCE;
    itemset_rows_transpose(rows, first, node->width, node->occurrence_offsets, node->occurrences);
    if (itemset_rows_are_dense(rows, node->width)) {
        uint64_t words = itemset_row_words(node->width);
        node->bits = patron_allocate(rows->count * words, sizeof *node->bits);
        if (node->bits == NULL)
            return PATRON_RESOURCE;
        itemset_rows_spread(rows, words, node->bits);
    }
    return index_tasks(node, first, tasks, count, rank, threads);
}
