/* SPDX-License-Identifier: Apache-2.0 */
/* A branch is mined from the rows that hold its item, cut behind it unless what it has passed
 * matters.  Rows travel as words: the
 * length, the weight in two, the items. */
#include "itemset/exchange.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_WORDS = 3 };

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
    itemset_rows got;
    uint64_t offset_room, weight_room, item_room;
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
            x->words_to[rank] += HEAD_WORDS + x->needed[rank];
            words += HEAD_WORDS + x->needed[rank];
            x->needed[rank] = 0;
        }
    }
    return row;
}

static void put_row(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out)
{
    out[0] = (uint32_t)length;
    memcpy(out + 1, &rows->weights[row], sizeof rows->weights[row]);
    memcpy(out + HEAD_WORDS, rows->items + rows->offsets[row], length * sizeof *out);
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
            put_row(x->rows, row, x->needed[rank], words + ends[rank]);
            ends[rank] += HEAD_WORDS + x->needed[rank];
            x->needed[rank] = 0;
        }
    }
}

/* ---- receiving ---- */

static patron_status make_room(exchange *x, uint64_t rows, uint64_t items)
{
    itemset_rows *got = &x->got;
    uint64_t *offsets = patron_grow(got->offsets, rows + 1, &x->offset_room, sizeof *offsets);
    got->offsets = offsets == NULL ? got->offsets : offsets;
    uint64_t *weights = patron_grow(got->weights, rows, &x->weight_room, sizeof *weights);
    got->weights = weights == NULL ? got->weights : weights;
    uint32_t *array = patron_grow(got->items, items, &x->item_room, sizeof *array);
    got->items = array == NULL ? got->items : array;
    bool short_of_memory = offsets == NULL || weights == NULL || array == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status take_words(exchange *x, const uint32_t *words, uint64_t count)
{
    itemset_rows *got = &x->got;
    uint64_t rows = got->count;
    uint64_t items = rows > 0 ? got->offsets[rows] : 0;
    uint64_t more_rows = 0;
    for (uint64_t at = 0; at < count; at += HEAD_WORDS + words[at])
        ++more_rows;
    patron_status status = make_room(x, rows + more_rows, items + count - HEAD_WORDS * more_rows);
    if (status != PATRON_OK)
        return status;
    got->offsets[0] = 0;
    for (uint64_t at = 0; at < count; at += HEAD_WORDS + words[at]) {
        memcpy(&got->weights[rows], words + at + 1, sizeof got->weights[rows]);
        memcpy(got->items + items, words + at + HEAD_WORDS, words[at] * sizeof *words);
        items += words[at];
        got->offsets[++rows] = items;
    }
    got->count = rows;
    return PATRON_OK;
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
        status = patron_comm_agree(comm, take_words(x, in, received / sizeof *in));
    }
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
                           make_room(x, 0, 0) != PATRON_OK;
    if (short_of_memory)
        return PATRON_RESOURCE;
    x->got.offsets[0] = 0;
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
    itemset_rows_free(&x->got);
}

patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_task *tasks,
                                    uint64_t count, uint32_t width, bool whole, itemset_rows *rows)
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
    if (status == PATRON_OK) {
        itemset_rows_free(rows);
        *rows = x.got;
        x.got = (itemset_rows){0};
    }
    free_exchange(&x);
    return status;
}
