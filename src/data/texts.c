/* SPDX-License-Identifier: Apache-2.0 */
/* Packed texts, and the cut of rows into parts or shards.
 *
 * Both arrays of patron_texts grow to powers of two, so that the capacity follows from the count
 * and appending costs constant time on average. */
#include "patron/data.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t LEAST_CAPACITY = 16;

static uint64_t capacity_of(uint64_t count)
{
    if (count <= LEAST_CAPACITY)
        return LEAST_CAPACITY;
    return UINT64_C(1) << (64 - __builtin_clzll(count - 1));
}

/* Makes room for one more offset. */
static patron_status grow_offsets(patron_texts *texts)
{
    uint64_t capacity = capacity_of(texts->count + 2);
    if (texts->offsets != NULL && capacity == capacity_of(texts->count + 1))
        return PATRON_OK;
    uint64_t *offsets = patron_reallocate(texts->offsets, capacity, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
    offsets[texts->count] = texts->count == 0 ? 0 : offsets[texts->count];
    texts->offsets = offsets;
    return PATRON_OK;
}

static patron_status grow_bytes(patron_texts *texts, uint64_t used, uint64_t length)
{
    uint64_t capacity = capacity_of(used + length);
    if (texts->bytes != NULL && capacity == capacity_of(used))
        return PATRON_OK;
    char *bytes = patron_reallocate(texts->bytes, capacity, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    texts->bytes = bytes;
    return PATRON_OK;
}

patron_status patron_texts_append(patron_texts *texts, const char *bytes, uint64_t length)
{
    patron_status status = grow_offsets(texts);
    if (status != PATRON_OK)
        return status;
    uint64_t used = texts->offsets[texts->count];
    if (length > UINT64_MAX / 4 - used)
        return patron_fail(PATRON_RESOURCE, "texts of more than 2^62 bytes can not be held");
    status = grow_bytes(texts, used, length);
    if (status != PATRON_OK)
        return status;
    if (length > 0)
        memcpy(texts->bytes + used, bytes, length);
    texts->offsets[++texts->count] = used + length;
    return PATRON_OK;
}

void patron_texts_free(patron_texts *texts)
{
    free(texts->offsets);
    free(texts->bytes);
    *texts = (patron_texts){0};
}

patron_range patron_range_cut(uint64_t total, uint64_t index, uint64_t parts)
{
    uint64_t least = total / parts;
    uint64_t longer = total % parts; /* the first ranges take one more */
    return (patron_range){.first = index * least + (index < longer ? index : longer),
                          .count = least + (index < longer ? 1 : 0)};
}
