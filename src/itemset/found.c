/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas of found sets: chunks that double up to a mebibyte, one chain a length. */
#include "itemset/found.h"

#include "itemset/found_internal.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_CHUNK_WORDS = 256, MOST_CHUNK_WORDS = 1 << 18 };

enum { TELL_EVERY = 1024 };

patron_status itemset_found_create(itemset_found *found, uint32_t longest, uint64_t limit,
                                   itemset_budget *budget)
{
    bool is_limited = budget->most_sets > 0 || budget->most_bytes > 0;
    *found = (itemset_found){.longest = longest,
                             .limit = limit,
                             .telling_at = is_limited ? TELL_EVERY : UINT64_MAX,
                             .budget = budget};
    found->buckets = patron_allocate((uint64_t)longest + 1, sizeof *found->buckets);
    return found->buckets == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_found_free_chunks(itemset_found_bucket *bucket)
{
    while (bucket->chunks != NULL) {
        itemset_found_chunk *next = bucket->chunks->next;
        free(bucket->chunks);
        bucket->chunks = next;
    }
}

void itemset_found_free(itemset_found *found)
{
    if (found->buckets != NULL)
        for (uint64_t length = 0; length <= found->longest; ++length)
            itemset_found_free_chunks(&found->buckets[length]);
    free(found->buckets);
    *found = (itemset_found){0};
}

/* Doubles, so that many lengths of few sets cost little. */
static itemset_found_chunk *add_chunk(itemset_found_bucket *bucket, uint32_t record_words)
{
    uint64_t words = bucket->chunks == NULL ? LEAST_CHUNK_WORDS : 2 * bucket->chunks->capacity;
    if (words > MOST_CHUNK_WORDS)
        words = MOST_CHUNK_WORDS;
    if (words < record_words)
        words = record_words;
    itemset_found_chunk *chunk = patron_allocate(sizeof *chunk + words * sizeof(uint32_t), 1);
    if (chunk == NULL)
        return NULL;
    chunk->capacity = words;
    chunk->next = bucket->chunks;
    bucket->chunks = chunk;
    return chunk;
}

patron_status itemset_found_tell(itemset_found *found)
{
    itemset_budget *budget = found->budget;
    uint64_t sets, bytes;
    uint64_t more_sets = found->total - found->told_sets;
    uint64_t more_bytes = found->bytes - found->told_bytes;
#pragma omp atomic capture
    sets = budget->sets += more_sets;
#pragma omp atomic capture
    bytes = budget->bytes += more_bytes;
    found->told_sets = found->total;
    found->told_bytes = found->bytes;
    found->telling_at = found->total + TELL_EVERY;
    if ((budget->most_sets == 0 || sets <= budget->most_sets) &&
        (budget->most_bytes == 0 || bytes <= budget->most_bytes))
        return PATRON_OK;
#pragma omp atomic write
    budget->is_spent = true;
    return PATRON_RESOURCE;
}

/* The record, the set in the sorted arrays, and two entries to sort it by. */
uint64_t itemset_found_bytes(uint64_t length)
{
    enum { SORT_ENTRY = 16 };
    uint64_t record = (length + COUNT_WORDS) * sizeof(uint32_t);
    uint64_t sorted = length * sizeof(uint32_t) + 2 * sizeof(uint64_t);
    return record + sorted + 2 * (uint64_t)SORT_ENTRY;
}

/* More than can be counted is more than any limit. */
static patron_status overflow(const itemset_found *found)
{
    if (found->budget->most_sets > 0) {
#pragma omp atomic write
        found->budget->is_spent = true;
        return PATRON_RESOURCE;
    }
    return patron_fail(PATRON_RESOURCE, "more frequent itemsets than a 64-bit number can count; "
                                        "raise the minimum support or limit the length");
}

patron_status itemset_found_tally(itemset_found *found, uint32_t length, const uint64_t *sets,
                                  uint32_t lengths)
{
    for (uint32_t i = 0; i < lengths; ++i) {
        if (sets[i] > found->limit - found->total)
            return overflow(found);
        found->total += sets[i];
        found->buckets[length + i].count += sets[i];
    }
    return found->total < found->telling_at ? PATRON_OK : itemset_found_tell(found);
}

patron_status itemset_found_add(itemset_found *found, const uint32_t *items, uint32_t length,
                                uint64_t count)
{
    itemset_found_bucket *bucket = &found->buckets[length];
    itemset_found_chunk *chunk = bucket->chunks;
    uint32_t record_words = length + COUNT_WORDS;
    if (chunk == NULL || chunk->used + record_words > chunk->capacity)
        chunk = add_chunk(bucket, record_words);
    if (chunk == NULL)
        return PATRON_RESOURCE;
    uint32_t *record = chunk->words + chunk->used;
    memcpy(record, items, length * sizeof *items);
    memcpy(record + length, &count, sizeof count);
    chunk->used += record_words;
    ++bucket->count;
    ++found->total;
    found->bytes += itemset_found_bytes(length);
    return found->total < found->telling_at ? PATRON_OK : itemset_found_tell(found);
}
