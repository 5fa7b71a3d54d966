/* SPDX-License-Identifier: Apache-2.0 */
/* Rows go in pieces: what of each row which rank needs, then each rank's words side by side. */
#include "itemset/exchange.h"

#include "itemset/bitmap.h"
#include "itemset/needs.h"
#include "itemset/partners.h"
#include "itemset/wire.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

/* That a rank sends at a time: few enough to stay in a cache from one step to the next. */
static const uint64_t PIECE_WORDS = UINT64_C(1) << 18;

/* A row for another rank: words[start] ... of the piece, or the first `size` items of a row, which
 * is start - OF_ROWS. */
typedef struct parcel {
    uint64_t start;
    uint32_t size;
    int rank;
} parcel;

static const uint64_t OF_ROWS = UINT64_C(1) << 63;

typedef struct exchange {
    const patron_comm *comm;
    itemset_partners partners; /* of no width: ranks are given rows, not those of branches */
    uint64_t *row;             /* that is in hand, as a bitmap; zero between rows */
    itemset_needs needs;
    const itemset_rows *rows;
    uint32_t *words; /* rows of branches in the piece, in their order, as they travel */
    uint64_t word_count, word_room;
    uint64_t piece_words; /* that are sent */
    parcel *parcels;
    uint64_t parcel_count, parcel_room;
    uint64_t *words_to; /* by rank */
    uint64_t *bytes_to;
    uint64_t *bytes_from;
    uint32_t *out, *in; /* the words that go and come */
    uint64_t out_room, in_room;
    uint32_t **ends; /* by rank: where its next row goes */
    itemset_wire_rows got;
    itemset_wire_load branches;
    uint64_t bytes_sent;
} exchange;

static patron_status grow_words(uint32_t **words, uint64_t count, uint64_t *room)
{
    uint32_t *grown = patron_grow(*words, count, room, sizeof **words);
    *words = grown == NULL ? *words : grown;
    return grown == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- sending ---- */

/* Room for rows of that many items in all, for as many ranks. */
static patron_status make_room(exchange *x, uint64_t rows, uint64_t items, uint64_t ranks)
{
    parcel *parcels =
        patron_grow(x->parcels, x->parcel_count + ranks, &x->parcel_room, sizeof *parcels);
    x->parcels = parcels == NULL ? x->parcels : parcels;
    uint64_t words = x->word_count + rows * ITEMSET_WIRE_MARGIN + items;
    return parcels == NULL ? PATRON_RESOURCE : grow_words(&x->words, words, &x->word_room);
}

static bool is_by_branch(const exchange *x)
{
    return x->partners.width > 0;
}

static void add_parcel(exchange *x, parcel one, uint64_t words)
{
    x->parcels[x->parcel_count++] = one;
    x->words_to[one.rank] += words;
    x->piece_words += words;
}

/* Of this rank, for itself. */
static patron_status keep_branch(exchange *x, const uint32_t *words, uint64_t count)
{
    uint32_t *to = itemset_wire_extend(&x->branches, count);
    if (to == NULL)
        return PATRON_RESOURCE;
    memcpy(to, words, count * sizeof *words);
    return PATRON_OK;
}

/* The row at the end of words[], up to `end`, is for ranks[count]; this rank takes it over at
 * once. */
static patron_status hand_over(exchange *x, const uint32_t *end, const int *ranks, uint64_t count)
{
    patron_status status = PATRON_OK;
    const uint32_t *start = x->words + x->word_count;
    uint32_t size = (uint32_t)(end - start);
    uint64_t others = 0;
    for (uint64_t i = 0; i < count; ++i) {
        if (ranks[i] == x->comm->rank) {
            status = keep_branch(x, start, size);
            continue;
        }
        add_parcel(x, (parcel){x->word_count, size, ranks[i]}, size);
        ++others;
    }
    x->word_count += others > 0 ? size : 0;
    return status;
}

/* What stays here of a row that this rank needs itself. */
static patron_status keep_row(exchange *x, const uint32_t *items, uint32_t length, uint64_t weight)
{
    if (!is_by_branch(x))
        return itemset_wire_add(&x->got, items, length, weight);
    uint32_t *out = itemset_wire_extend(&x->branches, itemset_wire_words(length, weight));
    if (out == NULL)
        return PATRON_RESOURCE;
    memcpy(out + 1, items, length * sizeof *items);
    itemset_wire_close(out, length, weight);
    return PATRON_OK;
}

/* A row for the ranks with tasks of its items from place `first` on. */
static patron_status choose_rows(exchange *x, uint64_t row, uint64_t first, uint64_t length)
{
    const uint32_t *items = x->rows->items + x->rows->offsets[row];
    uint64_t weight = x->rows->weights[row];
    uint64_t touched = (uint64_t)itemset_needs_find(&x->needs, items, first, length);
    patron_status status = make_room(x, 0, 0, touched);
    for (uint64_t i = 0; i < touched; ++i) {
        int rank = x->needs.touched[i];
        uint32_t needed = x->needs.lengths[rank];
        x->needs.lengths[rank] = 0;
        if (status == PATRON_OK && rank == x->comm->rank)
            status = keep_row(x, items, needed, weight);
        else if (status == PATRON_OK)
            add_parcel(x, (parcel){OF_ROWS + row, needed, rank},
                       itemset_wire_words(needed, weight));
    }
    return status;
}

/* The row of an item's branch, to out[]: what of x->row may extend it, where that is of two items
 * at least; returns its end. */
static uint32_t *put_branch(const exchange *x, uint32_t item, uint64_t weight, uint32_t *out)
{
    const itemset_partners *partners = &x->partners;
    if (itemset_partners_count(partners, item) <= ITEMSET_MASK_ITEMS) {
        uint64_t mask = itemset_partners_mask(partners, item, x->row);
        return mask == 0 ? out : itemset_wire_put_mask(out, item, mask, weight);
    }
    uint32_t held = itemset_partners_held(partners, item, x->row, out + 1);
    out[1 + held] = item;
    return held < 2 ? out : itemset_wire_close(out, held + 1, weight);
}

/* Rows for the branches of items[length], a row's, all of which are counted in pairs. */
static patron_status choose_branches(exchange *x, const uint32_t *items, uint64_t length,
                                     uint64_t weight)
{
    const itemset_needs *needs = &x->needs;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < length; ++i)
        x->row[items[i] / 64] |= UINT64_C(1) << items[i] % 64;
    for (uint64_t i = 0; i < length && status == PATRON_OK; ++i) {
        uint32_t item = items[i];
        uint64_t first = needs->offsets[item], ranks = needs->offsets[item + 1] - first;
        status = make_room(x, 1, length + 1, ranks);
        if (ranks == 0 || status != PATRON_OK)
            continue;
        const uint32_t *out = x->words + x->word_count;
        const uint32_t *end = put_branch(x, item, weight, x->words + x->word_count);
        if (end > out)
            status = hand_over(x, end, needs->ranks + first, ranks);
    }
    for (uint64_t i = 0; i < length; ++i)
        x->row[items[i] / 64] = 0;
    return status;
}

