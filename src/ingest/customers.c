/* SPDX-License-Identifier: Apache-2.0 */
/* The second stage: each lane reads its pieces, sorted by customer and basket, and sums up customer
 * by customer.  What it finds of a basket goes to the lane of that basket. */
#include "ingest/transactions.h"

#include "ingest/features.h"
#include "ingest/item_set.h"
#include "ingest/piece.h"
#include "patron/memory.h"
#include "shuffle/held_key.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_TOGETHER = 4096 }; /* of a basket, in one record */

/* A lane on its way. */
typedef struct walk {
    patron_transactions *all;
    int lane; /* of this rank */
    bool is_done;
    patron_held_key key; /* of the customer and basket at hand: customer, NUL, basket */
    uint64_t customer_length;
    patron_customer_figures figures;
    patron_exactsum monetary;
    patron_item_set of_customer, of_basket;
    int64_t basket_first;
    uint64_t *rows; /* hashes of those of the basket at hand */
    uint64_t row_count, row_room;
    uint64_t single;     /* customers of one basket */
    uint64_t duplicates; /* rows that are the same as one before */
    char *value;         /* room for a record */
} walk;

static uint64_t customer_code(const walk *w)
{
    uint64_t lane = (uint64_t)w->all->comm->rank * (uint64_t)w->all->threads + (uint64_t)w->lane;
    return lane << PATRON_CUSTOMER_BITS | w->all->lists->lanes[w->lane].customers;
}

/* Sends the basket at hand on, in records of a bounded size. */
static patron_status put_basket(walk *w)
{
    uint64_t code = customer_code(w);
    const char *basket = w->key.bytes + w->customer_length + 1;
    uint64_t length = w->key.length - w->customer_length - 1;
    uint64_t lane = patron_splitters_range(&w->all->baskets, basket, length);
    patron_status status = PATRON_OK;
    memcpy(w->value, &code, sizeof code);
    memcpy(w->value + sizeof code, &w->basket_first, sizeof w->basket_first);
    for (uint64_t first = 0; status == PATRON_OK && first < w->of_basket.count;
         first += ITEMS_TOGETHER) {
        uint64_t left = w->of_basket.count - first;
        uint64_t bytes = (left < ITEMS_TOGETHER ? left : ITEMS_TOGETHER) * sizeof(uint32_t);
        memcpy(w->value + PATRON_PIECE_HEAD, w->of_basket.items + first, bytes);
        patron_record record = {.key = basket,
                                .key_length = (uint32_t)length,
                                .value = w->value,
                                .value_length = (uint32_t)(PATRON_PIECE_HEAD + bytes)};
        status = patron_shuffle_put(w->all->by_basket, w->lane, lane, &record);
    }
    return status;
}

static int compare_hashes(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b ? 1 : 0;
}

/* Of a basket that has an item in several rows, those that are the same. */
static void count_duplicates(walk *w)
{
    if (w->row_count == w->of_basket.count)
        return;
    qsort(w->rows, w->row_count, sizeof *w->rows, compare_hashes);
    for (uint64_t i = 1; i < w->row_count; ++i)
        w->duplicates += w->rows[i - 1] == w->rows[i] ? 1 : 0;
}

static patron_status end_basket(walk *w)
{
    patron_customer_figures *f = &w->figures;
    if (w->key.length == 0)
        return PATRON_OK;
    count_duplicates(w);
    ++f->baskets;
    f->basket_items += w->of_basket.count;
    if (w->basket_first > f->last_basket)
        f->last_basket = w->basket_first;
    return put_basket(w);
}

static patron_status end_customer(walk *w)
{
    patron_transactions *all = w->all;
    patron_lane *lane = &all->lists->lanes[w->lane];
    float features[PATRON_FEATURES];
    uint32_t count = 0;
    if (w->key.length == 0)
        return PATRON_OK;
    w->figures.items = w->of_customer.count;
    w->figures.monetary = all->cleaning.has_value ? patron_exactsum_round(&w->monetary) : 0.0;
    w->single += w->figures.baskets < 2 ? 1 : 0;
    patron_status status =
        patron_features_of(&all->cleaning, all->name, &w->figures, features, &count);
    if (status == PATRON_OK)
        status = patron_lane_write_id(lane, PATRON_COLUMN_CUSTOMER_ID, w->key.bytes,
                                      w->customer_length, &lane->customer_width);
    if (status == PATRON_OK)
        status =
            patron_lane_write(lane, PATRON_COLUMN_FEATURES, features, count * sizeof features[0]);
    ++lane->customers;
    return status;
}

