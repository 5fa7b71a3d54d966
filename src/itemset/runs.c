/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange of counts, then one of each array; runs are merged by a heap of their heads. */
#include "itemset/runs.h"

#include "itemset/slices.h"
#include "patron/memory.h"

#include <stdlib.h>

/* ---- what travels ---- */

patron_status itemset_traffic_create(itemset_traffic *traffic, const patron_comm *comm)
{
    uint64_t ranks = (uint64_t)comm->size;
    *traffic = (itemset_traffic){.comm = comm,
                                 .to = patron_allocate(ranks, sizeof(uint64_t)),
                                 .from = patron_allocate(ranks, sizeof(uint64_t)),
                                 .bytes_to = patron_allocate(ranks, sizeof(uint64_t)),
                                 .bytes_from = patron_allocate(ranks, sizeof(uint64_t))};
    bool short_of_memory = traffic->to == NULL || traffic->from == NULL ||
                           traffic->bytes_to == NULL || traffic->bytes_from == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_traffic_free(itemset_traffic *traffic)
{
    free(traffic->to);
    free(traffic->from);
    free(traffic->bytes_to);
    free(traffic->bytes_from);
    *traffic = (itemset_traffic){0};
}

void itemset_traffic_follow(itemset_traffic *items, const itemset_traffic *records,
                            const uint64_t *offsets)
{
    for (int rank = 0; rank < records->comm->size; ++rank) {
        items->to[rank] = offsets[records->to[rank]] - offsets[0];
        offsets += records->to[rank];
    }
}

uint64_t itemset_traffic_announce(itemset_traffic *traffic)
{
    uint64_t total = 0;
    patron_comm_exchange_counts(traffic->comm, traffic->to, traffic->from);
    for (int rank = 0; rank < traffic->comm->size; ++rank)
        total += traffic->from[rank];
    return total;
}

void itemset_traffic_send(const itemset_traffic *traffic, const void *array, void *come,
                          uint64_t size)
{
    for (int rank = 0; rank < traffic->comm->size; ++rank) {
        traffic->bytes_to[rank] = traffic->to[rank] * size;
        traffic->bytes_from[rank] = traffic->from[rank] * size;
    }
    patron_comm_exchange(traffic->comm, array, traffic->bytes_to, come, traffic->bytes_from);
}

void itemset_traffic_send_offsets(const itemset_traffic *records, uint64_t *offsets, uint64_t count,
                                  uint64_t *come, uint64_t come_count)
{
    for (uint64_t i = count; i > 0; --i)
        offsets[i] -= offsets[i - 1];
    itemset_traffic_send(records, offsets + 1, come + 1, sizeof *offsets);
    for (uint64_t i = 0; i < come_count; ++i)
        come[i + 1] += come[i];
}

/* ---- the merge ---- */

static bool run_is_less(const itemset_merge *merge, itemset_run a, itemset_run b)
{
    const uint64_t *left = merge->offsets + a.next, *right = merge->offsets + b.next;
    return itemset_compare(merge->items + left[0], left[1] - left[0], merge->items + right[0],
                           right[1] - right[0]) < 0;
}

static void sink(const itemset_merge *merge, int place)
{
    itemset_run *heap = merge->heap;
    itemset_run moving = heap[place];
    for (int child = 2 * place + 1; child < merge->runs; child = 2 * place + 1) {
        if (child + 1 < merge->runs && run_is_less(merge, heap[child + 1], heap[child]))
            ++child;
        if (!run_is_less(merge, heap[child], moving))
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = moving;
}

patron_status itemset_merge_begin(itemset_merge *merge, const uint64_t *offsets,
                                  const uint32_t *items, const uint64_t *run_sets, int size)
{
    uint64_t start = 0;
    *merge = (itemset_merge){.offsets = offsets,
                             .items = items,
                             .heap = patron_allocate((uint64_t)size, sizeof(itemset_run))};
    if (merge->heap == NULL)
        return PATRON_RESOURCE;
    for (int rank = 0; rank < size; ++rank) {
        if (run_sets[rank] > 0)
            merge->heap[merge->runs++] = (itemset_run){start, start + run_sets[rank]};
        start += run_sets[rank];
    }
    for (int place = merge->runs / 2 - 1; place >= 0; --place)
        sink(merge, place);
    return PATRON_OK;
}

uint64_t itemset_merge_next(itemset_merge *merge)
{
    itemset_run *least = &merge->heap[0];
    uint64_t place = least->next++;
    if (least->next == least->end)
        *least = merge->heap[--merge->runs];
    sink(merge, 0);
    return place;
}

void itemset_merge_free(itemset_merge *merge)
{
    free(merge->heap);
    *merge = (itemset_merge){0};
}
