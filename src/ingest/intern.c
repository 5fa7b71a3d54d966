/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with linear probing, at most three quarters full.  A slot holds the start of its
 * text, so that a short one is told without a look at the texts, which lie far from each other. The
 * hash is SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012)
 * under a random key, so that no file can be made to fill one chain; numbers follow the order of
 * arrival, never the hash. */
#include "ingest/intern.h"

#include "ingest/sort.h"
#include "patron/memory.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(crypto_shorthash_KEYBYTES == sizeof(((patron_interner *)NULL)->key), "key of hash");
_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "hash of 64 bits");

enum { LEAST_SLOTS = 1024, WORD = sizeof(uint64_t), LONGEST_TOLD = UINT8_MAX };
/* Of a tag: the number + 1 (a free slot has 0), the length, bits of the hash. */
static const uint64_t NUMBER_MASK = UINT32_MAX;
enum { LENGTH_SHIFT = 32, HASH_SHIFT = 40 };

static uint64_t hash_of(const patron_interner *interner, patron_slice text)
{
    uint64_t hash = 0;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text.bytes, text.length,
                     interner->key);
    return hash;
}

static patron_slice text_at(const patron_interner *interner, uint64_t number)
{
    const uint64_t *offset = interner->texts.offsets + number;
    return (patron_slice){.bytes = interner->texts.bytes + offset[0],
                          .length = offset[1] - offset[0]};
}

/* The tag without the number: what differs tells that texts do. */
static uint64_t tag_of(uint64_t hash, uint64_t length)
{
    uint64_t told = length < LONGEST_TOLD ? length : LONGEST_TOLD;
    return (hash >> HASH_SHIFT << HASH_SHIFT) | told << LENGTH_SHIFT;
}

/* The first eight bytes, zeros behind the end. */
static uint64_t start_of(patron_slice text)
{
    uint64_t word = 0;
    if (text.length >= WORD) {
        memcpy(&word, text.bytes, WORD);
        return word;
    }
    for (uint64_t i = 0; i < text.length; ++i)
        word |= (uint64_t)(unsigned char)text.bytes[i] << 8 * i;
    return word;
}

/* Doubles the slots, or makes the first. */
static patron_status grow(patron_interner *interner)
{
    if (interner->slot_count == 0) {
        if (sodium_init() < 0)
            return patron_fail(PATRON_RESOURCE, "no random numbers from the system");
        crypto_shorthash_keygen(interner->key);
    }
    uint64_t count = interner->slot_count == 0 ? LEAST_SLOTS : 2 * interner->slot_count;
    patron_interner_slot *slots = patron_allocate(count, sizeof *slots);
    if (slots == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < interner->texts.count; ++i) {
        patron_slice text = text_at(interner, i);
        uint64_t hash = hash_of(interner, text);
        uint64_t at = hash & (count - 1);
        while (slots[at].tag != 0)
            at = (at + 1) & (count - 1);
        slots[at] = (patron_interner_slot){tag_of(hash, text.length) | (i + 1), start_of(text)};
    }
    free(interner->slots);
    interner->slots = slots;
    interner->slot_count = count;
    return PATRON_OK;
}

/* Looks for a text: the slot that holds it, or the free one where it belongs. */
static patron_interner_slot *look_up(const patron_interner *interner, patron_slice text,
                                     uint64_t hash)
{
    uint64_t start = start_of(text), tag = tag_of(hash, text.length);
    uint64_t at = hash & (interner->slot_count - 1);
    for (; interner->slots[at].tag != 0; at = (at + 1) & (interner->slot_count - 1)) {
        const patron_interner_slot *slot = &interner->slots[at];
        if ((slot->tag & ~NUMBER_MASK) != tag || slot->start != start)
            continue;
        if (text.length <= WORD ||
            patron_slice_equal(text_at(interner, (slot->tag & NUMBER_MASK) - 1), text))
            break;
    }
    return &interner->slots[at];
}

patron_status patron_interner_find(patron_interner *interner, patron_slice text, uint32_t *number)
{
    patron_status status = PATRON_OK;
    if (4 * interner->texts.count >= 3 * interner->slot_count)
        status = grow(interner);
    if (status != PATRON_OK)
        return status;
    uint64_t hash = hash_of(interner, text);
    patron_interner_slot *slot = look_up(interner, text, hash);
    if (slot->tag != 0) {
        *number = (uint32_t)((slot->tag & NUMBER_MASK) - 1);
        return PATRON_OK;
    }
    if (interner->texts.count >= NUMBER_MASK - 1)
        return patron_fail(PATRON_RESOURCE, "more than 2^32 - 2 different ids can not be ingested");
    *number = (uint32_t)interner->texts.count;
    status = patron_texts_append(&interner->texts, text.bytes, text.length);
    if (status == PATRON_OK)
        *slot = (patron_interner_slot){tag_of(hash, text.length) | ((uint64_t)*number + 1),
                                       start_of(text)};
    return status;
}

bool patron_interner_has(const patron_interner *interner, patron_slice text)
{
    return interner->slot_count > 0 && look_up(interner, text, hash_of(interner, text))->tag != 0;
}

patron_status patron_interner_sort(patron_interner *interner, uint32_t **rank)
{
    uint64_t *order = NULL;
    *rank = NULL;
    free(interner->slots);
    interner->slots = NULL;
    interner->slot_count = 0;
    patron_status status = patron_texts_order(&interner->texts, &order);
    if (status != PATRON_OK)
        goto cleanup;
    status = patron_texts_permute(&interner->texts, order);
    if (status != PATRON_OK)
        goto cleanup;
    *rank = patron_allocate(interner->texts.count, sizeof **rank);
    if (*rank == NULL) {
        status = PATRON_RESOURCE;
        goto cleanup;
    }
    for (uint64_t i = 0; i < interner->texts.count; ++i)
        (*rank)[order[i]] = (uint32_t)i;
cleanup:
    free(order);
    return status;
}

patron_texts patron_interner_take(patron_interner *interner)
{
    patron_texts texts = interner->texts;
    interner->texts = (patron_texts){0};
    patron_interner_free(interner);
    return texts;
}

void patron_interner_free(patron_interner *interner)
{
    patron_texts_free(&interner->texts);
    free(interner->slots);
    *interner = (patron_interner){0};
}