/* What of a row goes to which rank, to words[] and parcels[]. */
static patron_status choose_parts(exchange *x, uint64_t row)
{
    const uint32_t *items = x->rows->items + x->rows->offsets[row];
    uint64_t length = x->rows->offsets[row + 1] - x->rows->offsets[row];
    uint64_t counted = length;
    if (!is_by_branch(x)) /* a row's first item alone extends nothing */
        return choose_rows(x, row, x->needs.whole ? 0 : 1, length);
    while (counted > 0 && items[counted - 1] >= x->partners.width)
        --counted;
    patron_status status = choose_rows(x, row, counted, length);
    return status == PATRON_OK ? choose_branches(x, items, counted, x->rows->weights[row]) : status;
}

/* The rows from *next on that are sent at a time; *next becomes their end. */
static patron_status choose_piece(exchange *x, uint64_t *next)
{
    patron_status status = PATRON_OK;
    x->word_count = x->parcel_count = x->piece_words = 0;
    memset(x->words_to, 0, (uint64_t)x->comm->size * sizeof *x->words_to);
    for (; *next < x->rows->count && x->piece_words < PIECE_WORDS && status == PATRON_OK; ++*next)
        status = choose_parts(x, *next);
    return status;
}

/* Fills out[], each rank's words behind those of the ranks before it. */
static void fill_piece(exchange *x)
{
    uint64_t start = 0;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        x->ends[rank] = x->out + start;
        start += x->words_to[rank];
    }
    for (uint64_t i = 0; i < x->parcel_count; ++i) {
        const parcel *one = &x->parcels[i];
        uint32_t **end = &x->ends[one->rank];
        if (one->start >= OF_ROWS) {
            *end = itemset_wire_put(x->rows, one->start - OF_ROWS, one->size, *end);
            continue;
        }
        memcpy(*end, x->words + one->start, one->size * sizeof **end);
        *end += one->size;
    }
}

/* ---- the exchange ---- */

