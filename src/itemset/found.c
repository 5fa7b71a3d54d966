/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas of found sets: chunks that double up to a mebibyte, one chain a length. */
#include "itemset/found.h"

#include "itemset/found_internal.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_CHUNK_WORDS = 256, MOST_CHUNK_WORDS = 1 << 18 };

patron_status itemset_found_create(itemset_found *found, uint32_t longest, uint64_t limit)
{
    *found = (itemset_found){.longest = longest, .limit = limit};
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

patron_status itemset_found_tally(itemset_found *found, uint32_t length, uint64_t sets)
{
    if (sets > found->limit - found->total)
        return patron_fail(PATRON_RESOURCE,
                           "more frequent itemsets than a 64-bit number can count; raise the "
                           "minimum support or limit the length");
    found->total += sets;
    found->buckets[length].count += sets;
    return PATRON_OK;
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
    return PATRON_OK;
}
