/* SPDX-License-Identifier: Apache-2.0 */
/* Every rank gets all samples, sorts them, and takes each n-th. */
#include "shuffle/splitters.h"

#include "patron/memory.h"
#include "shuffle/key_sort.h"
#include "shuffle/record.h"

#include <stdlib.h>

/* The samples as records without a value, behind one another. */
static patron_status lay_samples(const patron_texts *samples, char **bytes, uint64_t *length)
{
    *length = samples->count * PATRON_RECORD_HEAD;
    if (samples->count > 0)
        *length += samples->offsets[samples->count];
    *bytes = patron_allocate(*length, 1);
    if (*bytes == NULL)
        return PATRON_RESOURCE;
    char *at = *bytes;
    for (uint64_t i = 0; i < samples->count; ++i) {
        patron_record record = {.key = patron_texts_at(samples, i),
                                .key_length = (uint32_t)patron_texts_length(samples, i)};
        patron_record_lay(&record, at);
        at += patron_record_bytes(&record);
    }
    return PATRON_OK;
}

/* Takes samples of equal distance; one that equals the last splitter would make an empty range. */
static patron_status take_splitters(const char *bytes, uint64_t length, uint64_t ranges,
                                    patron_texts *keys)
{
    uint64_t count = 0;
    for (uint64_t at = 0; at < length; ++count) {
        patron_record record = patron_record_at(bytes + at);
        at += patron_record_bytes(&record);
    }
    patron_radix_entry *entries = patron_allocate(2 * count, sizeof *entries);
    if (entries == NULL)
        return PATRON_RESOURCE;
    count = 0;
    for (uint64_t at = 0; at < length; ++count) {
        patron_record record = patron_record_at(bytes + at);
        entries[count].place = at;
        at += patron_record_bytes(&record);
    }
    shuffle_key_sort(bytes, entries, count, entries + count);
    patron_status status = PATRON_OK;
    for (uint64_t range = 1; status == PATRON_OK && count > 0 && range < ranges; ++range) {
        uint64_t place = range * count / ranges;
        patron_record record = patron_record_at(bytes + entries[place].place);
        status = patron_texts_append(keys, record.key, record.key_length);
    }
    free(entries);
    return status;
}

patron_status patron_splitters_choose(const patron_comm *comm, const patron_texts *samples,
                                      uint64_t ranges, patron_splitters *splitters)
{
    char *mine = NULL;
    void *all = NULL;
    uint64_t length = 0, total = 0;
    *splitters = (patron_splitters){0};
    patron_status status = lay_samples(samples, &mine, &length);
    status = patron_comm_gather(comm, status, mine, length, &all, &total);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, take_splitters(all, total, ranges, &splitters->keys));
    free(mine);
    free(all);
    return status;
}

uint64_t patron_splitters_range(const patron_splitters *splitters, const char *key, uint64_t length)
{
    uint64_t low = 0, high = splitters->keys.count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (patron_key_compare(patron_texts_at(&splitters->keys, middle),
                               patron_texts_length(&splitters->keys, middle), key, length) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void patron_splitters_free(patron_splitters *splitters)
{
    patron_texts_free(&splitters->keys);
}