/* Starts the customer and basket of `record`, or the basket alone. */
static patron_status start(walk *w, const patron_record *record, bool is_new_customer)
{
    patron_status status = patron_held_key_take(&w->key, record);
    if (status != PATRON_OK)
        return status;
    w->basket_first = INT64_MAX;
    w->row_count = 0;
    patron_item_set_clear(&w->of_basket);
    if (!is_new_customer)
        return PATRON_OK;
    const char *key = w->key.bytes;
    w->customer_length = (uint64_t)((const char *)memchr(key, '\0', w->key.length) - key);
    patron_item_set_clear(&w->of_customer);
    w->monetary = (patron_exactsum){0};
    w->figures = (patron_customer_figures){
        .first = INT64_MAX, .last = INT64_MIN, .last_basket = INT64_MIN, .as_of = w->figures.as_of};
    return PATRON_OK;
}

static patron_status add_rows(walk *w, const patron_record *record)
{
    bool has_value = w->all->cleaning.has_value;
    const uint32_t *place = w->all->items.place;
    uint32_t count = patron_piece_count(record->value_length, patron_piece_row_bytes(has_value));
    uint64_t contents = PATRON_PIECE_HEAD + count * sizeof(uint32_t);
    uint64_t values = contents + count * sizeof(uint64_t);
    int64_t first = patron_piece_i64(record->value, 0);
    int64_t last = patron_piece_i64(record->value, sizeof first);
    patron_status status = PATRON_OK;
    uint64_t *rows = patron_grow(w->rows, w->row_count + count, &w->row_room, sizeof *rows);
    if (rows == NULL)
        return PATRON_RESOURCE;
    w->rows = rows;
    w->basket_first = first < w->basket_first ? first : w->basket_first;
    w->figures.first = first < w->figures.first ? first : w->figures.first;
    w->figures.last = last > w->figures.last ? last : w->figures.last;
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint32_t item =
            place[patron_piece_u32(record->value, PATRON_PIECE_HEAD + i * sizeof(uint32_t))];
        status = patron_item_set_add(&w->of_basket, item);
        if (status == PATRON_OK)
            status = patron_item_set_add(&w->of_customer, item);
        if (has_value)
            patron_exactsum_add(&w->monetary,
                                patron_piece_f64(record->value, values + i * sizeof(double)));
    }
    memcpy(rows + w->row_count, record->value + contents, count * sizeof *rows);
    w->row_count += count;
    return status;
}

static patron_status take(walk *w, const patron_record *record)
{
    patron_status status = PATRON_OK;
    if (!patron_held_key_is(&w->key, record)) {
        bool is_same_customer = w->key.length > 0 && record->key_length > w->customer_length &&
                                memcmp(record->key, w->key.bytes, w->customer_length + 1) == 0;
        status = end_basket(w);
        if (status == PATRON_OK && !is_same_customer)
            status = end_customer(w);
        if (status == PATRON_OK)
            status = start(w, record, !is_same_customer);
    }
    return status == PATRON_OK ? add_rows(w, record) : status;
}

/* Goes on until the outbox is full or the lane ends. */
static patron_status walk_on(walk *w)
{
    patron_sorter *sorter = patron_shuffle_lane(w->all->by_customer, w->lane);
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && !w->is_done &&
           !patron_shuffle_is_full(w->all->by_basket, w->lane)) {
        patron_record record;
        bool found = false;
        status = patron_sorter_next(sorter, &record, &found);
        w->is_done = !found;
        if (status == PATRON_OK && found)
            status = take(w, &record);
    }
    if (status == PATRON_OK && w->is_done && w->key.length > 0) {
        status = end_basket(w);
        if (status == PATRON_OK)
            status = end_customer(w);
        w->key.length = 0;
        patron_shuffle_close_lane(w->all->by_customer, w->lane);
    }
    return status;
}

