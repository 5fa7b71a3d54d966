/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing baskets that one rank has read from text. */
#include "data/baskets_deal.h"

#include "data/share.h"
#include "patron/data.h"
#include "patron/memory.h"

#include <stdlib.h>

/* Bytes that go to each rank: the sizes of its baskets, or their items. */
static void cut(const uint64_t *offsets, uint64_t count, uint64_t ranks, bool items,
                uint64_t *bytes)
{
    for (uint64_t r = 0; r < ranks; ++r) {
        patron_range range = patron_range_cut(count, r, ranks);
        uint64_t held = offsets[range.first + range.count] - offsets[range.first];
        bytes[r] = items ? held * sizeof(uint32_t) : range.count * sizeof(uint64_t);
    }
}

/* Exchanges `send`, of which rank 0 gives to[r] bytes to rank r, into *received. */
static patron_status exchange(const patron_comm *comm, const void *send, const uint64_t *to,
                              void **received, uint64_t *bytes)
{
    uint64_t *from = patron_allocate((uint64_t)comm->size, sizeof *from);
    patron_status status = patron_comm_agree(comm, from == NULL ? PATRON_RESOURCE : PATRON_OK);
    *received = NULL;
    if (status == PATRON_OK) {
        patron_comm_exchange_counts(comm, to, from);
        *bytes = from[0];
        *received = patron_allocate(*bytes, 1);
        status = patron_comm_agree(comm, *received == NULL ? PATRON_RESOURCE : PATRON_OK);
    }
    if (status == PATRON_OK)
        patron_comm_exchange(comm, send, to, *received, from);
    free(from);
    return status;
}

/* Turns offsets[count + 1] into sizes[count], in place. */
static void sizes_of(uint64_t *offsets, uint64_t count)
{
    for (uint64_t b = 0; b < count; ++b)
        offsets[b] = offsets[b + 1] - offsets[b];
}

/* offsets[count + 1] from sizes[count]; to free().  NULL where memory is short. */
static uint64_t *offsets_of(const uint64_t *sizes, uint64_t count)
{
    uint64_t *offsets = patron_allocate(count + 1, sizeof *offsets);
    for (uint64_t b = 0; offsets != NULL && b < count; ++b)
        offsets[b + 1] = offsets[b] + sizes[b];
    return offsets;
}

patron_status patron_baskets_deal(const patron_comm *comm, uint64_t *count, uint64_t **offsets,
                                  uint32_t **items, patron_texts *names)
{
    uint64_t ranks = (uint64_t)comm->size;
    void *own_items = NULL, *sizes = NULL;
    uint64_t item_bytes = 0, size_bytes = 0;
    uint64_t *dealt = NULL;
    uint64_t *to = patron_allocate(2 * ranks, sizeof *to);
    patron_status status = patron_comm_agree(comm, to == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK && comm->rank == 0) {
        cut(*offsets, *count, ranks, true, to);
        cut(*offsets, *count, ranks, false, to + ranks);
        sizes_of(*offsets, *count);
    }
    if (status == PATRON_OK)
        status = patron_texts_share(comm, names);
    if (status == PATRON_OK)
        status = exchange(comm, *items, to, &own_items, &item_bytes);
    if (status == PATRON_OK)
        status = exchange(comm, *offsets, to + ranks, &sizes, &size_bytes);
    if (status == PATRON_OK) {
        dealt = offsets_of(sizes, size_bytes / sizeof *dealt);
        status = patron_comm_agree(comm, dealt == NULL ? PATRON_RESOURCE : PATRON_OK);
    }
    free(to);
    free(sizes);
    free(*offsets);
    free(*items);
    *offsets = dealt;
    *items = own_items;
    *count = size_bytes / sizeof *dealt;
    return status;
}
