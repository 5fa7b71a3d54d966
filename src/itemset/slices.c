/* SPDX-License-Identifier: Apache-2.0 */
/* Sample sort (Frazer, McKellar 1970): each rank cuts its sorted sets at the splitters, sends every
 * rank its piece, and merges what it gets.  Dealt by hash, sets travel the same way. */
#include "itemset/slices_internal.h"

#include "itemset/hash.h"
#include "itemset/runs.h"
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

/* Where all ranks' status so far is good.  Collective. */
static patron_status number(const patron_comm *comm, patron_status so_far,
                            patron_itemset_sets *sets)
{
    uint64_t items = so_far == PATRON_OK ? sets->offsets[sets->count] : 0;
    uint64_t totals[3] = {sets->count, items};
    patron_status status = patron_comm_reduce_so_far(comm, so_far, totals, 2, PATRON_SUM);
    if (status != PATRON_OK)
        return status;
    sets->total = totals[0];
    sets->total_items = totals[1];
    uint64_t before[2] = {sets->count, items};
    patron_comm_prefixes_u64(comm, before, 2);
    sets->first = before[0];
    sets->first_item = before[1];
    return PATRON_OK;
}

void itemset_slices_cut(const patron_itemset_sets *sets, const itemset_splitters *splitters,
                        int size, uint64_t *to)
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
        to[rank] = low - start;
        start = low;
    }
}

/* Makes one sorted run of the runs of run_sets[size] sets each. */
static patron_status merge_runs(patron_itemset_sets *sets, const uint64_t *run_sets, int size)
{
    patron_itemset_sets merged = {0};
    itemset_merge merge = {0};
    patron_status status = itemset_sets_allocate(&merged, sets->count, sets->offsets[sets->count]);
    if (status == PATRON_OK)
        status = itemset_merge_begin(&merge, sets->offsets, sets->items, run_sets, size);
    if (status == PATRON_OK) {
        for (uint64_t set = 0; set < merged.count; ++set) {
            uint64_t place = itemset_merge_next(&merge);
            uint64_t length = sets->offsets[place + 1] - sets->offsets[place];
            memcpy(merged.items + merged.offsets[set], sets->items + sets->offsets[place],
                   length * sizeof *merged.items);
            merged.offsets[set + 1] = merged.offsets[set] + length;
            merged.support_count[set] = sets->support_count[place];
        }
        itemset_sets_free(sets);
        *sets = merged;
        merged = (patron_itemset_sets){0};
    }
    itemset_sets_free(&merged);
    itemset_merge_free(&merge);
    return status;
}

/* What goes to each rank. */
typedef struct traffic {
    itemset_traffic records, items;
} traffic;

static patron_status traffic_create(traffic *t, const patron_comm *comm)
{
    patron_status status = itemset_traffic_create(&t->records, comm);
    return status == PATRON_OK ? itemset_traffic_create(&t->items, comm) : status;
}

static void traffic_free(traffic *t)
{
    itemset_traffic_free(&t->records);
    itemset_traffic_free(&t->items);
}

/* Replaces the sets, of which t->records.to[r] go to each rank, by those that come, sorted.
 * Collective, but for the status. */
static patron_status move_sets(const patron_comm *comm, traffic *t, patron_itemset_sets *sets)
{
    patron_itemset_sets come = {0};
    itemset_traffic_follow(&t->items, &t->records, sets->offsets);
    uint64_t count = itemset_traffic_announce(&t->records);
    patron_status status = itemset_sets_allocate(&come, count, itemset_traffic_announce(&t->items));
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        itemset_traffic_send_offsets(&t->records, sets->offsets, sets->count, come.offsets, count);
        itemset_traffic_send(&t->items, sets->items, come.items, sizeof *come.items);
        itemset_traffic_send(&t->records, sets->support_count, come.support_count,
                             sizeof *come.support_count);
        itemset_sets_free(sets);
        *sets = come;
        come = (patron_itemset_sets){0};
        status = merge_runs(sets, t->records.from, comm->size);
    }
    itemset_sets_free(&come);
    return status;
}

patron_status itemset_slices_sort(const patron_comm *comm, patron_itemset_sets *sets)
{
    itemset_splitters splitters = {0};
    traffic t = {0};
    patron_status status = PATRON_OK;
    if (comm->size > 1) {
        status = itemset_splitters_choose(comm, traffic_create(&t, comm), sets, &splitters);
        if (status == PATRON_OK) {
            itemset_slices_cut(sets, &splitters, comm->size, t.records.to);
            status = move_sets(comm, &t, sets);
        }
    }
    status = number(comm, status, sets);
    traffic_free(&t);
    itemset_splitters_free(&splitters);
    return status;
}

/* ---- by hash ---- */

/* Another hash than that of an index, whose sets else shared their low bits. */
int itemset_sets_owner(const patron_comm *comm, const uint32_t *items, uint64_t length)
{
    return (int)(itemset_hash_word(itemset_hash_items(items, length)) % (uint64_t)comm->size);
}

static int owner_of(const patron_comm *comm, const patron_itemset_sets *sets, uint64_t set)
{
    uint64_t start = sets->offsets[set];
    return itemset_sets_owner(comm, sets->items + start, sets->offsets[set + 1] - start);
}

/* Puts the sets into the order of their owners, each one's still sorted; sets to[], zero before. */
static patron_status group(const patron_comm *comm, patron_itemset_sets *sets, uint64_t *to)
{
    patron_itemset_sets grouped = {0};
    uint64_t *next_set = patron_allocate((uint64_t)comm->size, sizeof *next_set);
    uint64_t *next_item = patron_allocate((uint64_t)comm->size, sizeof *next_item);
    patron_status status = itemset_sets_allocate(&grouped, sets->count, sets->offsets[sets->count]);
    if (next_set == NULL || next_item == NULL)
        status = PATRON_RESOURCE;
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t set = 0; set < sets->count; ++set) {
        int owner = owner_of(comm, sets, set);
        ++to[owner];
        if (owner + 1 < comm->size)
            next_item[owner + 1] += sets->offsets[set + 1] - sets->offsets[set];
    }
    for (int rank = 1; rank < comm->size; ++rank) {
        next_set[rank] = next_set[rank - 1] + to[rank - 1];
        next_item[rank] += next_item[rank - 1];
    }
    for (uint64_t set = 0; set < sets->count; ++set) {
        int owner = owner_of(comm, sets, set);
        uint64_t start = sets->offsets[set], length = sets->offsets[set + 1] - start;
        uint64_t place = next_set[owner]++;
        memcpy(grouped.items + next_item[owner], sets->items + start,
               length * sizeof *grouped.items);
        next_item[owner] += length;
        grouped.offsets[place + 1] = next_item[owner];
        grouped.support_count[place] = sets->support_count[set];
    }
    itemset_sets_free(sets);
    *sets = grouped;
    grouped = (patron_itemset_sets){0};

cleanup:
    itemset_sets_free(&grouped);
    free(next_set);
    free(next_item);
    return status;
}

patron_status itemset_sets_deal(const patron_comm *comm, patron_itemset_sets *sets)
{
    traffic t = {0};
    if (comm->size == 1)
        return PATRON_OK;
    patron_status status = traffic_create(&t, comm);
    if (status == PATRON_OK)
        status = group(comm, sets, t.records.to);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, move_sets(comm, &t, sets));
    traffic_free(&t);
    return status;
}
