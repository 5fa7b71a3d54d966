/* SPDX-License-Identifier: Apache-2.0 */
/* What threads put is laid out by lane and sent in rounds: in each a rank sends at most a quota to
 * each lane, so that none gets more than it has memory for, whatever the others have for it. */
#include "shuffle/shuffle.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

/* Of a record on its way: in an outbox, laid out, sent, received. */
enum { COPIES = 4 };

/* Bytes on the way beyond which more gain nothing: of a thread, what its caches hold in part; of a
 * lane, so that messages stay long. */
static const uint64_t ENOUGH_OF_THREAD = UINT64_C(1) << 24, ENOUGH_OF_LANE = UINT64_C(1) << 18;

/* What a thread has put: records behind one another, and the lane of each. */
typedef struct outbox {
    char *bytes;
    uint64_t used, room;
    uint32_t *lanes;
    uint64_t count, lane_room;
    uint64_t *next; /* bytes for each lane; where the next of them go while they are laid out */
} outbox;

struct patron_shuffle {
    const patron_comm *comm;
    patron_shuffle_options options;
    uint64_t lanes; /* of all ranks */
    outbox *outboxes;
    patron_sorter **sorters;
    char *laid; /* records of all outboxes, by lane */
    uint64_t laid_room;
    uint64_t *first, *end;                /* of what is left of each lane in `laid` */
    uint64_t *bytes_to;                   /* in this round, to each lane */
    uint64_t *bytes_from;                 /* to each lane of mine from each rank: rank-major */
    uint64_t *send_bytes, *receive_bytes; /* by rank */
    char *send, *received;
    uint64_t send_room, received_room;
};

static uint64_t bytes_on_the_way(const patron_shuffle *s)
{
    uint64_t of_threads = ENOUGH_OF_THREAD * (uint64_t)s->options.threads;
    uint64_t of_lanes = ENOUGH_OF_LANE * s->lanes;
    uint64_t enough = of_threads > of_lanes ? of_threads : of_lanes;
    return s->options.on_the_way < enough ? s->options.on_the_way : enough;
}

static patron_status allocate(patron_shuffle *s)
{
    uint64_t ranks = (uint64_t)s->comm->size, threads = (uint64_t)s->options.threads;
    s->lanes = ranks * threads;
    s->options.on_the_way = bytes_on_the_way(s);
    s->outboxes = patron_allocate(threads, sizeof *s->outboxes);
    s->sorters = patron_allocate(threads, sizeof(patron_sorter *));
    s->first = patron_allocate(s->lanes, sizeof *s->first);
    s->end = patron_allocate(s->lanes, sizeof *s->end);
    s->bytes_to = patron_allocate(s->lanes, sizeof *s->bytes_to);
    s->bytes_from = patron_allocate(s->lanes, sizeof *s->bytes_from);
    s->send_bytes = patron_allocate(ranks, sizeof *s->send_bytes);
    s->receive_bytes = patron_allocate(ranks, sizeof *s->receive_bytes);
    if (s->outboxes == NULL || s->sorters == NULL || s->first == NULL || s->end == NULL ||
        s->bytes_to == NULL || s->bytes_from == NULL || s->send_bytes == NULL ||
        s->receive_bytes == NULL)
        return PATRON_RESOURCE;
    patron_status status = PATRON_OK;
    for (uint64_t t = 0; status == PATRON_OK && t < threads; ++t) {
        s->outboxes[t].next = patron_allocate(s->lanes, sizeof *s->outboxes[t].next);
        status = s->outboxes[t].next == NULL
                     ? PATRON_RESOURCE
                     : patron_sorter_create(s->options.folder, s->options.name,
                                            s->options.sorted / threads, &s->sorters[t]);
    }
    return status;
}

patron_status patron_shuffle_create(const patron_comm *comm, const patron_shuffle_options *options,
                                    patron_shuffle **shuffle)
{
    *shuffle = patron_allocate(1, sizeof **shuffle);
    patron_status status = PATRON_RESOURCE;
    if (*shuffle != NULL) {
        **shuffle = (patron_shuffle){.comm = comm, .options = *options};
        status = allocate(*shuffle);
    }
    return patron_comm_agree(comm, status);
}

/* ---- outboxes ---- */

