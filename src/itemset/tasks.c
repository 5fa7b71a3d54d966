/* SPDX-License-Identifier: Apache-2.0 */
/* Longest processing time first (Graham 1969), by a cost that is known before mining: the length of
 * all rows of an item up to it, which is what its projection reads and what correlates best with
 * the cost of the whole branch. */
#include "itemset/tasks.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* A branch above 1 / (PARTS_PER_RANK * ranks) of the whole cost is split: each part projects anew,
 * so that splitting pays only where the branch would keep a rank waiting. */
static const uint64_t PARTS_PER_RANK = 8;

static void add_costs(const itemset_node *node, uint64_t *costs)
{
    const itemset_rows *rows = &node->rows;
    for (uint32_t item = 0; item < node->width; ++item)
        costs[item] = 1;
    for (uint64_t row = 0; row < rows->count; ++row)
        for (uint64_t i = rows->offsets[row]; i < rows->offsets[row + 1]; ++i)
            costs[rows->items[i]] += i - rows->offsets[row];
}

/* An item has at most as many branches below it as there are items before it. */
static uint32_t parts_of(uint32_t item, uint64_t cost, uint64_t largest)
{
    uint64_t parts = 1 + cost / largest;
    uint64_t most = item > 0 ? item : 1;
    return (uint32_t)(parts < most ? parts : most);
}

static int compare_tasks(const void *left, const void *right)
{
    const itemset_task *a = left;
    const itemset_task *b = right;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return (a->part.index > b->part.index) - (a->part.index < b->part.index);
}

static patron_status list_tasks(const itemset_node *node, int size, const uint64_t *costs,
                                itemset_task **tasks, uint64_t *count)
{
    uint64_t total = 0;
    for (uint32_t item = 0; item < node->width; ++item)
        total += costs[item];
    uint64_t largest = 1 + total / (PARTS_PER_RANK * (uint64_t)size);
    *count = 0;
    for (uint32_t item = 0; item < node->width; ++item)
        *count += parts_of(item, costs[item], largest);
    *tasks = patron_allocate(*count, sizeof **tasks);
    if (*tasks == NULL)
        return PATRON_RESOURCE;
    itemset_task *task = *tasks;
    for (uint32_t item = 0; item < node->width; ++item) {
        uint32_t parts = parts_of(item, costs[item], largest);
        for (uint32_t part = 0; part < parts; ++part)
            *task++ = (itemset_task){costs[item] / parts, item, {part, parts}};
    }
    qsort(*tasks, *count, sizeof **tasks, compare_tasks);
    return PATRON_OK;
}

typedef struct load {
    uint64_t cost;
    int rank;
} load;

static bool load_is_less(load a, load b)
{
    return a.cost != b.cost ? a.cost < b.cost : a.rank < b.rank;
}

/* Restores the heap of `size` loads (least on top) after the top one grew. */
static void sink_top(load *heap, int size)
{
    load top = heap[0];
    int place = 0;
    for (int child = 1; child < size; child = 2 * place + 1) {
        if (child + 1 < size && load_is_less(heap[child + 1], heap[child]))
            ++child;
        if (!load_is_less(heap[child], top))
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = top;
}

/* Each task goes to the rank with the least load so far; tasks[count] keeps those of `rank`. */
static patron_status keep_dealt(itemset_task *tasks, uint64_t *count, int rank, int size)
{
    load *heap = patron_allocate((uint64_t)size, sizeof *heap);
    if (heap == NULL)
        return PATRON_RESOURCE;
    for (int r = 0; r < size; ++r)
        heap[r].rank = r;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < *count; ++i) {
        itemset_task task = tasks[i];
        if (heap[0].rank == rank)
            tasks[kept++] = task;
        heap[0].cost += task.cost;
        sink_top(heap, size);
    }
    *count = kept;
    free(heap);
    return PATRON_OK;
}

patron_status itemset_deal_tasks(const itemset_node *node, int rank, int size, itemset_task **tasks,
                                 uint64_t *count)
{
    uint64_t *costs = patron_allocate(node->width, sizeof *costs);
    if (costs == NULL)
        return PATRON_RESOURCE;
    add_costs(node, costs);
    patron_status status = list_tasks(node, size, costs, tasks, count);
    if (status == PATRON_OK)
        status = keep_dealt(*tasks, count, rank, size);
    free(costs);
    return status;
}
