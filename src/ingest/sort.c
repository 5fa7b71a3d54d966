/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting of texts by their first eight bytes, then by the rest, and of short lists of indices. */
#include "ingest/sort.h"

#include "patron/memory.h"
#include "shuffle/record.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX_BYTES = 8, INSERTION_LIMIT = 24 };

typedef struct entry {
    uint64_t prefix; /* the first bytes as a big-endian number, padded with zeros */
    uint64_t index;
} entry;

static uint64_t prefix_of(const char *bytes, uint64_t length)
{
    uint64_t prefix = 0;
    for (uint64_t i = 0; i < PREFIX_BYTES; ++i)
        prefix = prefix << 8 | (i < length ? (unsigned char)bytes[i] : 0);
    return prefix;
}

static int compare_entries(const void *left, const void *right, void *context)
{
    const entry *a = left, *b = right;
    const patron_texts *texts = context;
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    const uint64_t *offset_a = texts->offsets + a->index, *offset_b = texts->offsets + b->index;
    uint64_t length_a = offset_a[1] - offset_a[0], length_b = offset_b[1] - offset_b[0];
    uint64_t least = length_a < length_b ? length_a : length_b;
    int order =
        least == 0 ? 0 : memcmp(texts->bytes + offset_a[0], texts->bytes + offset_b[0], least);
    if (order != 0)
        return order;
    if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

patron_status patron_texts_order(const patron_texts *texts, uint64_t **order)
{
    patron_status status = PATRON_RESOURCE;
    entry *entries = patron_allocate(texts->count, sizeof *entries);
    *order = NULL;
    if (entries == NULL)
        goto cleanup;
    for (uint64_t i = 0; i < texts->count; ++i) {
        uint64_t first = texts->offsets[i];
        entries[i].prefix = prefix_of(texts->bytes + first, texts->offsets[i + 1] - first);
        entries[i].index = i;
    }
    qsort_r(entries, texts->count, sizeof *entries, compare_entries,
            (void *)(uintptr_t)texts); /* the comparison only reads */
    *order = patron_allocate(texts->count, sizeof **order);
    if (*order == NULL)
        goto cleanup;
    for (uint64_t i = 0; i < texts->count; ++i)
        (*order)[i] = entries[i].index;
    status = PATRON_OK;
cleanup:
    free(entries);
    return status;
}

patron_status patron_texts_permute(patron_texts *texts, const uint64_t *order)
{
    patron_texts sorted = {0};
    for (uint64_t i = 0; i < texts->count; ++i) {
        uint64_t first = texts->offsets[order[i]];
        patron_status status = patron_texts_append(&sorted, texts->bytes + first,
                                                   texts->offsets[order[i] + 1] - first);
        if (status != PATRON_OK) {
            patron_texts_free(&sorted);
            return status;
        }
    }
    patron_texts_free(texts);
    *texts = sorted;
    return PATRON_OK;
}

uint64_t patron_texts_search(const patron_texts *texts, patron_slice wanted)
{
    uint64_t low = 0, high = texts->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order =
            patron_key_compare(patron_texts_at(texts, middle), patron_texts_length(texts, middle),
                               wanted.bytes, wanted.length);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return texts->count;
}

static int compare_u32(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b ? 1 : 0;
}

void patron_sort_u32(uint32_t *values, uint64_t count)
{
    if (count > INSERTION_LIMIT) {
        qsort(values, count, sizeof *values, compare_u32);
        return;
    }
    for (uint64_t i = 1; i < count; ++i) {
        uint32_t value = values[i];
        uint64_t j = i;
        for (; j > 0 && values[j - 1] > value; --j)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

uint64_t patron_sort_unique(uint32_t *values, uint64_t count)
{
    patron_sort_u32(values, count);
    uint64_t kept = count == 0 ? 0 : 1;
    for (uint64_t i = 1; i < count; ++i)
        if (values[i] != values[kept - 1])
            values[kept++] = values[i];
    return kept;
}
