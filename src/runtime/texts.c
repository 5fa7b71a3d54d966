/* SPDX-License-Identifier: Apache-2.0 */
/* Many short texts in one block of memory. */
#include "patron/texts.h"

#include "patron/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays grow when a count reaches a power of two, so that no capacity need be kept. */
static patron_status make_room(patron_texts *texts, uint64_t used, uint64_t length)
{
    uint64_t entries = texts->count + 2;
    if (texts->offsets == NULL || (entries & (entries - 1)) == 0) {
        uint64_t *offsets = patron_reallocate(texts->offsets, 2 * entries, sizeof *offsets);
        if (offsets == NULL)
            return PATRON_RESOURCE;
        if (texts->offsets == NULL)
            offsets[0] = 0;
        texts->offsets = offsets;
    }
    uint64_t old_capacity = 64;
    while (old_capacity < used)
        old_capacity *= 2;
    uint64_t capacity = old_capacity;
    while (capacity < used + length)
        capacity *= 2;
    if (texts->bytes == NULL || capacity != old_capacity) {
        char *bytes = patron_reallocate(texts->bytes, capacity, 1);
        if (bytes == NULL)
            return PATRON_RESOURCE;
        texts->bytes = bytes;
    }
    return PATRON_OK;
}

patron_status patron_texts_append(patron_texts *texts, const char *bytes, uint64_t length)
{
    uint64_t used = texts->count == 0 ? 0 : texts->offsets[texts->count];
    patron_status status = make_room(texts, used, length);
    if (status != PATRON_OK)
        return status;
    if (length > 0)
        memcpy(texts->bytes + used, bytes, length);
    texts->offsets[++texts->count] = used + length;
    return PATRON_OK;
}

uint64_t patron_texts_length(const patron_texts *texts, uint64_t index)
{
    return texts->offsets[index + 1] - texts->offsets[index];
}

uint64_t patron_texts_longest(const patron_texts *texts)
{
    uint64_t longest = 0;
    for (uint64_t i = 0; i < texts->count; ++i)
        if (patron_texts_length(texts, i) > longest)
            longest = patron_texts_length(texts, i);
    return longest;
}

const char *patron_texts_at(const patron_texts *texts, uint64_t index)
{
    return texts->bytes + texts->offsets[index];
}

uint64_t patron_texts_find(const patron_texts *texts, const char *text)
{
    uint64_t length = strlen(text);
    for (uint64_t i = 0; i < texts->count; ++i)
        if (patron_texts_length(texts, i) == length &&
            memcmp(patron_texts_at(texts, i), text, length) == 0)
            return i;
    return UINT64_MAX;
}

void patron_texts_list(const patron_texts *texts, char *list, unsigned long capacity)
{
    static const char more[] = ", ...";
    uint64_t used = 0;
    for (uint64_t i = 0; i < texts->count; ++i) {
        uint64_t length = patron_texts_length(texts, i);
        const char *before = i == 0 ? "" : ", ";
        if (used + strlen(before) + length + sizeof more > capacity) {
            snprintf(list + used, capacity - used, "%s", i == 0 ? "..." : more);
            return;
        }
        used += (uint64_t)snprintf(list + used, capacity - used, "%s%.*s", before, (int)length,
                                   patron_texts_at(texts, i));
    }
    list[used] = '\0';
}

void patron_texts_free(patron_texts *texts)
{
    free(texts->offsets);
    free(texts->bytes);
    *texts = (patron_texts){0};
}
