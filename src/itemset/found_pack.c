/* SPDX-License-Identifier: Apache-2.0 */
/* Found sets in few bytes: by length, the number of sets; then of each the items, as steps from one
 * to the next, and the count. */
#include "itemset/found_internal.h"

#include "itemset/number.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- packing ---- */

enum { BUFFER_BYTES = 1 << 14 };

typedef struct writer {
    patron_packing *packing;
    uint64_t used;
    char buffer[BUFFER_BYTES];
} writer;

static void flush(writer *w)
{
    patron_pack(w->packing, w->buffer, w->used);
    w->used = 0;
}

static void put(writer *w, uint64_t number)
{
    if (w->used + ITEMSET_NUMBER_BYTES > BUFFER_BYTES)
        flush(w);
    w->used = (uint64_t)(itemset_number_write(w->buffer + w->used, number) - w->buffer);
}

static void put_set(writer *w, const uint32_t *record, uint32_t length)
{
    uint32_t before = 0;
    uint64_t count;
    for (uint32_t i = 0; i < length; ++i) {
        put(w, record[i] - before);
        before = record[i];
    }
    memcpy(&count, record + length, sizeof count);
    put(w, count);
}

/* The newest sets lie at the end of the first chunk, then of the next one. */
static void put_bucket(writer *w, itemset_found_bucket *bucket, uint32_t length)
{
    uint64_t words = (uint64_t)length + COUNT_WORDS, left = bucket->count - bucket->packed;
    if (left == 0)
        return;
    put(w, length);
    put(w, left);
    for (const itemset_found_chunk *chunk = bucket->chunks; left > 0; chunk = chunk->next) {
        uint64_t all = chunk->used / words, taken = all < left ? all : left;
        for (uint64_t i = all - taken; i < all; ++i)
            put_set(w, chunk->words + i * words, length);
        left -= taken;
    }
    bucket->packed = bucket->count;
}

void itemset_found_pack(itemset_found *found, patron_packing *packing)
{
    writer w = {.packing = packing};
    for (uint32_t length = 0; length <= found->longest; ++length)
        put_bucket(&w, &found->buckets[length], length);
    flush(&w);
}

/* ---- unpacking ---- */

/* The next number; what is too short or too long marks the unpacking as failed. */
static uint64_t take(patron_unpacking *unpacking)
{
    uint64_t number = 0;
    unsigned char digit = 0x80;
    for (unsigned shift = 0; (digit & 0x80) != 0 && !unpacking->failed; shift += 7) {
        unpacking->failed = unpacking->left == 0 || shift >= 64;
        if (unpacking->failed)
            return 0;
        digit = *unpacking->bytes++;
        --unpacking->left;
        number |= (uint64_t)(digit & 0x7f) << shift;
    }
    return number;
}

static patron_status take_set(itemset_found *found, uint32_t item_count, uint32_t *items,
                              uint32_t length, patron_unpacking *unpacking)
{
    uint64_t item = 0;
    for (uint32_t i = 0; i < length; ++i) {
        item += take(unpacking);
        unpacking->failed = unpacking->failed || item >= item_count;
        if (unpacking->failed)
            return PATRON_DATA;
        items[i] = (uint32_t)item;
    }
    uint64_t count = take(unpacking);
    return unpacking->failed ? PATRON_DATA : itemset_found_add(found, items, length, count);
}

patron_status itemset_found_unpack(itemset_found *found, uint32_t item_count,
                                   patron_unpacking *unpacking)
{
    uint32_t *items = patron_allocate((uint64_t)found->longest + 1, sizeof *items);
    patron_status status = items == NULL ? PATRON_RESOURCE : PATRON_OK;
    while (status == PATRON_OK && unpacking->left > 0) {
        uint64_t length = take(unpacking), sets = take(unpacking);
        if (unpacking->failed || length > found->longest)
            status = PATRON_DATA;
        for (uint64_t i = 0; status == PATRON_OK && i < sets; ++i)
            status = take_set(found, item_count, items, (uint32_t)length, unpacking);
        if (status == PATRON_OK)
            found->buckets[length].packed = found->buckets[length].count;
    }
    free(items);
    return status;
}