patron_status patron_shuffle_put(patron_shuffle *shuffle, int thread, uint64_t lane,
                                 const patron_record *record)
{
    outbox *box = &shuffle->outboxes[thread];
    uint64_t length = patron_record_bytes(record);
    char *bytes = patron_grow(box->bytes, box->used + length, &box->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    box->bytes = bytes;
    uint32_t *lanes = patron_grow(box->lanes, box->count + 1, &box->lane_room, sizeof *lanes);
    if (lanes == NULL)
        return PATRON_RESOURCE;
    box->lanes = lanes;
    patron_record_lay(record, bytes + box->used);
    box->used += length;
    box->next[lane] += length;
    lanes[box->count++] = (uint32_t)lane;
    return PATRON_OK;
}

bool patron_shuffle_is_full(const patron_shuffle *shuffle, int thread)
{
    return shuffle->outboxes[thread].used * COPIES * (uint64_t)shuffle->options.threads >=
           shuffle->options.on_the_way;
}

void patron_shuffle_visit(patron_shuffle *shuffle, int thread,
                          void (*visit)(void *context, char *value, uint32_t length), void *context)
{
    const outbox *box = &shuffle->outboxes[thread];
    for (uint64_t at = 0; at < box->used;) {
        patron_record record = patron_record_at(box->bytes + at);
        visit(context, box->bytes + (record.value - box->bytes), record.value_length);
        at += patron_record_bytes(&record);
    }
}

/* ---- laying out ---- */

/* Turns the bytes for lanes into places in `laid`: lane by lane, in it thread by thread. */
static uint64_t find_places(patron_shuffle *s)
{
    uint64_t place = 0;
    for (uint64_t lane = 0; lane < s->lanes; ++lane) {
        s->first[lane] = place;
        for (int t = 0; t < s->options.threads; ++t) {
            uint64_t bytes = s->outboxes[t].next[lane];
            s->outboxes[t].next[lane] = place;
            place += bytes;
        }
        s->end[lane] = place;
    }
    return place;
}

static void lay_out(outbox *box, uint64_t lanes, char *laid)
{
    uint64_t at = 0;
    for (uint64_t i = 0; i < box->count; ++i) {
        patron_record record = patron_record_at(box->bytes + at);
        uint64_t bytes = patron_record_bytes(&record);
        memcpy(laid + box->next[box->lanes[i]], box->bytes + at, bytes);
        box->next[box->lanes[i]] += bytes;
        at += bytes;
    }
    box->used = box->count = 0;
    memset(box->next, 0, lanes * sizeof *box->next);
}

static patron_status lay_out_all(patron_shuffle *s)
{
    int threads = s->options.threads;
    uint64_t total = find_places(s);
    char *laid = patron_grow(s->laid, total, &s->laid_room, 1);
    if (laid == NULL)
        return PATRON_RESOURCE;
    s->laid = laid;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t)
        lay_out(&s->outboxes[t], s->lanes, laid);
    return PATRON_OK;
}

/* ---- rounds ---- */

/* As many whole records of a lane as the quota takes, but at least one; their bytes. */
static uint64_t take_quota(const patron_shuffle *s, uint64_t lane, uint64_t quota)
{
    uint64_t left = s->end[lane] - s->first[lane];
    if (left <= quota)
        return left;
    uint64_t taken = 0;
    while (taken < left) {
        patron_record record = patron_record_at(s->laid + s->first[lane] + taken);
        uint64_t bytes = patron_record_bytes(&record);
        if (taken > 0 && taken + bytes > quota)
            break;
        taken += bytes;
    }
    return taken;
}

/* Chooses what goes in this round; to whom, and from whom how much comes. */
static void plan_round(patron_shuffle *s, uint64_t quota)
{
    uint64_t threads = (uint64_t)s->options.threads, ranks = (uint64_t)s->comm->size;
    for (uint64_t lane = 0; lane < s->lanes; ++lane)
        s->bytes_to[lane] = take_quota(s, lane, quota);
    memset(s->receive_bytes, 0, ranks * sizeof *s->receive_bytes);
    memset(s->send_bytes, 0, ranks * sizeof *s->send_bytes);
    patron_comm_exchange_lists(s->comm, s->bytes_to, s->bytes_from, threads);
    for (uint64_t lane = 0; lane < s->lanes; ++lane) {
        s->send_bytes[lane / threads] += s->bytes_to[lane];
        s->receive_bytes[lane / threads] += s->bytes_from[lane];
    }
}

