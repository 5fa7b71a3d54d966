/* SPDX-License-Identifier: Apache-2.0 */
/* The third stage: each lane reads its pieces, sorted by basket, and writes basket by basket. */
#include "ingest/transactions.h"

#include "ingest/item_set.h"
#include "ingest/piece.h"
#include "ingest/sort.h"
#include "patron/memory.h"
#include "shuffle/held_key.h"

#include <stdlib.h>
#include <string.h>

/* A basket on its way. */
typedef struct walk {
    const patron_transactions *all;
    patron_lane *lane;
    patron_held_key key;
    patron_item_set items;
    int64_t time;       /* the earliest */
    int64_t owner_time; /* the earliest of a row with a customer */
    uint64_t owner;     /* that customer */
} walk;

/* Adds a piece.  Of several customers, that of the earliest row is the basket's, the first on
 * ties. */
static patron_status add_piece(walk *w, const patron_record *record)
{
    uint64_t owner = (uint64_t)patron_piece_i64(record->value, 0);
    int64_t time = patron_piece_i64(record->value, sizeof owner);
    bool has_owner = owner != PATRON_NO_CUSTOMER;
    const uint32_t *place = w->all->items.place;
    if (time < w->time)
        w->time = time;
    if (has_owner && (w->owner == PATRON_NO_CUSTOMER || time < w->owner_time ||
                      (time == w->owner_time && owner < w->owner))) {
        w->owner = owner;
        w->owner_time = time;
    }
    patron_status status = PATRON_OK;
    uint32_t count = patron_piece_count(record->value_length, sizeof(uint32_t));
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint32_t item = patron_piece_u32(record->value, PATRON_PIECE_HEAD + i * sizeof(uint32_t));
        /* rows without a customer have come straight from the text */
        status = patron_item_set_add(&w->items, has_owner ? item : place[item]);
    }
    return status;
}

static uint64_t row_of(const walk *w)
{
    if (w->owner == PATRON_NO_CUSTOMER)
        return PATRON_NO_CUSTOMER;
    uint64_t number = w->owner & ((UINT64_C(1) << PATRON_CUSTOMER_BITS) - 1);
    return w->all->customers_before[w->owner >> PATRON_CUSTOMER_BITS] + number;
}

static patron_status end_basket(walk *w)
{
    patron_lane *lane = w->lane;
    if (w->key.bytes == NULL)
        return PATRON_OK;
    patron_sort_u32(w->items.items, w->items.count);
    lane->items += w->items.count;
    ++lane->baskets;
    patron_status status =
        patron_lane_write(lane, PATRON_COLUMN_BASKET_END, &lane->items, sizeof lane->items);
    if (status == PATRON_OK && w->all->lists->has_basket_id)
        status = patron_lane_write_id(lane, PATRON_COLUMN_BASKET_ID, w->key.bytes, w->key.length,
                                      &lane->basket_width);
    if (status == PATRON_OK)
        status = patron_lane_write(lane, PATRON_COLUMN_BASKET_ITEM, w->items.items,
                                   w->items.count * sizeof *w->items.items);
    if (status == PATRON_OK && w->all->lists->has_customer) {
        uint64_t row = row_of(w);
        status = patron_lane_write(lane, PATRON_COLUMN_BASKET_CUSTOMER, &row, sizeof row);
    }
    if (status == PATRON_OK && w->all->lists->has_time)
        status = patron_lane_write(lane, PATRON_COLUMN_BASKET_TIME, &w->time, sizeof w->time);
    return status;
}

static patron_status start_basket(walk *w, const patron_record *record)
{
    w->time = INT64_MAX;
    w->owner = PATRON_NO_CUSTOMER;
    patron_item_set_clear(&w->items);
    return patron_held_key_take(&w->key, record);
}

static patron_status walk_lane(walk *w, patron_sorter *sorter)
{
    bool found = true;
    patron_status status = patron_item_set_create(w->all->items.names.texts.count, &w->items);
    while (status == PATRON_OK) {
        patron_record record;
        status = patron_sorter_next(sorter, &record, &found);
        if (status != PATRON_OK || !found)
            break;
        bool is_same = patron_held_key_is(&w->key, &record);
        if (!is_same)
            status = end_basket(w);
        if (status == PATRON_OK && !is_same)
            status = start_basket(w, &record);
        if (status == PATRON_OK)
            status = add_piece(w, &record);
    }
    if (status == PATRON_OK)
        status = end_basket(w);
    patron_item_set_free(&w->items);
    free(w->key.bytes);
    return status;
}

patron_status patron_transactions_baskets(patron_transactions *transactions)
{
    int threads = transactions->threads;
    patron_status status = patron_shuffle_finish(transactions->by_basket);
    if (status != PATRON_OK)
        return status;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int lane = 0; lane < threads; ++lane) {
        walk w = {.all = transactions, .lane = &transactions->lists->lanes[lane]};
        patron_status one = walk_lane(&w, patron_shuffle_lane(transactions->by_basket, lane));
        patron_shuffle_close_lane(transactions->by_basket, lane);
        if (one != PATRON_OK) {
#pragma omp critical(patron_baskets)
            status = one;
        }
    }
    status = patron_comm_agree(transactions->comm, status);
    uint64_t baskets = 0;
    for (int lane = 0; lane < threads; ++lane)
        baskets += transactions->lists->lanes[lane].baskets;
    patron_comm_reduce_u64(transactions->comm, &baskets, 1, PATRON_SUM);
    transactions->lists->frame.baskets = baskets;
    return status;
}
