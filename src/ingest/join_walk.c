/* SPDX-License-Identifier: Apache-2.0 */
/* Each lane reads its records by id, and writes customer by customer. */
#include "ingest/join_stages.h"

#include "patron/memory.h"
#include "shuffle/held_key.h"

#include <math.h>
#include <stdlib.h>

/* A lane on its way. */
typedef struct walk {
    const patron_join *join;
    patron_lane *lane;
    patron_held_key key; /* of the customer at hand */
    bool has[PATRON_JOIN_SOURCES];
    float *row;
    patron_join_counts counts;
    unsigned char *in_first; /* of each customer of the lane, whether the first source has it */
    uint64_t in_first_room;
} walk;

static void start_customer(walk *w)
{
    const patron_join *join = w->join;
    for (uint32_t s = 0; s < join->count; ++s)
        w->has[s] = false;
    memcpy(w->row, join->absent, join->width * sizeof *w->row);
}

static void take(walk *w, const patron_record *record)
{
    uint32_t source = (unsigned char)record->value[0];
    w->has[source] = true;
    memcpy(w->row + w->join->first[source], record->value + 1, record->value_length - 1);
}

static void count(walk *w)
{
    const patron_join *join = w->join;
    uint32_t sources = 0;
    for (uint32_t s = 0; s < join->count; ++s)
        sources += w->has[s] ? 1 : 0;
    for (uint32_t s = 0; s < join->count; ++s) {
        w->counts.unmatched[s] += sources == 1 && w->has[s] ? 1 : 0;
        for (uint32_t c = join->first[s]; c < join->first[s + 1]; ++c) {
            bool is_missing = isnan(w->row[c]);
            w->counts.missing += is_missing ? 1 : 0;
            w->counts.filled += !is_missing && !w->has[s] ? 1 : 0;
        }
    }
}

static patron_status end_customer(walk *w)
{
    patron_lane *lane = w->lane;
    if (w->key.length == 0)
        return PATRON_OK;
    count(w);
    unsigned char *in_first =
        patron_grow(w->in_first, lane->customers / 8 + 1, &w->in_first_room, 1);
    if (in_first == NULL)
        return PATRON_RESOURCE;
    w->in_first = in_first;
    uint64_t bit = lane->customers % 8;
    unsigned before = bit == 0 ? 0U : in_first[lane->customers / 8];
    in_first[lane->customers / 8] = (unsigned char)(before | (w->has[0] ? 1U : 0U) << bit);
    patron_status status = patron_lane_write_id(lane, PATRON_COLUMN_CUSTOMER_ID, w->key.bytes,
                                                w->key.length, &lane->customer_width);
    if (status == PATRON_OK)
        status = patron_lane_write(lane, PATRON_COLUMN_FEATURES, w->row,
                                   w->join->width * sizeof *w->row);
    ++lane->customers;
    return status;
}

static patron_status walk_lane(walk *w, patron_sorter *sorter)
{
    bool found = true;
    w->row = patron_allocate(w->join->width, sizeof *w->row);
    patron_status status = w->row == NULL ? PATRON_RESOURCE : PATRON_OK;
    while (status == PATRON_OK) {
        patron_record record;
        status = patron_sorter_next(sorter, &record, &found);
        if (status != PATRON_OK || !found)
            break;
        if (!patron_held_key_is(&w->key, &record)) {
            status = end_customer(w);
            if (status == PATRON_OK)
                status = patron_held_key_take(&w->key, &record);
            start_customer(w);
        }
        take(w, &record);
    }
    return status == PATRON_OK ? end_customer(w) : status;
}

/* ---- all lanes ---- */

static void add_up(patron_join *join, const walk *walks)
{
    patron_join_counts *sum = &join->counts;
    for (int lane = 0; lane < join->threads; ++lane) {
        for (uint32_t s = 0; s < join->count; ++s)
            sum->unmatched[s] += walks[lane].counts.unmatched[s];
        sum->filled += walks[lane].counts.filled;
        sum->missing += walks[lane].counts.missing;
    }
    patron_comm_reduce_u64(join->comm, sum->unmatched, join->count, PATRON_SUM);
    patron_comm_reduce_u64(join->comm, &sum->filled, 1, PATRON_SUM);
    patron_comm_reduce_u64(join->comm, &sum->missing, 1, PATRON_SUM);
}

/* Numbers all customers, and notes which of them the first source has.  Collective. */
static patron_status map_first(patron_join *join, const walk *walks)
{
    uint64_t own = 0;
    for (int lane = 0; lane < join->threads; ++lane)
        own += walks[lane].lane->customers;
    uint64_t row = patron_comm_prefix_u64(join->comm, own);
    patron_comm_reduce_u64(join->comm, &own, 1, PATRON_SUM);
    join->lists->frame.rows = own;
    patron_status status =
        patron_comm_agree(join->comm, patron_row_map_create(own, &join->of_first));
    if (status != PATRON_OK)
        return status;
    for (int lane = 0; lane < join->threads; ++lane)
        for (uint64_t i = 0; i < walks[lane].lane->customers; ++i, ++row)
            if ((walks[lane].in_first[i / 8] >> i % 8 & 1U) != 0)
                patron_row_map_set(&join->of_first, row);
    patron_row_map_share(join->comm, &join->of_first);
    return PATRON_OK;
}

patron_status patron_join_walk(patron_join *join)
{
    int threads = join->threads;
    walk *walks = patron_allocate((uint64_t)threads, sizeof *walks);
    patron_status status =
        patron_comm_agree(join->comm, walks == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_shuffle_finish(join->rows);
    if (status != PATRON_OK)
        goto cleanup;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int lane = 0; lane < threads; ++lane) {
        walks[lane] = (walk){.join = join, .lane = &join->lists->lanes[lane]};
        patron_status one = walk_lane(&walks[lane], patron_shuffle_lane(join->rows, lane));
        patron_shuffle_close_lane(join->rows, lane);
        if (one != PATRON_OK) {
#pragma omp critical(patron_join_walk)
            status = one;
        }
    }
    status = patron_comm_agree(join->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    add_up(join, walks);
    status = map_first(join, walks);
cleanup:
    for (int lane = 0; walks != NULL && lane < threads; ++lane) {
        free(walks[lane].key.bytes);
        free(walks[lane].row);
        free(walks[lane].in_first);
    }
    free(walks);
    return status;
}
