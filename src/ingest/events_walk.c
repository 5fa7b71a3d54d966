/* SPDX-License-Identifier: Apache-2.0 */
/* The second stage: each lane reads its rows, sorted by customer, kind and time, and sums up
 * customer by customer.  Only the values of one kind are added up at a time. */
#include "ingest/events_stages.h"

#include "patron/exactsum.h"
#include "patron/memory.h"
#include "shuffle/held_key.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DAY = 86400.0; /* seconds */

/* What a customer has of a slot. */
typedef struct slot_figures {
    uint64_t count, valued;
    int64_t last;
    double sum;
} slot_figures;

/* A lane on its way. */
typedef struct walk {
    const patron_events *events;
    patron_lane *lane;
    patron_held_key key; /* of the row before */
    uint64_t customer_length;
    uint64_t kind_length;
    int64_t first; /* of the customer's rows */
    uint32_t slot; /* of the kind at hand */
    patron_exactsum sum;
    slot_figures *slots;
    float *features;
    uint32_t width;
    patron_event_sums sums;
} walk;

/* ---- a customer ends ---- */

static void lay_features(walk *w)
{
    const patron_events *events = w->events;
    const patron_kinds *kinds = &events->kinds;
    double days = (double)(events->as_of - w->first) / DAY;
    double window = patron_events_window(events);
    float *to = w->features;
    for (uint32_t s = 0; s < kinds->slot_count; ++s) {
        const slot_figures *slot = &w->slots[s];
        bool has_any = slot->count > 0;
        *to++ = (float)slot->count;
        *to++ = (float)((double)slot->count / (days < 1.0 ? 1.0 : days));
        *to++ = (float)(has_any ? (double)(events->as_of - slot->last) / DAY : window);
        w->sums.filled += has_any ? 0 : 1;
        if (!patron_kinds_slot_has_values(kinds, s))
            continue;
        *to++ = (float)slot->sum;
        *to++ = slot->valued > 0 ? (float)(slot->sum / (double)slot->valued) : NAN;
        w->sums.missing += slot->valued > 0 ? 0 : 1;
    }
}

static patron_status fail_features(const patron_events *events)
{
    return patron_fail(PATRON_DATA, "%s: the sum of a customer's values is more than float32 holds",
                       events->name);
}

static patron_status check_features(const walk *w)
{
    for (uint32_t i = 0; i < w->width; ++i)
        if (isinf(w->features[i]))
            return fail_features(w->events);
    return PATRON_OK;
}

static patron_status end_customer(walk *w)
{
    if (w->key.length == 0)
        return PATRON_OK;
    lay_features(w);
    patron_status status = check_features(w);
    if (status == PATRON_OK)
        status = patron_lane_write_id(w->lane, PATRON_COLUMN_CUSTOMER_ID, w->key.bytes,
                                      w->customer_length, &w->lane->customer_width);
    if (status == PATRON_OK)
        status = patron_lane_write(w->lane, PATRON_COLUMN_FEATURES, w->features,
                                   w->width * sizeof *w->features);
    ++w->lane->customers;
    return status;
}

static void end_kind(walk *w)
{
    if (w->key.length > 0 && w->slot != PATRON_NO_SLOT &&
        patron_kinds_slot_has_values(&w->events->kinds, w->slot))
        w->slots[w->slot].sum = patron_exactsum_round(&w->sum);
}

/* ---- rows ---- */

static void start_customer(walk *w, const patron_record *row)
{
    const char *end = memchr(row->key, '\0', row->key_length);
    w->customer_length = (uint64_t)(end - row->key);
    w->first = INT64_MAX;
    memset(w->slots, 0, w->events->kinds.slot_count * sizeof *w->slots);
}

static void start_kind(walk *w, const patron_record *row)
{
    w->kind_length = row->key_length - w->customer_length - 2 - PATRON_EVENT_TAIL;
    const patron_slice kind = {row->key + w->customer_length + 1, w->kind_length};
    w->slot = patron_kinds_slot(&w->events->kinds, kind);
    w->sum = (patron_exactsum){0};
}

