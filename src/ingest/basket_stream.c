/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of baskets go to ranks in turn while rank 0 reads.  At the end, when it is known how many
 * there are and how items are numbered, ranks exchange blocks, so that each has a range of them. */
#include "ingest/basket_stream.h"

#include "data/share.h"
#include "ingest/sort.h"
#include "patron/data.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A block is full when it has so many of either. */
enum { BLOCK_ENTRIES = 1 << 16, BLOCK_BASKETS = 1 << 14 };

/* Kind of the note that a block, or the end, is there for a rank. */
enum { BLOCK_NOTE = 1 };

typedef struct basket_list {
    uint64_t *sizes; /* of each basket */
    uint32_t *items;
    uint64_t baskets, entries, basket_room, entry_room;
} basket_list;

/* What tells a block's size; also what travels before it. */
typedef struct block_head {
    uint64_t baskets, entries;
} block_head;

struct patron_basket_sink {
    const patron_comm *comm;
    basket_list own;   /* blocks that this rank got, one behind the other */
    block_head *heads; /* of each */
    uint64_t blocks, head_room;
    basket_list next; /* on rank 0: the block that is being filled */
    uint64_t dealt;   /* blocks of all ranks */
    int full;         /* a rank that had no room; 0: none */
};

static void list_free(basket_list *list)
{
    free(list->sizes);
    free(list->items);
    *list = (basket_list){0};
}

