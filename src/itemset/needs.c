/* SPDX-License-Identifier: Apache-2.0 */
/* See needs.h. */
#include "itemset/needs.h"

#include "patron/memory.h"

#include <stdlib.h>

static int compare_ranks(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

/* Parts of one item may lie on several ranks, and several on one: each rank stays once. */
static void keep_once(itemset_needs *n, uint32_t width)
{
    uint64_t kept = 0, first = 0;
    for (uint32_t item = 0; item < width; ++item) {
        uint64_t end = n->offsets[item + 1];
        uint64_t start = kept;
        qsort(n->ranks + first, end - first, sizeof *n->ranks, compare_ranks);
        for (uint64_t i = first; i < end; ++i)
            if (kept == start || n->ranks[kept - 1] != n->ranks[i])
                n->ranks[kept++] = n->ranks[i];
        n->offsets[item + 1] = kept;
        first = end;
    }
}

static patron_status find_owners(const itemset_task *tasks, uint64_t count, uint32_t width,
                                 itemset_needs *n)
{
    uint64_t pairs = 0;
    for (uint64_t i = 0; i < count; ++i)
        pairs += tasks[i].batch.end - tasks[i].batch.first;
    n->offsets = patron_allocate((uint64_t)width + 1, sizeof *n->offsets);
    n->ranks = patron_allocate(pairs, sizeof *n->ranks);
    if (n->offsets == NULL || n->ranks == NULL)
        return PATRON_RESOURCE;
    uint64_t used = 0;
    for (uint64_t i = 0; i < count; ++i) /* in the order of the items */
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item) {
            n->ranks[used++] = tasks[i].rank;
            n->offsets[item + 1] = used;
        }
    for (uint32_t item = 0; item < width; ++item) /* of a task that is done */
        if (n->offsets[item + 1] < n->offsets[item])
            n->offsets[item + 1] = n->offsets[item];
    keep_once(n, width);
    return PATRON_OK;
}

patron_status itemset_needs_create(const itemset_task *tasks, uint64_t count, uint32_t width,
                                   bool whole, int ranks, itemset_needs *needs)
{
    *needs = (itemset_needs){.size = ranks, .whole = whole};
    needs->touched = patron_allocate((uint64_t)ranks, sizeof *needs->touched);
    needs->lengths = patron_allocate((uint64_t)ranks, sizeof *needs->lengths);
    if (needs->touched == NULL || needs->lengths == NULL)
        return PATRON_RESOURCE;
    return find_owners(tasks, count, width, needs);
}

void itemset_needs_free(itemset_needs *needs)
{
    free(needs->offsets);
    free(needs->ranks);
    free(needs->touched);
    free(needs->lengths);
    *needs = (itemset_needs){0};
}

/* From the end, where the last item of each rank is met first. */
int itemset_needs_find(itemset_needs *needs, const uint32_t *items, uint64_t first, uint64_t length)
{
    int touched = 0;
    for (uint64_t end = length; end > first && touched < needs->size; --end) {
        uint64_t last = needs->offsets[items[end - 1] + 1];
        for (uint64_t o = needs->offsets[items[end - 1]]; o < last; ++o) {
            int rank = needs->ranks[o];
            if (needs->lengths[rank] > 0)
                continue;
            needs->touched[touched++] = rank;
            needs->lengths[rank] = (uint32_t)(needs->whole ? length : end);
        }
    }
    return touched;
}
