/* SPDX-License-Identifier: Apache-2.0 */
/* A branch is mined from the rows that hold its item, cut behind it unless what it has passed
 * matters. */
#include "itemset/exchange.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

/* That a rank sends at a time: few enough to stay in a cache from one step to the next. */
static const uint64_t PIECE_WORDS = UINT64_C(1) << 18;

/* Which ranks have tasks of which items: those of item i are ranks[offsets[i]] ... */
typedef struct owners {
    uint64_t *offsets; /* width + 1 */
    int *ranks;
} owners;

/* The first items of a row, for a rank. */
typedef struct need {
    uint64_t row;
    uint32_t length;
    int rank;
} need;

typedef struct exchange {
    const patron_comm *comm;
    const itemset_exchange_plan *plan;
    owners owners;
    itemset_growing_rows *rows; /* this rank's own, and what came */
    uint64_t own, next;         /* own rows in all; the first that has not been sent */
    uint32_t *lengths;          /* by own row: items that this rank needs */
    uint32_t *needed;           /* by rank: items of the row in hand, all zero between rows */
    int *touched;
    need *needs; /* of other ranks, in the piece */
    uint64_t need_count, need_room;
    uint64_t *words_to; /* by rank */
    uint64_t *bytes_to;
    uint64_t *bytes_from;
    uint32_t *out, *in; /* the words that go and come */
    uint64_t out_room, in_room;
    uint32_t **ends; /* by rank: where its next row goes */
    uint64_t bytes_sent;
} exchange;

/* ---- owners ---- */

static int compare_ranks(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

/* Parts of one item may lie on several ranks, and several on one: each rank stays once. */
static void keep_once(owners *o, uint32_t width)
{
    uint64_t kept = 0, first = 0;
    for (uint32_t item = 0; item < width; ++item) {
        uint64_t end = o->offsets[item + 1];
        uint64_t start = kept;
        qsort(o->ranks + first, end - first, sizeof *o->ranks, compare_ranks);
        for (uint64_t i = first; i < end; ++i)
            if (kept == start || o->ranks[kept - 1] != o->ranks[i])
                o->ranks[kept++] = o->ranks[i];
        o->offsets[item + 1] = kept;
        first = end;
    }
}

static patron_status find_owners(const itemset_exchange_plan *plan, owners *o)
{
    const itemset_task *tasks = plan->tasks;
    uint64_t pairs = 0, used = 0;
    for (uint64_t i = 0; i < plan->task_count; ++i)
        pairs += tasks[i].batch.end - tasks[i].batch.first;
    o->offsets = patron_allocate((uint64_t)plan->width + 1, sizeof *o->offsets);
    o->ranks = patron_allocate(pairs, sizeof *o->ranks);
    if (o->offsets == NULL || o->ranks == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < plan->task_count; ++i) /* in the order of the items */
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item) {
            if (item < plan->first)
                continue;
            o->ranks[used++] = tasks[i].rank;
            o->offsets[item + 1] = used;
        }
    for (uint32_t item = 0; item < plan->width; ++item) /* that no rank needs */
        if (o->offsets[item + 1] < o->offsets[item])
            o->offsets[item + 1] = o->offsets[item];
    keep_once(o, plan->width);
    return PATRON_OK;
}

/* ---- sending ---- */

/* Sets needed[] of the ranks that get a part of the row; returns how many, their numbers in
 * touched[].  From the end, where the last item of each rank is met first. */
static int find_needs(exchange *x, uint64_t row)
{
    const itemset_span span = itemset_rows_span(&x->rows->rows, row);
    const uint32_t *items = span.first;
    uint64_t length = (uint64_t)(span.end - span.first);
    uint64_t least = x->plan->whole ? 1 : 2; /* items that are of use */
    int touched = 0;
    for (uint64_t end = length; end >= least && touched < x->comm->size; --end) {
        uint64_t last = x->owners.offsets[items[end - 1] + 1];
        if (items[end - 1] < x->plan->first)
            break;
        for (uint64_t o = x->owners.offsets[items[end - 1]]; o < last; ++o) {
            int rank = x->owners.ranks[o];
            if (x->needed[rank] > 0)
                continue;
            x->touched[touched++] = rank;
            x->needed[rank] = (uint32_t)(x->plan->whole ? length : end);
        }
    }
    return touched;
}

/* Who needs what of the next rows, as many as are sent at a time: to needs[] and words_to[], and
 * what this rank needs itself to lengths[]. */
static patron_status choose_piece(exchange *x)
{
    uint64_t words = 0;
    x->need_count = 0;
    memset(x->words_to, 0, (uint64_t)x->comm->size * sizeof *x->words_to);
    for (; x->next < x->own && words < PIECE_WORDS; ++x->next) {
        int touched = find_needs(x, x->next);
        need *needs =
            patron_grow(x->needs, x->need_count + (uint64_t)touched, &x->need_room, sizeof *needs);
        if (needs == NULL)
            return PATRON_RESOURCE;
        x->needs = needs;
        for (int i = 0; i < touched; ++i) {
            int rank = x->touched[i];
            uint32_t length = x->needed[rank];
            x->needed[rank] = 0;
            words += ITEMSET_WIRE_HEAD + length;
            if (rank == x->comm->rank) {
                x->lengths[x->next] = length;
                continue;
            }
            x->words_to[rank] += ITEMSET_WIRE_HEAD + length;
            needs[x->need_count++] = (need){x->next, length, rank};
        }
    }
    return PATRON_OK;
}

