/* SPDX-License-Identifier: Apache-2.0 */
/* Rare items have their rows listed; of frequent ones, each task has a bitmap of the rows that hold
 * one of its items, so that it passes over the others without a look at them. */
#include "itemset/node_index.h"

#include "patron/memory.h"

#include <stdlib.h>

/* Where there are more tasks, several in turn share one. */
enum { MOST_BITMAPS = 256 };

void itemset_node_index_free(itemset_node *node)
{
    free(node->occurrence_offsets);
    free(node->occurrences);
    free(node->bits);
    itemset_row_bitmaps_free(&node->row_bitmaps);
    node->occurrence_offsets = node->occurrences = node->bits = NULL;
}

/* The place behind `from` of the next of tasks[count] that has a bitmap: of `rank`, not done, of
 * frequent items, and no further part of the item `before`; count: there is none. */
static uint64_t find_task(const itemset_task *tasks, uint64_t count, uint64_t from, int rank,
                          uint32_t width, uint32_t before)
{
    while (from < count && (tasks[from].rank != rank || itemset_task_is_done(&tasks[from]) ||
                            tasks[from].batch.first >= width || tasks[from].batch.first == before))
        ++from;
    return from;
}

static uint64_t count_tasks(const itemset_task *tasks, uint64_t count, int rank, uint32_t width)
{
    uint64_t found = 0;
    uint32_t before = width;
    for (uint64_t i = find_task(tasks, count, 0, rank, width, before); i < count;
         i = find_task(tasks, count, i + 1, rank, width, before)) {
        before = tasks[i].batch.first;
        ++found;
    }
    return found;
}

static patron_status index_tasks(itemset_node *node, uint32_t width, const itemset_task *tasks,
                                 uint64_t count, int rank, int threads)
{
    uint32_t *bitmap_of = patron_allocate(width, sizeof *bitmap_of);
    if (bitmap_of == NULL)
        return PATRON_RESOURCE;
    uint64_t found = count_tasks(tasks, count, rank, width), placed = 0;
    uint64_t sharers = (found + MOST_BITMAPS - 1) / MOST_BITMAPS;
    uint32_t bitmap = 0, before = width; /* bitmap 0 is that of the other items */
    for (uint64_t i = find_task(tasks, count, 0, rank, width, before); i < count;
         i = find_task(tasks, count, i + 1, rank, width, before)) {
        before = tasks[i].batch.first;
        bitmap = (uint32_t)(1 + placed++ / sharers);
        for (uint32_t item = before; item < tasks[i].batch.end; ++item)
            bitmap_of[item] = bitmap;
    }
    return itemset_row_bitmaps_create(&node->row_bitmaps, &node->rows, bitmap_of, width,
                                      UINT64_C(1) + bitmap, threads);
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
    uint64_t items = 0; /* none where no item is rare */
    if (first < node->width)
        items = itemset_rows_count_from(rows, first, node->width, node->occurrence_offsets);
    node->occurrences = patron_allocate(items, sizeof *node->occurrences);
    if (node->occurrences == NULL)
        return PATRON_RESOURCE;
    if (items > 0)
        itemset_rows_transpose(rows, first, node->width, node->occurrence_offsets,
                               node->occurrences);
    if (node->sheaves != NULL)
        return PATRON_OK;
    if (itemset_rows_are_dense(rows, node->width)) {
        uint64_t words = itemset_row_words(node->width);
        node->bits = patron_allocate(rows->count * words, sizeof *node->bits);
        if (node->bits == NULL)
            return PATRON_RESOURCE;
        itemset_rows_spread(rows, words, node->bits);
    }
    return index_tasks(node, first, tasks, count, rank, threads);
}
