/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of item lists, for tables with open addressing. */
#ifndef PATRON_ITEMSET_HASH_H
#define PATRON_ITEMSET_HASH_H

#include <stdint.h>

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of x moves each bit of the hash.
 */
static inline uint64_t itemset_hash_word(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t itemset_hash_items(const uint32_t *items, uint64_t count)
{
    uint64_t hash = count;
    for (uint64_t i = 0; i < count; ++i)
        hash = (hash ^ items[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
    return itemset_hash_word(hash);
}

/* A power of two that leaves a table of `count` entries at most half full. */
static inline uint64_t itemset_hash_slots(uint64_t count)
{
    uint64_t slots = 16;
    while (slots < 2 * count)
        slots *= 2;
    return slots;
}

#endif