static patron_status make_room(patron_shuffle *s)
{
    uint64_t out = 0, in = 0;
    for (int r = 0; r < s->comm->size; ++r) {
        out += s->send_bytes[r];
        in += s->receive_bytes[r];
    }
    char *send = patron_grow(s->send, out, &s->send_room, 1);
    s->send = send == NULL ? s->send : send;
    char *received = patron_grow(s->received, in, &s->received_room, 1);
    s->received = received == NULL ? s->received : received;
    return send == NULL || received == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* Lays what goes out side by side; its bytes. */
static uint64_t gather_round(patron_shuffle *s)
{
    char *at = s->send;
    for (uint64_t lane = 0; lane < s->lanes; ++lane) {
        if (s->bytes_to[lane] > 0)
            memcpy(at, s->laid + s->first[lane], s->bytes_to[lane]);
        at += s->bytes_to[lane];
        s->first[lane] += s->bytes_to[lane];
    }
    return (uint64_t)(at - s->send);
}

/* What came for lane `own` of this rank. */
static patron_status take_in(patron_shuffle *s, int own)
{
    uint64_t threads = (uint64_t)s->options.threads;
    patron_status status = PATRON_OK;
    uint64_t at = 0;
    for (uint64_t part = 0; status == PATRON_OK && part < s->lanes; ++part) {
        if (part % threads == (uint64_t)own)
            status = patron_sorter_append(s->sorters[own], s->received + at, s->bytes_from[part]);
        at += s->bytes_from[part];
    }
    return status;
}

static patron_status run_round(patron_shuffle *s)
{
    patron_status status = patron_comm_agree(s->comm, make_room(s));
    if (status != PATRON_OK)
        return status;
    patron_span packing = patron_meter_enter(PATRON_STEP_PACK);
    uint64_t packed = gather_round(s);
    patron_meter_leave(packing, packed, 0);
    patron_comm_exchange(s->comm, s->send, s->send_bytes, s->received, s->receive_bytes);
    int threads = s->options.threads;
    patron_span sorting = patron_meter_enter(PATRON_STEP_SORT);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int own = 0; own < threads; ++own) {
        patron_status one = take_in(s, own);
        if (one != PATRON_OK) {
#pragma omp critical(patron_shuffle)
            status = one;
        }
    }
    patron_meter_leave(sorting, 0, 0);
    return patron_comm_agree(s->comm, status);
}

static uint64_t bytes_left(const patron_shuffle *s)
{
    uint64_t left = 0;
    for (uint64_t lane = 0; lane < s->lanes; ++lane)
        left += s->end[lane] - s->first[lane];
    patron_comm_reduce_u64(s->comm, &left, 1, PATRON_MAX);
    return left;
}

patron_status patron_shuffle_exchange(patron_shuffle *shuffle)
{
    uint64_t quota = shuffle->options.on_the_way / COPIES / shuffle->lanes;
    uint64_t waiting = 0;
    for (int t = 0; t < shuffle->options.threads; ++t)
        waiting += shuffle->outboxes[t].used;
    patron_comm_reduce_u64(shuffle->comm, &waiting, 1, PATRON_MAX);
    if (waiting == 0)
        return PATRON_OK;
    patron_span span = patron_meter_enter(PATRON_STEP_PACK);
    patron_status status = lay_out_all(shuffle);
    patron_meter_leave(span, 0, 0);
    status = patron_comm_agree(shuffle->comm, status);
    while (status == PATRON_OK && bytes_left(shuffle) > 0) {
        plan_round(shuffle, quota);
        status = run_round(shuffle);
    }
    return status;
}

/* ---- lanes ---- */

static void free_exchange(patron_shuffle *s)
{
    for (int t = 0; s->outboxes != NULL && t < s->options.threads; ++t) {
        free(s->outboxes[t].bytes);
        free(s->outboxes[t].lanes);
        free(s->outboxes[t].next);
        s->outboxes[t] = (outbox){0};
    }
    free(s->laid);
    free(s->send);
    free(s->received);
    s->laid = s->send = s->received = NULL;
}

patron_status patron_shuffle_finish(patron_shuffle *shuffle)
{
    patron_status status = PATRON_OK;
    int threads = shuffle->options.threads;
    free_exchange(shuffle);
    patron_span span = patron_meter_enter(PATRON_STEP_SORT);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int own = 0; own < threads; ++own) {
        patron_status one = patron_sorter_finish(shuffle->sorters[own]);
        if (one != PATRON_OK) {
#pragma omp critical(patron_shuffle)
            status = one;
        }
    }
    patron_meter_leave(span, 0, 0);
    return patron_comm_agree(shuffle->comm, status);
}

patron_sorter *patron_shuffle_lane(patron_shuffle *shuffle, int lane)
{
    return shuffle->sorters[lane];
}

void patron_shuffle_close_lane(patron_shuffle *shuffle, int lane)
{
    patron_sorter_free(shuffle->sorters[lane]);
    shuffle->sorters[lane] = NULL;
}

void patron_shuffle_free(patron_shuffle *shuffle)
{
    if (shuffle == NULL)
        return;
    free_exchange(shuffle);
    for (int own = 0; shuffle->sorters != NULL && own < shuffle->options.threads; ++own)
        patron_sorter_free(shuffle->sorters[own]);
    free(shuffle->outboxes);
    free(shuffle->sorters);
    free(shuffle->first);
    free(shuffle->end);
    free(shuffle->bytes_to);
    free(shuffle->bytes_from);
    free(shuffle->send_bytes);
    free(shuffle->receive_bytes);
    free(shuffle);
}
