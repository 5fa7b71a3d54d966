/* SPDX-License-Identifier: Apache-2.0 */
/* A branch is mined from the rows that hold its item, cut behind it unless what it has passed
 * matters. */
#include "itemset/exchange.h"

#include "itemset/wire.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t PIECE_WORDS = UINT64_C(1) << 22; /* that a rank sends at a time */

/* Which ranks have tasks of which items: those of item i are ranks[offsets[i]] ... */
typedef struct owners {
    uint64_t *offsets; /* width + 1 */
    int *ranks;
} owners;

typedef struct exchange {
    const patron_comm *comm;
    owners owners;
    bool whole;
    const itemset_rows *rows;
    uint64_t *needed; /* by rank: items of the row in hand, all zero between rows */
    int *touched;
    uint64_t *words_to; /* by rank */
    uint64_t *bytes_to;
    uint64_t *bytes_from;
    itemset_wire_rows got;
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

static patron_status find_owners(const itemset_task *tasks, uint64_t count, uint32_t width,
                                 owners *o)
{
    uint64_t pairs = 0;
    for (uint64_t i = 0; i < count; ++i)
        pairs += tasks[i].batch.end - tasks[i].batch.first;
    o->offsets = patron_allocate((uint64_t)width + 1, sizeof *o->offsets);
    o->ranks = patron_allocate(pairs, sizeof *o->ranks);
    if (o->offsets == NULL || o->ranks == NULL)
        return PATRON_RESOURCE;
    uint64_t used = 0;
    for (uint64_t i = 0; i < count; ++i) /* in the order of the items */
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item) {
            o->ranks[used++] = tasks[i].rank;
            o->offsets[item + 1] = used;
        }
    keep_once(o, width);
    return PATRON_OK;
}

/* ---- sending ---- */

/* Sets needed[] of the ranks that get a part of the row; returns how many, their numbers in
 * touched[]. */
static int find_needs(exchange *x, uint64_t row)
{
    const itemset_rows *rows = x->rows;
    const uint32_t *items = rows->items + rows->offsets[row];
    uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
    int touched = 0;
    for (uint64_t i = x->whole ? 0 : 1; i < length; ++i) {
        uint64_t end = x->owners.offsets[items[i] + 1];
        for (uint64_t o = x->owners.offsets[items[i]]; o < end; ++o) {
            int rank = x->owners.ranks[o];
            x->touched[touched] = rank;
            touched += x->needed[rank] == 0;
            x->needed[rank] = x->whole ? length : i + 1;
        }
    }
    return touched;
}

/* The end of the rows from `first` on that are sent at a time; sets words_to[]. */
static uint64_t size_piece(exchange *x, uint64_t first)
{
    uint64_t words = 0, row = first;
    memset(x->words_to, 0, (uint64_t)x->comm->size * sizeof *x->words_to);
    for (; row < x->rows->count && words < PIECE_WORDS; ++row) {
        int touched = find_needs(x, row);
        for (int i = 0; i < touched; ++i) {
            int rank = x->touched[i];
            x->words_to[rank] += ITEMSET_WIRE_HEAD + x->needed[rank];
            words += ITEMSET_WIRE_HEAD + x->needed[rank];
            x->needed[rank] = 0;
        }
    }
    return row;
}

/* Fills words[], each rank's behind those of the ranks before it; ends[] has room for their ends.
 */
static void fill_piece(exchange *x, uint64_t first, uint64_t end, uint32_t *words, uint64_t *ends)
{
    uint64_t start = 0;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        ends[rank] = start;
        start += x->words_to[rank];
    }
    for (uint64_t row = first; row < end; ++row) {
        int touched = find_needs(x, row);
        for (int i = 0; i < touched; ++i) {
            int rank = x->touched[i];
            const uint32_t *end_of_row =
                itemset_wire_put(x->rows, row, x->needed[rank], words + ends[rank]);
            ends[rank] = (uint64_t)(end_of_row - words);
            x->needed[rank] = 0;
        }
    }
}

/* ---- the exchange ---- */

/* Sends the rows from *next on that fit a piece, and takes in what comes.  Collective. */
static patron_status exchange_piece(exchange *x, uint64_t *next)
{
    const patron_comm *comm = x->comm;
    uint64_t end = size_piece(x, *next), sent = 0, received = 0;
    for (int rank = 0; rank < comm->size; ++rank) {
        x->bytes_to[rank] = x->words_to[rank] * sizeof(uint32_t);
        sent += x->bytes_to[rank];
    }
    patron_comm_exchange_counts(comm, x->bytes_to, x->bytes_from);
    for (int rank = 0; rank < comm->size; ++rank)
        received += x->bytes_from[rank];
    uint32_t *out = patron_allocate(sent, 1), *in = patron_allocate(received, 1);
    uint64_t *ends = patron_allocate((uint64_t)comm->size, sizeof *ends);
    patron_status status = out == NULL || in == NULL || ends == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        fill_piece(x, *next, end, out, ends);
        patron_comm_exchange(comm, out, x->bytes_to, in, x->bytes_from);
        status = patron_comm_agree(comm, itemset_wire_take(&x->got, in, received / sizeof *in));
    }
    x->bytes_sent += sent - x->bytes_to[comm->rank];
    *next = end;
    free(out);
    free(in);
    free(ends);
    return status;
}

static patron_status prepare(exchange *x, const itemset_task *tasks, uint64_t count, uint32_t width)
{
    uint64_t ranks = (uint64_t)x->comm->size;
    x->needed = patron_allocate(ranks, sizeof *x->needed);
    x->touched = patron_allocate(ranks + 1, sizeof *x->touched);
    x->words_to = patron_allocate(ranks, sizeof *x->words_to);
    x->bytes_to = patron_allocate(ranks, sizeof *x->bytes_to);
    x->bytes_from = patron_allocate(ranks, sizeof *x->bytes_from);
    bool short_of_memory = x->needed == NULL || x->touched == NULL || x->words_to == NULL ||
                           x->bytes_to == NULL || x->bytes_from == NULL ||
                           itemset_wire_take(&x->got, NULL, 0) != PATRON_OK;
    if (short_of_memory)
        return PATRON_RESOURCE;
    return find_owners(tasks, count, width, &x->owners);
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
    itemset_rows_free(&x->got.rows);
}

patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_task *tasks,
                                    uint64_t count, uint32_t width, bool whole, itemset_rows *rows,
                                    uint64_t *bytes)
{
    exchange x = {.comm = comm, .whole = whole, .rows = rows};
    uint64_t next = 0;
    patron_status status = patron_comm_agree(comm, prepare(&x, tasks, count, width));
    for (bool is_over = false; status == PATRON_OK && !is_over;) {
        status = exchange_piece(&x, &next);
        uint64_t left = rows->count - next;
        patron_comm_reduce_u64(comm, &left, 1, PATRON_MAX);
        is_over = left == 0;
    }
    *bytes += x.bytes_sent;
    if (status == PATRON_OK) {
        itemset_rows_free(rows);
        *rows = x.got.rows;
        x.got = (itemset_wire_rows){0};
    }
    free_exchange(&x);
    return status;
}