static patron_status make_room(basket_list *list, uint64_t baskets, uint64_t entries)
{
    uint64_t *sizes =
        patron_grow(list->sizes, list->baskets + baskets + 1, &list->basket_room, sizeof *sizes);
    list->sizes = sizes == NULL ? list->sizes : sizes;
    uint32_t *items =
        patron_grow(list->items, list->entries + entries + 1, &list->entry_room, sizeof *items);
    list->items = items == NULL ? list->items : items;
    return sizes == NULL || items == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- dealing ---- */

/* Room for one more block of this rank. */
static patron_status make_block(patron_basket_sink *sink, block_head head)
{
    block_head *heads = patron_grow(sink->heads, sink->blocks + 1, &sink->head_room, sizeof *heads);
    if (heads == NULL)
        return PATRON_RESOURCE;
    sink->heads = heads;
    return make_room(&sink->own, head.baskets, head.entries);
}

static void add_block(patron_basket_sink *sink, block_head head)
{
    sink->heads[sink->blocks++] = head;
    sink->own.baskets += head.baskets;
    sink->own.entries += head.entries;
}

static patron_status keep_block(patron_basket_sink *sink, block_head head)
{
    basket_list *own = &sink->own;
    patron_status status = make_block(sink, head);
    if (status != PATRON_OK)
        return status;
    memcpy(own->sizes + own->baskets, sink->next.sizes, head.baskets * sizeof *own->sizes);
    memcpy(own->items + own->entries, sink->next.items, head.entries * sizeof *own->items);
    add_block(sink, head);
    return PATRON_OK;
}

/* The rank answers whether it has room. */
static patron_status send_block(patron_basket_sink *sink, block_head head, int to)
{
    const patron_comm *comm = sink->comm;
    uint64_t has_room = 0;
    patron_comm_note(comm, BLOCK_NOTE, to);
    patron_comm_send(comm, &head, sizeof head, to);
    patron_comm_receive(comm, &has_room, sizeof has_room, to);
    if (!has_room) {
        sink->full = to;
        return PATRON_RESOURCE;
    }
    patron_comm_send(comm, sink->next.sizes, head.baskets * sizeof *sink->next.sizes, to);
    patron_comm_send(comm, sink->next.items, head.entries * sizeof *sink->next.items, to);
    return PATRON_OK;
}

static patron_status deal_block(patron_basket_sink *sink)
{
    const block_head head = {sink->next.baskets, sink->next.entries};
    int to = (int)(sink->dealt++ % (uint64_t)sink->comm->size);
    sink->next.baskets = sink->next.entries = 0;
    return to == 0 ? keep_block(sink, head) : send_block(sink, head, to);
}

patron_status patron_basket_sink_add(patron_basket_sink *sink, const uint32_t *items,
                                     uint64_t count)
{
    basket_list *next = &sink->next;
    patron_status status = make_room(next, 1, count);
    if (status != PATRON_OK)
        return status;
    if (count > 0)
        memcpy(next->items + next->entries, items, count * sizeof *items);
    next->sizes[next->baskets++] = count;
    next->entries += count;
    return next->entries >= BLOCK_ENTRIES || next->baskets >= BLOCK_BASKETS ? deal_block(sink)
                                                                            : PATRON_OK;
}

/* On rank 0, once all is read, or reading has failed; a rank that had no room tells of it itself.
 */
static patron_status end_dealing(patron_basket_sink *sink, patron_status status)
{
    const block_head end = {0, 0};
    if (status == PATRON_OK && sink->next.baskets > 0)
        status = deal_block(sink);
    for (int rank = 1; rank < sink->comm->size; ++rank)
        if (rank != sink->full) {
            patron_comm_note(sink->comm, BLOCK_NOTE, rank);
            patron_comm_send(sink->comm, &end, sizeof end, rank);
        }
    list_free(&sink->next);
    return sink->full > 0 ? PATRON_OK : status;
}

/* Reading may take hours: looking for a note all the time would take the core from who reads. */
static void await_note(const patron_comm *comm)
{
    const struct timespec pause = {.tv_nsec = 200000};
    patron_span span = patron_meter_enter(PATRON_STEP_IDLE);
    for (int from = 0; !patron_comm_noted(comm, BLOCK_NOTE, &from);)
        nanosleep(&pause, NULL);
    patron_meter_leave(span, 0, 0);
}

/* On the other ranks. */
static patron_status take_blocks(patron_basket_sink *sink)
{
    const patron_comm *comm = sink->comm;
    basket_list *own = &sink->own;
    for (;;) {
        block_head head;
        await_note(comm);
        patron_comm_receive(comm, &head, sizeof head, 0);
        if (head.baskets == 0)
            return PATRON_OK;
        patron_status status = make_block(sink, head);
        uint64_t has_room = status == PATRON_OK;
        patron_comm_send(comm, &has_room, sizeof has_room, 0);
        if (!has_room)
            return status;
        patron_comm_receive(comm, own->sizes + own->baskets, head.baskets * sizeof *own->sizes, 0);
        patron_comm_receive(comm, own->items + own->entries, head.entries * sizeof *own->items, 0);
        add_block(sink, head);
    }
}

/* ---- items by their final numbers ---- */

static void renumber(patron_basket_sink *sink, const uint32_t *ranks)
{
    basket_list *own = &sink->own;
    uint64_t basket = 0, first = 0, used = 0;
    for (uint64_t block = 0; block < sink->blocks; ++block) {
        uint64_t before = used;
        for (uint64_t i = 0; i < sink->heads[block].baskets; ++i, ++basket) {
            uint64_t count = own->sizes[basket];
            for (uint64_t j = 0; j < count; ++j)
                own->items[used + j] = ranks[own->items[first + j]];
            first += count;
            own->sizes[basket] = patron_sort_unique(own->items + used, count);
            used += own->sizes[basket];
        }
        sink->heads[block].entries = used - before;
    }
    own->entries = used;
}

/* What rank 0 knows of items, to all.  Collective. */
static patron_status share_items(patron_basket_sink *sink, patron_texts *names, uint32_t **ranks)
{
    const patron_comm *comm = sink->comm;
    patron_comm_broadcast(comm, &sink->dealt, sizeof sink->dealt, 0);
    patron_status status = patron_texts_share(comm, names);
    if (status != PATRON_OK)
        return status;
    if (comm->rank != 0)
        *ranks = patron_allocate(names->count, sizeof **ranks);
    status = patron_comm_agree(comm, *ranks == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, *ranks, names->count * sizeof **ranks, 0);
    return status;
}

/* ---- blocks in order ---- */

/* Something of blocks that ranks exchange: their heads, sizes or items. */
typedef struct parcel {
    uint64_t *to, *from; /* bytes; later, from[rank] is where the next of that rank lies */
    char *received;
} parcel;

enum { HEADS, SIZES, ITEMS, PARCELS };

/* Exchanges *send, and frees it.  Collective. */
static patron_status exchange(const patron_comm *comm, void **send, parcel *p)
{
    uint64_t bytes = 0, before = 0;
    patron_comm_exchange_counts(comm, p->to, p->from);
    for (int rank = 0; rank < comm->size; ++rank)
        bytes += p->from[rank];
    p->received = patron_allocate(bytes, 1);
    patron_status status =
        patron_comm_agree(comm, p->received == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_exchange(comm, *send, p->to, p->received, p->from);
    free(*send);
    *send = NULL;
    for (int rank = 0; rank < comm->size; ++rank) {
        uint64_t here = p->from[rank];
        p->from[rank] = before;
        before += here;
    }
    return status;
}

/* Whom this rank's blocks belong to. */
static void count_parcels(const patron_basket_sink *sink, parcel *parcels)
{
    uint64_t ranks = (uint64_t)sink->comm->size, own = (uint64_t)sink->comm->rank;
    for (uint64_t i = 0; i < sink->blocks; ++i) {
        uint64_t to = patron_range_owner(sink->dealt, i * ranks + own, ranks);
        parcels[HEADS].to[to] += sizeof *sink->heads;
        parcels[SIZES].to[to] += sink->heads[i].baskets * sizeof *sink->own.sizes;
        parcels[ITEMS].to[to] += sink->heads[i].entries * sizeof *sink->own.items;
    }
}

static void *next_of(parcel *p, uint64_t rank, uint64_t bytes)
{
    void *here = p->received + p->from[rank];
    p->from[rank] += bytes;
    return here;
}

/* What came of each rank, in the order of blocks. */
static patron_status put_in_order(patron_basket_sink *sink, parcel *parcels)
{
    uint64_t ranks = (uint64_t)sink->comm->size;
    const patron_range mine = patron_range_cut(sink->dealt, (uint64_t)sink->comm->rank, ranks);
    basket_list *own = &sink->own;
    *own = (basket_list){0};
    for (uint64_t i = 0; i < mine.count; ++i) {
        block_head head;
        uint64_t from = (mine.first + i) % ranks;
        memcpy(&head, next_of(&parcels[HEADS], from, sizeof head), sizeof head);
        patron_status status = make_room(own, head.baskets, head.entries);
        if (status != PATRON_OK)
            return status;
        uint64_t size_bytes = head.baskets * sizeof *own->sizes;
        uint64_t item_bytes = head.entries * sizeof *own->items;
        memcpy(own->sizes + own->baskets, next_of(&parcels[SIZES], from, size_bytes), size_bytes);
        memcpy(own->items + own->entries, next_of(&parcels[ITEMS], from, item_bytes), item_bytes);
        own->baskets += head.baskets;
        own->entries += head.entries;
    }
    return PATRON_OK;
}

/* Collective. */
static patron_status arrange(patron_basket_sink *sink)
{
    const patron_comm *comm = sink->comm;
    uint64_t ranks = (uint64_t)comm->size;
    parcel parcels[PARCELS] = {{0}};
    uint64_t *bytes = patron_allocate(ranks, (uint64_t)2 * PARCELS * sizeof *bytes);
    patron_status status = patron_comm_agree(comm, bytes == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < PARCELS; ++i)
        parcels[i] = (parcel){.to = bytes + 2 * i * ranks, .from = bytes + (2 * i + 1) * ranks};
    count_parcels(sink, parcels);
    void *sent[PARCELS] = {
        [HEADS] = sink->heads, [SIZES] = sink->own.sizes, [ITEMS] = sink->own.items};
    sink->heads = NULL;
    sink->own = (basket_list){0};
    for (int i = 0; i < PARCELS; ++i)
        if (status == PATRON_OK)
            status = exchange(comm, &sent[i], &parcels[i]);
    if (status == PATRON_OK)
        status = put_in_order(sink, parcels);
    for (int i = 0; i < PARCELS; ++i) {
        free(sent[i]);
        free(parcels[i].received);
    }
    free(bytes);
    return status;
}

/* The baskets of the sink, which gives its items. */
static patron_status conclude(patron_basket_sink *sink, patron_basket_range *range)
{
    basket_list *own = &sink->own;
    range->count = own->baskets;
    range->offsets = patron_allocate(own->baskets + 1, sizeof *range->offsets);
    range->items = own->items != NULL ? own->items : patron_allocate(1, sizeof *range->items);
    own->items = NULL;
    if (range->offsets == NULL || range->items == NULL)
        return PATRON_RESOURCE;
    for (uint64_t b = 0; b < own->baskets; ++b)
        range->offsets[b + 1] = range->offsets[b] + own->sizes[b];
    return PATRON_OK;
}

patron_status patron_basket_stream_read(const patron_comm *comm, const patron_basket_reader *reader,
                                        patron_basket_range *range)
{
    patron_basket_sink sink = {.comm = comm};
    uint32_t *ranks = NULL;
    patron_status status = PATRON_OK;
    *range = (patron_basket_range){0};
    if (comm->rank == 0) {
        patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
        status = reader->read(reader->context, &sink, &range->names, &ranks);
        patron_meter_leave(span, 0, 0);
        status = end_dealing(&sink, status);
    } else {
        status = take_blocks(&sink);
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = share_items(&sink, &range->names, &ranks);
    if (status == PATRON_OK) {
        renumber(&sink, ranks);
        status = comm->size > 1 ? arrange(&sink) : PATRON_OK;
    }
    if (status == PATRON_OK)
        status = conclude(&sink, range);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        patron_basket_range_free(range);
    list_free(&sink.own);
    list_free(&sink.next);
    free(sink.heads);
    free(ranks);
    return status;
}