/* Rows of branches come to where they stay, others to a buffer. */
static patron_status make_room_to_receive(exchange *x, uint64_t bytes, uint32_t **to)
{
    uint64_t words = bytes / sizeof **to;
    if (is_by_branch(x)) {
        *to = itemset_wire_extend(&x->branches, words);
        return *to == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    patron_status status = grow_words(&x->in, words, &x->in_room);
    *to = x->in;
    return status;
}

/* Sends the rows from *next on that fit a piece, and takes in what comes.  Collective. */
static patron_status exchange_piece(exchange *x, uint64_t *next)
{
    const patron_comm *comm = x->comm;
    uint64_t sent = 0, received = 0;
    uint32_t *in = NULL;
    patron_span span = patron_meter_enter(PATRON_STEP_PACK);
    patron_status status = choose_piece(x, next);
    patron_meter_leave(span, 0, 0);
    for (int rank = 0; rank < comm->size; ++rank) {
        x->bytes_to[rank] = x->words_to[rank] * sizeof(uint32_t);
        sent += x->bytes_to[rank];
    }
    patron_comm_exchange_counts(comm, x->bytes_to, x->bytes_from);
    for (int rank = 0; rank < comm->size; ++rank)
        received += x->bytes_from[rank];
    if (status == PATRON_OK)
        status = grow_words(&x->out, sent / sizeof *x->out, &x->out_room);
    if (status == PATRON_OK)
        status = make_room_to_receive(x, received, &in);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    span = patron_meter_enter(PATRON_STEP_PACK);
    fill_piece(x);
    patron_meter_leave(span, sent, 0);
    patron_comm_exchange(comm, x->out, x->bytes_to, in, x->bytes_from);
    x->bytes_sent += sent;
    if (!is_by_branch(x))
        status = itemset_wire_take(&x->got, in, received / sizeof *in);
    return patron_comm_agree(comm, status);
}

static patron_status prepare(exchange *x, const itemset_exchange_plan *plan,
                             const itemset_node *node)
{
    uint64_t ranks = (uint64_t)x->comm->size;
    patron_status status = PATRON_OK;
    x->words_to = patron_allocate(ranks, sizeof *x->words_to);
    x->bytes_to = patron_allocate(ranks, sizeof *x->bytes_to);
    x->bytes_from = patron_allocate(ranks, sizeof *x->bytes_from);
    x->ends = patron_allocate(ranks, sizeof *x->ends);
    bool short_of_memory = x->words_to == NULL || x->bytes_to == NULL || x->bytes_from == NULL ||
                           x->ends == NULL || itemset_wire_take(&x->got, NULL, 0) != PATRON_OK;
    if (short_of_memory)
        return PATRON_RESOURCE;
    if (itemset_partners_are_few(node, plan->pairs, plan->min_count, plan->whole, ranks))
        status = itemset_partners_create(plan->pairs, plan->min_count, plan->whole, &x->partners);
    x->row = patron_allocate(x->partners.words, sizeof *x->row);
    if (status != PATRON_OK || x->row == NULL)
        return PATRON_RESOURCE;
    return itemset_needs_create(plan->tasks, plan->task_count, node->width, plan->whole,
                                x->comm->size, &x->needs);
}

static void free_exchange(exchange *x)
{
    itemset_needs_free(&x->needs);
    itemset_partners_free(&x->partners);
    free(x->row);
    free(x->words);
    free(x->parcels);
    free(x->words_to);
    free(x->bytes_to);
    free(x->bytes_from);
    free(x->out);
    free(x->in);
    free(x->ends);
    free(x->branches.words);
    itemset_rows_free(&x->got.rows);
}

/* The rows of all pieces, instead of the node's. */
static patron_status settle(exchange *x, itemset_node *node)
{
    itemset_rows_free(&node->rows);
    if (is_by_branch(x))
        return itemset_wire_sort(&x->branches, x->partners.width, &x->partners, &node->rows,
                                 &node->branches);
    node->rows = x->got.rows;
    x->got = (itemset_wire_rows){0};
    return PATRON_OK;
}

patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_exchange_plan *plan,
                                    itemset_node *node, uint64_t *bytes)
{
    exchange x = {.comm = comm, .rows = &node->rows};
    uint64_t next = 0;
    patron_status status = patron_comm_agree(comm, prepare(&x, plan, node));
    for (bool is_over = false; status == PATRON_OK && !is_over;) {
        status = exchange_piece(&x, &next);
        uint64_t left = node->rows.count - next;
        patron_comm_reduce_u64(comm, &left, 1, PATRON_MAX);
        is_over = left == 0;
    }
    *bytes += x.bytes_sent;
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, settle(&x, node));
    free_exchange(&x);
    return status;
}
