/* SPDX-License-Identifier: Apache-2.0 */
/* The global order of found sets: length by length, most significant items first.  Two items make
 * one 64-bit word; runs of equal words are sorted by their next two items. */
#include "itemset/found_internal.h"
#include "itemset/slices.h"
#include "patron/memory.h"
#include "runtime/radix.h"

#include <stdlib.h>
#include <string.h>

typedef struct sort_job {
    uint32_t length;
    uint32_t item_bits;
    patron_radix_entry *spare;
} sort_job;

/* The place of an entry is the address of its items. */
static const uint32_t *items_at(const patron_radix_entry *entry)
{
    return (const uint32_t *)(uintptr_t)entry->place;
}

static void sort_from(const sort_job *job, patron_radix_entry *entries, uint64_t count,
                      uint32_t depth)
{
    for (uint64_t i = 0; i < count; ++i) {
        const uint32_t *items = items_at(&entries[i]) + depth;
        uint64_t second = depth + 1 < job->length ? items[1] : 0;
        entries[i].word = ((uint64_t)items[0] << job->item_bits) | second;
    }
    patron_radix_sort(entries, count, job->spare);
    if (depth + 2 >= job->length)
        return;
    for (uint64_t start = 0; start < count;) {
        uint64_t end = start + 1;
        while (end < count && entries[end].word == entries[start].word)
            ++end;
        if (end - start > 1)
            sort_from(job, entries + start, end - start, depth + 2);
        start = end;
    }
}

static void list_entries(const itemset_found *found, int parts, uint32_t length,
                         patron_radix_entry *entries)
{
    for (int part = 0; part < parts; ++part) {
        const itemset_found_chunk *chunk = found[part].buckets[length].chunks;
        for (; chunk != NULL; chunk = chunk->next)
            for (uint64_t word = 0; word < chunk->used; word += length + COUNT_WORDS)
                (entries++)->place = (uintptr_t)(chunk->words + word);
    }
}

/* The sets of one length, from set `first` and item `first_item` of `sets` on. */
static patron_status sort_length(itemset_found *found, int parts, uint32_t length, uint64_t count,
                                 uint32_t item_bits, uint64_t first, uint64_t first_item,
                                 patron_itemset_sets *sets)
{
    patron_status status = PATRON_RESOURCE;
    patron_radix_entry *entries = patron_allocate(count, sizeof *entries);
    patron_radix_entry *spare = patron_allocate(count, sizeof *spare);
    if (entries == NULL || spare == NULL)
        goto cleanup;
    list_entries(found, parts, length, entries);
    const sort_job job = {.length = length, .item_bits = item_bits, .spare = spare};
    sort_from(&job, entries, count, 0);
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t item = first_item + i * length;
        const uint32_t *items = items_at(&entries[i]);
        memcpy(sets->items + item, items, length * sizeof *sets->items);
        memcpy(&sets->support_count[first + i], items + length, sizeof(uint64_t));
        sets->offsets[first + i + 1] = item + length;
    }
    status = PATRON_OK;

cleanup:
    free(entries);
    free(spare);
    for (int part = 0; part < parts; ++part)
        itemset_found_free_chunks(&found[part].buckets[length]);
    return status;
}

/* starts[length], items[length]: sets and items of shorter sets; one entry more for the end. */
static void count_before(const itemset_found *found, int parts, uint32_t longest, uint64_t *starts,
                         uint64_t *items)
{
    for (uint64_t length = 0; length <= longest; ++length) {
        uint64_t count = 0;
        for (int part = 0; part < parts; ++part)
            count += found[part].buckets[length].count;
        starts[length + 1] = starts[length] + count;
        items[length + 1] = items[length] + count * length;
    }
}

static uint32_t bits_of(uint32_t item_count)
{
    uint32_t bits = 1;
    while (bits < 32 && (item_count - 1) >> bits != 0)
        ++bits;
    return bits;
}

patron_status itemset_found_sort(itemset_found *found, int parts, uint32_t item_count, int threads,
                                 patron_itemset_sets *sets)
{
    patron_status status = PATRON_RESOURCE;
    uint32_t longest = found[0].longest;
    uint64_t *starts = patron_allocate((uint64_t)longest + 2, sizeof *starts);
    uint64_t *items = patron_allocate((uint64_t)longest + 2, sizeof *items);
    if (starts == NULL || items == NULL)
        goto cleanup;
    count_before(found, parts, longest, starts, items);
    status = itemset_sets_allocate(sets, starts[longest + 1], items[longest + 1]);
    if (status != PATRON_OK)
        goto cleanup;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (uint32_t length = 1; length <= longest; ++length) {
        uint64_t count = starts[length + 1] - starts[length];
        patron_status one = PATRON_OK;
        if (count > 0)
            one = sort_length(found, parts, length, count, bits_of(item_count), starts[length],
                              items[length], sets);
        if (one != PATRON_OK) {
#pragma omp critical(itemset_sort)
            status = one;
        }
    }

cleanup:
    free(starts);
    free(items);
    return status;
}