static void add(walk *w, const patron_record *row)
{
    patron_event_tail tail = patron_event_tail_at(row->key + row->key_length - PATRON_EVENT_TAIL);
    w->first = tail.time < w->first ? tail.time : w->first;
    if (w->slot == PATRON_NO_SLOT)
        return;
    slot_figures *slot = &w->slots[w->slot];
    slot->last = slot->count == 0 || tail.time > slot->last ? tail.time : slot->last;
    ++slot->count;
    if (!tail.has_value)
        return;
    ++slot->valued;
    patron_exactsum_add(&w->sum, tail.value);
}

/* Whether the first `length` bytes of the row are those of the row before. */
static bool starts_alike(const walk *w, const patron_record *row, uint64_t length)
{
    return w->key.length >= length && row->key_length >= length &&
           memcmp(w->key.bytes, row->key, length) == 0;
}

static patron_status take(walk *w, const patron_record *row)
{
    bool has_key = w->key.length > 0;
    bool is_same_customer = has_key && starts_alike(w, row, w->customer_length + 1);
    bool is_same_kind =
        is_same_customer && starts_alike(w, row, w->customer_length + 1 + w->kind_length + 1);
    patron_status status = PATRON_OK;
    w->sums.duplicates += has_key && patron_held_key_is(&w->key, row) ? 1 : 0;
    if (!is_same_kind)
        end_kind(w);
    if (!is_same_customer) {
        status = end_customer(w);
        start_customer(w, row);
    }
    if (!is_same_kind)
        start_kind(w, row);
    add(w, row);
    return status == PATRON_OK ? patron_held_key_take(&w->key, row) : status;
}

static patron_status walk_lane(walk *w, patron_sorter *sorter)
{
    const patron_kinds *kinds = &w->events->kinds;
    bool found = true;
    for (uint32_t s = 0; s < kinds->slot_count; ++s)
        w->width += patron_events_slot_width(kinds, s);
    w->slots = patron_allocate(kinds->slot_count, sizeof *w->slots);
    w->features = patron_allocate(w->width, sizeof *w->features);
    patron_status status = w->slots == NULL || w->features == NULL ? PATRON_RESOURCE : PATRON_OK;
    while (status == PATRON_OK && found) {
        patron_record row;
        status = patron_sorter_next(sorter, &row, &found);
        if (status == PATRON_OK && found)
            status = take(w, &row);
    }
    if (status == PATRON_OK) {
        end_kind(w);
        status = end_customer(w);
    }
    free(w->key.bytes);
    free(w->slots);
    free(w->features);
    return status;
}

patron_status patron_events_walk(patron_events *events, patron_ingested *lists)
{
    int threads = events->threads;
    uint64_t sums[4] = {0}; /* duplicates, filled, missing, customers */
    patron_status status = patron_shuffle_finish(events->rows);
    if (status != PATRON_OK)
        return status;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int lane = 0; lane < threads; ++lane) {
        walk w = {.events = events, .lane = &lists->lanes[lane]};
        patron_status one = walk_lane(&w, patron_shuffle_lane(events->rows, lane));
        patron_shuffle_close_lane(events->rows, lane);
#pragma omp critical(patron_events)
        {
            status = one == PATRON_OK ? status : one;
            sums[0] += w.sums.duplicates;
            sums[1] += w.sums.filled;
            sums[2] += w.sums.missing;
            sums[3] += w.lane->customers;
        }
    }
    if (status == PATRON_DATA) /* its text, not that of a lane that failed later */
        status = fail_features(events);
    status = patron_comm_agree(events->comm, status);
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_u64(events->comm, sums, 4, PATRON_SUM);
    events->sums = (patron_event_sums){sums[0], sums[1], sums[2]};
    lists->frame.rows = sums[3];
    return PATRON_OK;
}
