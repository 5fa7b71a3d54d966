/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets of each segment that hold each item, a piece of baskets at a time. */
#include "profile_run.h"

#include "data/basket_columns.h"
#include "patron/memory.h"

#include <stdlib.h>

enum { PIECE = 1 << 18 }; /* baskets read at a time */

static void count_basket(profile_items *items, uint32_t group, const uint32_t *held, uint64_t count)
{
    ++items->baskets[group];
    for (uint64_t i = 0; i < count; ++i)
        ++items->count[(uint64_t)group * items->items + held[i]];
}

/* Reads the baskets of `range`, and counts those whose customer is in a segment.  Collective. */
static patron_status count_piece(profile_run *run, patron_range range)
{
    const patron_comm *comm = run->context->comm;
    uint64_t *customers = patron_allocate(range.count, sizeof *customers), *offsets = NULL;
    int32_t *segment = patron_allocate(range.count, sizeof *segment);
    uint32_t *held = NULL;
    patron_status status = customers == NULL || segment == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_dataset_read_basket_customers(run->dataset, range, customers);
    if (status == PATRON_OK)
        status = patron_dataset_read_baskets(run->dataset, range, &offsets, &held);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_segment_labels_look_up(comm, &run->labels, customers, range.count, segment);
    for (uint64_t b = 0; status == PATRON_OK && b < range.count; ++b)
        if (segment[b] >= 0) {
            const uint32_t *own = held + offsets[b];
            uint64_t count = offsets[b + 1] - offsets[b];
            count_basket(&run->items, (uint32_t)segment[b], own, count);
            count_basket(&run->items, run->labels.k, own, count);
        }
    free(customers);
    free(segment);
    free(offsets);
    free(held);
    return status;
}

patron_status profile_count_items(profile_run *run)
{
    const patron_comm *comm = run->context->comm;
    uint64_t groups = (uint64_t)run->labels.k + 1;
    if (!patron_dataset_has_baskets(run->dataset) ||
        !patron_dataset_has_basket_customers(run->dataset))
        return PATRON_OK;
    profile_items *items = &run->items;
    items->items = (uint32_t)patron_dataset_item_names(run->dataset)->count;
    items->baskets = patron_allocate(groups, sizeof *items->baskets);
    items->count = patron_allocate(groups * items->items, sizeof *items->count);
    bool is_short = items->baskets == NULL || items->count == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    patron_range range = patron_range_cut(patron_dataset_baskets(run->dataset),
                                          (uint64_t)comm->rank, (uint64_t)comm->size);
    uint64_t most = range.count;
    patron_comm_reduce_u64(comm, &most, 1, PATRON_MAX);
    for (uint64_t done = 0; status == PATRON_OK && done < most; done += PIECE) {
        uint64_t from = done < range.count ? done : range.count, left = range.count - from;
        const patron_range piece = {.first = range.first + from,
                                    .count = left < PIECE ? left : PIECE};
        status = count_piece(run, piece);
    }
    if (status == PATRON_OK) {
        patron_comm_reduce_u64(comm, items->baskets, groups, PATRON_SUM);
        patron_comm_reduce_u64(comm, items->count, groups * items->items, PATRON_SUM);
    }
    return status;
}

/* ---- the best ---- */

double profile_item_lift(const profile_run *run, uint32_t segment, uint32_t item)
{
    const profile_items *items = &run->items;
    uint64_t k = run->labels.k;
    double share = (double)items->count[(uint64_t)segment * items->items + item] /
                   (double)items->baskets[segment];
    return share / ((double)items->count[k * items->items + item] / (double)items->baskets[k]);
}

/* Whether item a is told before b. */
static bool is_before(const profile_run *run, uint32_t segment, uint32_t a, uint32_t b)
{
    const uint64_t *count = run->items.count + (uint64_t)segment * run->items.items;
    double x = profile_item_lift(run, segment, a), y = profile_item_lift(run, segment, b);
    return x != y ? x > y : (count[a] != count[b] ? count[a] > count[b] : a < b);
}

uint32_t profile_best_items(const profile_run *run, uint32_t segment, uint32_t most,
                            uint32_t *items)
{
    const uint64_t *count = run->items.count + (uint64_t)segment * run->items.items;
    uint64_t least = run->options->min_group > 0 ? run->options->min_group : 1;
    uint32_t found = 0;
    for (uint32_t item = 0; item < run->items.items; ++item) {
        if (count[item] < least || !(profile_item_lift(run, segment, item) > 1.0))
            continue;
        uint32_t at = found < most ? found++ : most;
        for (; at > 0 && is_before(run, segment, item, items[at - 1]); --at)
            if (at < most)
                items[at] = items[at - 1];
        if (at < most)
            items[at] = item;
    }
    return found;
}