static patron_status find_as_of(const patron_transactions *all, int64_t *as_of)
{
    const patron_ingest_transactions_options *o = all->options;
    int64_t last = all->counts.last_time;
    int64_t latest = last > o->others_last ? last : o->others_last;
    *as_of = o->has_as_of ? o->as_of : latest;
    return all->cleaning.has[PATRON_ROLE_TIME] ? patron_as_of_check(all->name, *as_of, last)
                                               : PATRON_OK;
}

static patron_status open_walks(patron_transactions *all, walk *walks)
{
    int64_t as_of = 0;
    patron_status status = find_as_of(all, &as_of);
    for (int lane = 0; status == PATRON_OK && lane < all->threads; ++lane) {
        walk *w = &walks[lane];
        w->all = all;
        w->lane = lane;
        w->figures.as_of = as_of;
        w->value = patron_allocate(PATRON_PIECE_HEAD + ITEMS_TOGETHER * sizeof(uint32_t), 1);
        status = w->value == NULL ? PATRON_RESOURCE : PATRON_OK;
        uint64_t items = all->items.names.texts.count;
        if (status == PATRON_OK)
            status = patron_item_set_create(items, &w->of_customer);
        if (status == PATRON_OK)
            status = patron_item_set_create(items, &w->of_basket);
    }
    return patron_comm_agree(all->comm, status);
}

/* Tells again what is wrong with the customer at hand. */
static patron_status fail_features(const walk *w)
{
    float features[PATRON_FEATURES];
    uint32_t count = 0;
    return patron_features_of(&w->all->cleaning, w->all->name, &w->figures, features, &count);
}

/* Rounds of walking and exchanging. */
static patron_status walk_all(patron_transactions *all, walk *walks)
{
    int threads = all->threads;
    patron_status status = PATRON_OK;
    uint64_t left = 1;
    while (status == PATRON_OK && left > 0) {
        int failed = threads;
        left = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : left)
        for (int lane = 0; lane < threads; ++lane) {
            patron_status one = walk_on(&walks[lane]);
            left += walks[lane].is_done ? 0 : 1;
#pragma omp critical(patron_customers)
            if (one != PATRON_OK && lane < failed) {
                failed = lane;
                status = one;
            }
        }
        if (status == PATRON_DATA) /* its text, not that of a lane that failed later */
            status = fail_features(&walks[failed]);
        status = patron_comm_agree(all->comm, status);
        patron_comm_reduce_u64(all->comm, &left, 1, PATRON_SUM);
        if (status == PATRON_OK)
            status = patron_shuffle_exchange(all->by_basket);
    }
    return status;
}

/* Counts the customers before each lane of all ranks. */
static patron_status number_customers(patron_transactions *all)
{
    uint64_t threads = (uint64_t)all->threads;
    all->customers_before = patron_allocate(all->lanes + 1, sizeof *all->customers_before);
    patron_status status =
        patron_comm_agree(all->comm, all->customers_before == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    for (uint64_t lane = 0; lane < threads; ++lane)
        all->customers_before[(uint64_t)all->comm->rank * threads + lane + 1] =
            all->lists->lanes[lane].customers;
    patron_comm_reduce_u64(all->comm, all->customers_before, all->lanes + 1, PATRON_SUM);
    for (uint64_t lane = 0; lane < all->lanes; ++lane)
        all->customers_before[lane + 1] += all->customers_before[lane];
    all->lists->frame.rows = all->customers_before[all->lanes];
    return PATRON_OK;
}

patron_status patron_transactions_customers(patron_transactions *transactions)
{
    patron_transactions *all = transactions;
    walk *walks = patron_allocate((uint64_t)all->threads, sizeof *walks);
    patron_status status =
        patron_comm_agree(all->comm, walks == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_shuffle_finish(all->by_customer);
    if (status == PATRON_OK)
        status = open_walks(all, walks);
    if (status == PATRON_OK)
        status = walk_all(all, walks);
    for (int lane = 0; walks != NULL && lane < all->threads; ++lane) {
        all->single += walks[lane].single;
        all->duplicates += walks[lane].duplicates;
        patron_item_set_free(&walks[lane].of_customer);
        patron_item_set_free(&walks[lane].of_basket);
        free(walks[lane].key.bytes);
        free(walks[lane].rows);
        free(walks[lane].value);
    }
    free(walks);
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_u64(all->comm, &all->single, 1, PATRON_SUM);
    patron_comm_reduce_u64(all->comm, &all->duplicates, 1, PATRON_SUM);
    return number_customers(all);
}
