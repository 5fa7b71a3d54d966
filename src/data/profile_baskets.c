/* SPDX-License-Identifier: Apache-2.0 */
/* The profile of baskets: each rank reads its range a piece at a time, and counts baskets by length
 * and by item.  A basket holds an item once, so that no table is longer than the dictionary. */
#include "data/profile.h"

#include "data/basket_columns.h"
#include "data/quantile.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>

enum { PIECE_BASKETS = 1 << 16 };

typedef struct basket_count {
    const patron_dataset *dataset;
    uint64_t items;      /* of the dictionary */
    uint64_t *by_length; /* items + 1: baskets of each length */
    uint64_t *customers; /* PIECE_BASKETS, as are times */
    int64_t *times;
    patron_baskets_profile *profile;
} basket_count;

static patron_status count_items(const basket_count *run, patron_range piece)
{
    uint64_t *offsets = NULL;
    uint32_t *items = NULL;
    patron_status status = patron_dataset_read_baskets(run->dataset, piece, &offsets, &items);
    for (uint64_t b = 0; status == PATRON_OK && b < piece.count; ++b)
        ++run->by_length[offsets[b + 1] - offsets[b]];
    for (uint64_t i = 0; status == PATRON_OK && i < offsets[piece.count]; ++i)
        ++run->profile->item_baskets[items[i]];
    free(offsets);
    free(items);
    return status;
}

static patron_status count_customers(const basket_count *run, patron_range piece)
{
    patron_status status =
        patron_dataset_read_basket_customers(run->dataset, piece, run->customers);
    for (uint64_t b = 0; status == PATRON_OK && b < piece.count; ++b)
        run->profile->without_customer += run->customers[b] == UINT64_MAX ? 1 : 0;
    return status;
}

static patron_status widen_times(const basket_count *run, patron_range piece)
{
    patron_baskets_profile *profile = run->profile;
    patron_status status = patron_dataset_read_basket_times(run->dataset, piece, run->times);
    for (uint64_t b = 0; status == PATRON_OK && b < piece.count; ++b) {
        profile->earliest = run->times[b] < profile->earliest ? run->times[b] : profile->earliest;
        profile->latest = run->times[b] > profile->latest ? run->times[b] : profile->latest;
    }
    return status;
}

static patron_status count_here(const basket_count *run, patron_range range)
{
    patron_status status = PATRON_OK;
    uint64_t end = range.first + range.count;
    for (uint64_t at = range.first; status == PATRON_OK && at < end; at += PIECE_BASKETS) {
        patron_range piece = {at, end - at < PIECE_BASKETS ? end - at : PIECE_BASKETS};
        status = count_items(run, piece);
        if (status == PATRON_OK && patron_dataset_has_basket_customer(run->dataset))
            status = count_customers(run, piece);
        if (status == PATRON_OK && patron_dataset_has_basket_time(run->dataset))
            status = widen_times(run, piece);
    }
    return status;
}

static void reduce(const patron_comm *comm, const basket_count *run)
{
    patron_baskets_profile *profile = run->profile;
    patron_comm_reduce_u64(comm, run->by_length, run->items + 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, profile->item_baskets, run->items, PATRON_SUM);
    patron_comm_reduce_u64(comm, &profile->without_customer, 1, PATRON_SUM);
    patron_comm_reduce_i64(comm, &profile->earliest, 1, PATRON_MIN);
    patron_comm_reduce_i64(comm, &profile->latest, 1, PATRON_MAX);
}

/* Length of the basket with `index` others before it, sorted by length. */
static uint64_t length_at(const basket_count *run, uint64_t index)
{
    uint64_t length = 0;
    while (index >= run->by_length[length])
        index -= run->by_length[length++];
    return length;
}

static void conclude_lengths(const basket_count *run)
{
    patron_baskets_profile *profile = run->profile;
    profile->empty = run->by_length[0];
    profile->mean = (double)NAN;
    for (uint64_t i = 0; i < run->items; ++i) {
        profile->entries += profile->item_baskets[i];
        profile->never += profile->item_baskets[i] == 0 ? 1 : 0;
    }
    if (profile->baskets > 0) {
        profile->mean = (double)profile->entries / (double)profile->baskets;
        profile->shortest = length_at(run, 0);
        profile->longest = length_at(run, profile->baskets - 1);
    }
    for (int i = 0; i < PATRON_PROFILE_LEVELS; ++i) {
        profile->quantile[i] = (double)NAN;
        if (profile->baskets == 0)
            continue;
        double level = patron_profile_levels[i];
        patron_quantile_place place = patron_quantile_find(level, profile->baskets);
        profile->quantile[i] = patron_quantile_between(
            level, place, (double)length_at(run, place.low), (double)length_at(run, place.high));
    }
}

patron_status patron_profile_baskets(const patron_comm *comm, const patron_dataset *dataset,
                                     patron_baskets_profile *profile)
{
    basket_count run = {
        .dataset = dataset, .items = patron_dataset_item_names(dataset)->count, .profile = profile};
    *profile = (patron_baskets_profile){
        .baskets = patron_dataset_baskets(dataset), .earliest = INT64_MAX, .latest = INT64_MIN};
    profile->item_baskets = patron_allocate(run.items, sizeof *profile->item_baskets);
    run.by_length = patron_allocate(run.items + 1, sizeof *run.by_length);
    run.customers = patron_allocate(PIECE_BASKETS, sizeof *run.customers);
    run.times = patron_allocate(PIECE_BASKETS, sizeof *run.times);
    patron_status status = PATRON_OK;
    if (profile->item_baskets == NULL || run.by_length == NULL || run.customers == NULL ||
        run.times == NULL)
        status = PATRON_RESOURCE;
    patron_span span = patron_meter_enter(PATRON_STEP_PROFILE);
    if (status == PATRON_OK)
        status = count_here(
            &run, patron_range_cut(profile->baskets, (uint64_t)comm->rank, (uint64_t)comm->size));
    patron_meter_leave(span, 0, 0);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        reduce(comm, &run);
        conclude_lengths(&run);
    }
    free(run.by_length);
    free(run.customers);
    free(run.times);
    return status;
}

void patron_baskets_profile_free(patron_baskets_profile *profile)
{
    free(profile->item_baskets);
    *profile = (patron_baskets_profile){0};
}
