/* SPDX-License-Identifier: Apache-2.0 */
/* Sample sort (Frazer, McKellar 1970): each rank cuts its sorted sets at the splitters, sends every
 * rank its piece, and merges what it gets. */
#include "itemset/slices_internal.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

void itemset_sets_free(patron_itemset_sets *sets)
{
    free(sets->offsets);
    free(sets->items);
    free(sets->support_count);
    *sets = (patron_itemset_sets){0};
}

patron_status itemset_sets_allocate(patron_itemset_sets *sets, uint64_t count, uint64_t items)
{
    sets->count = count;
    sets->offsets = patron_allocate(count + 1, sizeof *sets->offsets);
    sets->items = patron_allocate(items, sizeof *sets->items);
    sets->support_count = patron_allocate(count, sizeof *sets->support_count);
    bool short_of_memory =
        sets->offsets == NULL || sets->items == NULL || sets->support_count == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_sets_number(const patron_comm *comm, patron_itemset_sets *sets)
{
    uint64_t items = sets->offsets[sets->count];
    uint64_t totals[2] = {sets->count, items};
    patron_comm_reduce_u64(comm, totals, 2, PATRON_SUM);
    sets->total = totals[0];
    sets->total_items = totals[1];
    sets->first = patron_comm_prefix_u64(comm, sets->count);
    sets->first_item = patron_comm_prefix_u64(comm, items);
}

/* Sets and items that go to one rank or come from it. */
typedef struct traffic {
    uint64_t *sets;
    uint64_t *items;
    uint64_t *bytes_to; /* of the array that travels */
    uint64_t *bytes_from;
} traffic;

static patron_status traffic_create(traffic *to, traffic *from, int size)
{
    uint64_t ranks = (uint64_t)size;
    to->sets = patron_allocate(ranks, sizeof(uint64_t));
    to->items = patron_allocate(ranks, sizeof(uint64_t));
    from->sets = patron_allocate(ranks, sizeof(uint64_t));
    from->items = patron_allocate(ranks, sizeof(uint64_t));
    to->bytes_to = patron_allocate(ranks, sizeof(uint64_t));
    to->bytes_from = patron_allocate(ranks, sizeof(uint64_t));
    bool short_of_memory = to->sets == NULL || to->items == NULL || from->sets == NULL ||
                           from->items == NULL || to->bytes_to == NULL || to->bytes_from == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static void traffic_free(traffic *one)
{
    free(one->sets);
    free(one->items);
    free(one->bytes_to);
    free(one->bytes_from);
}

/* What each rank gets of the sorted sets. */
static void cut(const patron_itemset_sets *sets, const itemset_splitters *splitters, int size,
                traffic *to)
{
    uint64_t start = 0;
    for (int rank = 0; rank < size; ++rank) {
        uint64_t low = start;
        uint64_t high = sets->count;
        while (low < high) {
            uint64_t middle = low + (high - low) / 2;
            uint64_t offset = sets->offsets[middle];
            if (itemset_slices_owner(splitters, sets->items + offset,
                                     sets->offsets[middle + 1] - offset) <= rank)
                low = middle + 1;
            else
                high = middle;
        }
        to->sets[rank] = low - start;
        to->items[rank] = sets->offsets[low] - sets->offsets[start];
        start = low;
    }
}

/* Sends each rank its piece of an array that has counts_to[r] elements for rank r. */
static void exchange_array(const patron_comm *comm, const void *send, const uint64_t *counts_to,
                           void *receive, const uint64_t *counts_from, uint64_t size,
                           const traffic *room)
{
    for (int rank = 0; rank < comm->size; ++rank) {
        room->bytes_to[rank] = counts_to[rank] * size;
        room->bytes_from[rank] = counts_from[rank] * size;
    }
    patron_comm_exchange(comm, send, room->bytes_to, receive, room->bytes_from);
}

static uint64_t sum(const uint64_t *values, int count)
{
    uint64_t total = 0;
    for (int i = 0; i < count; ++i)
        total += values[i];
    return total;
}

/* Replaces the sets by those of this rank's slice, in one sorted run a sender.  Lengths travel in
 * the place of offsets. */
static patron_status exchange_sets(const patron_comm *comm, const traffic *to, const traffic *from,
                                   patron_itemset_sets *sets)
{
    patron_itemset_sets in = {0};
    patron_status status =
        itemset_sets_allocate(&in, sum(from->sets, comm->size), sum(from->items, comm->size));
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        for (uint64_t set = sets->count; set > 0; --set)
            sets->offsets[set] -= sets->offsets[set - 1];
        exchange_array(comm, sets->offsets + 1, to->sets, in.offsets + 1, from->sets,
                       sizeof(uint64_t), to);
        exchange_array(comm, sets->items, to->items, in.items, from->items, sizeof(uint32_t), to);
        exchange_array(comm, sets->support_count, to->sets, in.support_count, from->sets,
                       sizeof(uint64_t), to);
        for (uint64_t set = 0; set < in.count; ++set)
            in.offsets[set + 1] += in.offsets[set];
        itemset_sets_free(sets);
        *sets = in;
        in = (patron_itemset_sets){0};
    }
    itemset_sets_free(&in);
    return status;
}

/* A sorted run that is being merged: sets next ... end - 1. */
typedef struct run {
    uint64_t next;
    uint64_t end;
} run;

static bool run_is_less(const patron_itemset_sets *sets, run a, run b)
{
    uint64_t left = sets->offsets[a.next];
    uint64_t right = sets->offsets[b.next];
    return itemset_compare(sets->items + left, sets->offsets[a.next + 1] - left,
                           sets->items + right, sets->offsets[b.next + 1] - right) < 0;
}

static void sink(const patron_itemset_sets *sets, run *heap, int count, int place)
{
    run moving = heap[place];
    for (int child = 2 * place + 1; child < count; child = 2 * place + 1) {
        if (child + 1 < count && run_is_less(sets, heap[child + 1], heap[child]))
            ++child;
        if (!run_is_less(sets, heap[child], moving))
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = moving;
}

static void merge(const patron_itemset_sets *from, run *heap, int runs, patron_itemset_sets *to)
{
    for (int place = runs / 2 - 1; place >= 0; --place)
        sink(from, heap, runs, place);
    for (uint64_t set = 0; set < to->count; ++set) {
        uint64_t least = heap[0].next++;
        uint64_t length = from->offsets[least + 1] - from->offsets[least];
        memcpy(to->items + to->offsets[set], from->items + from->offsets[least],
               length * sizeof *to->items);
        to->offsets[set + 1] = to->offsets[set] + length;
        to->support_count[set] = from->support_count[least];
        if (heap[0].next == heap[0].end)
            heap[0] = heap[--runs];
        sink(from, heap, runs, 0);
    }
}

/* Makes one sorted run of the runs of run_sets[size] sets each. */
static patron_status merge_runs(patron_itemset_sets *sets, const uint64_t *run_sets, int size)
{
    patron_itemset_sets merged = {0};
    run *heap = patron_allocate((uint64_t)size, sizeof *heap);
    patron_status status = itemset_sets_allocate(&merged, sets->count, sets->offsets[sets->count]);
    if (heap == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK) {
        int runs = 0;
        uint64_t start = 0;
        for (int rank = 0; rank < size; ++rank) {
            if (run_sets[rank] > 0)
                heap[runs++] = (run){start, start + run_sets[rank]};
            start += run_sets[rank];
        }
        merge(sets, heap, runs, &merged);
        itemset_sets_free(sets);
        *sets = merged;
        merged = (patron_itemset_sets){0};
    }
    itemset_sets_free(&merged);
    free(heap);
    return status;
}

patron_status itemset_slices_sort(const patron_comm *comm, patron_itemset_sets *sets,
                                  itemset_splitters *splitters)
{
    *splitters = (itemset_splitters){0};
    if (comm->size == 1)
        return PATRON_OK;
    traffic to = {0};
    traffic from = {0};
    patron_status status = itemset_splitters_choose(comm, sets, splitters);
    if (status != PATRON_OK)
        goto cleanup;
    status = patron_comm_agree(comm, traffic_create(&to, &from, comm->size));
    if (status != PATRON_OK)
        goto cleanup;
    cut(sets, splitters, comm->size, &to);
    patron_comm_exchange_counts(comm, to.sets, from.sets);
    patron_comm_exchange_counts(comm, to.items, from.items);
    status = exchange_sets(comm, &to, &from, sets);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, merge_runs(sets, from.sets, comm->size));

cleanup:
    traffic_free(&to);
    traffic_free(&from);
    return status;
}