/* Fills out[], each rank's words behind those of the ranks before it. */
static void fill_piece(exchange *x)
{
    uint64_t start = 0;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        x->ends[rank] = x->out + start;
        start += x->words_to[rank];
    }
    for (uint64_t i = 0; i < x->need_count; ++i) {
        const need *one = &x->needs[i];
        x->ends[one->rank] =
            itemset_wire_put(&x->rows->rows, one->row, one->length, x->ends[one->rank]);
    }
}

/* ---- the exchange ---- */

static patron_status grow_buffer(uint32_t **buffer, uint64_t bytes, uint64_t *room)
{
    uint32_t *grown = patron_grow(*buffer, bytes / sizeof **buffer, room, sizeof **buffer);
    *buffer = grown == NULL ? *buffer : grown;
    return grown == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* Takes in received[count].  When the first piece has come, it tells what will come in all. */
static patron_status take_piece(exchange *x, uint64_t count, bool is_first)
{
    itemset_growing_rows *to = x->rows;
    uint64_t own_items = to->rows.offsets[x->own];
    patron_status status = itemset_wire_take(to, x->in, count);
    if (status != PATRON_OK || !is_first || x->next == x->own || x->next == 0)
        return status;
    double pieces = (double)x->own / (double)x->next;
    uint64_t rows = to->rows.count - x->own, items = to->rows.offsets[to->rows.count] - own_items;
    return itemset_growing_expect(to, x->own + (uint64_t)(pieces * (double)rows),
                                  own_items + (uint64_t)(pieces * (double)items));
}

/* Sends the next rows, and takes in what comes.  Collective. */
static patron_status exchange_piece(exchange *x)
{
    const patron_comm *comm = x->comm;
    uint64_t sent = 0, received = 0;
    bool is_first = x->next == 0;
    patron_span span = patron_meter_enter(PATRON_STEP_PACK);
    patron_status status = choose_piece(x);
    patron_meter_leave(span, 0, 0);
    for (int rank = 0; rank < comm->size; ++rank) {
        x->bytes_to[rank] = x->words_to[rank] * sizeof(uint32_t);
        sent += x->bytes_to[rank];
    }
    patron_comm_exchange_counts(comm, x->bytes_to, x->bytes_from);
    for (int rank = 0; rank < comm->size; ++rank)
        received += x->bytes_from[rank];
    if (status == PATRON_OK)
        status = grow_buffer(&x->out, sent, &x->out_room);
    if (status == PATRON_OK)
        status = grow_buffer(&x->in, received, &x->in_room);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    span = patron_meter_enter(PATRON_STEP_PACK);
    fill_piece(x);
    patron_meter_leave(span, sent, 0);
    patron_comm_exchange(comm, x->out, x->bytes_to, x->in, x->bytes_from);
    x->bytes_sent += sent;
    return patron_comm_agree(comm, take_piece(x, received / sizeof *x->in, is_first));
}

static patron_status prepare(exchange *x)
{
    uint64_t ranks = (uint64_t)x->comm->size;
    x->lengths = patron_allocate(x->own, sizeof *x->lengths);
    x->needed = patron_allocate(ranks, sizeof *x->needed);
    x->touched = patron_allocate(ranks + 1, sizeof *x->touched);
    x->words_to = patron_allocate(ranks, sizeof *x->words_to);
    x->bytes_to = patron_allocate(ranks, sizeof *x->bytes_to);
    x->bytes_from = patron_allocate(ranks, sizeof *x->bytes_from);
    x->ends = patron_allocate(ranks, sizeof *x->ends);
    bool short_of_memory = x->lengths == NULL || x->needed == NULL || x->touched == NULL ||
                           x->words_to == NULL || x->bytes_to == NULL || x->bytes_from == NULL ||
                           x->ends == NULL;
    if (short_of_memory)
        return PATRON_RESOURCE;
    return find_owners(x->plan, &x->owners);
}

static void free_exchange(exchange *x)
{
    free(x->owners.offsets);
    free(x->owners.ranks);
    free(x->needed);
    free(x->touched);
    free(x->words_to);
    free(x->bytes_to);
    free(x->bytes_from);
    free(x->needs);
    free(x->out);
    free(x->in);
    free(x->ends);
}

patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_exchange_plan *plan,
                                    itemset_growing_rows *rows, uint32_t **lengths, uint64_t *bytes)
{
    exchange x = {.comm = comm, .plan = plan, .rows = rows, .own = rows->rows.count};
    patron_status status = patron_comm_agree(comm, prepare(&x));
    for (uint64_t left = 1; status == PATRON_OK && left > 0;) {
        status = exchange_piece(&x);
        left = x.own - x.next;
        patron_comm_reduce_u64(comm, &left, 1, PATRON_MAX);
    }
    *bytes += x.bytes_sent;
    *lengths = x.lengths;
    free_exchange(&x);
    return status;
}
