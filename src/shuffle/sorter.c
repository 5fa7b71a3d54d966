/* SPDX-License-Identifier: Apache-2.0 */
/* An external merge sort: records that fill the memory are sorted and written as a run, and all
 * runs are merged through a heap.  Where they are more than can be read side by side, they are
 * first merged into fewer (Knuth, The Art of Computer Programming 3, 5.4). */
#include "shuffle/sorter.h"

#include "patron/memory.h"
#include "shuffle/key_sort.h"
#include "shuffle/merge.h"

#include <stdlib.h>

/* Of a record beside its bytes: its entry, and that entry's spare while it is sorted. */
enum { ENTRY_BYTES = 2 * sizeof(patron_radix_entry), WRITE_BYTES = 1 << 18, LEAST_READ = 1 << 16 };

struct patron_sorter {
    const char *folder, *name;
    uint64_t memory;
    char *bytes; /* records as they came */
    uint64_t used, room;
    patron_radix_entry *entries;
    uint64_t count, entry_room;
    uint64_t longest; /* bytes of a record */
    patron_spool spool;
    shuffle_run *runs;
    uint64_t run_count, run_room;
    uint64_t at; /* the entry that is next, where nothing was spilled */
    shuffle_merge *merge;
};

patron_status patron_sorter_create(const char *folder, const char *name, uint64_t memory,
                                   patron_sorter **sorter)
{
    *sorter = patron_allocate(1, sizeof **sorter);
    if (*sorter == NULL)
        return PATRON_RESOURCE;
    **sorter = (patron_sorter){.folder = folder, .name = name, .memory = memory};
    (*sorter)->spool.descriptor = -1;
    return PATRON_OK;
}

static patron_status sort_in_memory(patron_sorter *sorter)
{
    patron_radix_entry *spare = patron_allocate(sorter->count, sizeof *spare);
    if (spare == NULL)
        return PATRON_RESOURCE;
    shuffle_key_sort(sorter->bytes, sorter->entries, sorter->count, spare);
    free(spare);
    return PATRON_OK;
}

/* ---- runs ---- */

static patron_status open_spool(patron_sorter *sorter)
{
    if (sorter->spool.descriptor >= 0)
        return PATRON_OK;
    return patron_spool_create(sorter->folder, sorter->name, &sorter->spool);
}

static patron_status note_run(patron_sorter *sorter, uint64_t first)
{
    shuffle_run *runs =
        patron_grow(sorter->runs, sorter->run_count + 1, &sorter->run_room, sizeof *runs);
    if (runs == NULL)
        return PATRON_RESOURCE;
    sorter->runs = runs;
    runs[sorter->run_count++] = (shuffle_run){.first = first, .end = sorter->spool.size};
    return PATRON_OK;
}

/* Bytes on their way to the spool. */
typedef struct outgoing {
    patron_spool *spool;
    char *bytes;
    uint64_t used, room;
} outgoing;

static patron_status flush(outgoing *out)
{
    uint64_t used = out->used;
    out->used = 0;
    return patron_spool_append(out->spool, out->bytes, used);
}

static patron_status send(outgoing *out, const char *bytes, uint64_t length)
{
    patron_status status = PATRON_OK;
    if (out->used + length > out->room)
        status = flush(out);
    if (status != PATRON_OK)
        return status;
    if (length > out->room)
        return patron_spool_append(out->spool, bytes, length);
    memcpy(out->bytes + out->used, bytes, length);
    out->used += length;
    return PATRON_OK;
}

static patron_status write_sorted(patron_sorter *sorter, outgoing *out)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < sorter->count; ++i) {
        const char *bytes = sorter->bytes + sorter->entries[i].place;
        patron_record record = patron_record_at(bytes);
        status = send(out, bytes, patron_record_bytes(&record));
    }
    return status == PATRON_OK ? flush(out) : status;
}

/* Writes what is in memory as a run. */
static patron_status spill(patron_sorter *sorter)
{
    outgoing out = {.spool = &sorter->spool, .room = WRITE_BYTES};
    patron_status status = open_spool(sorter);
    uint64_t first = sorter->spool.size;
    if (status == PATRON_OK)
        status = sort_in_memory(sorter);
    if (status != PATRON_OK)
        return status;
    out.bytes = patron_allocate(out.room, 1);
    status = out.bytes == NULL ? PATRON_RESOURCE : write_sorted(sorter, &out);
    free(out.bytes);
    sorter->used = sorter->count = 0;
    return status == PATRON_OK ? note_run(sorter, first) : status;
}

/* ---- appending ---- */

static patron_status keep(patron_sorter *sorter, const char *record, uint64_t length)
{
    char *bytes = patron_grow(sorter->bytes, sorter->used + length, &sorter->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    sorter->bytes = bytes;
    patron_radix_entry *entries =
        patron_grow(sorter->entries, sorter->count + 1, &sorter->entry_room, sizeof *entries);
    if (entries == NULL)
        return PATRON_RESOURCE;
    sorter->entries = entries;
    memcpy(bytes + sorter->used, record, length);
    entries[sorter->count++].place = sorter->used;
    sorter->used += length;
    return PATRON_OK;
}

patron_status patron_sorter_append(patron_sorter *sorter, const char *bytes, uint64_t length)
{
    patron_status status = PATRON_OK;
    for (uint64_t at = 0; status == PATRON_OK && at < length;) {
        patron_record record = patron_record_at(bytes + at);
        uint64_t own = patron_record_bytes(&record);
        uint64_t needed = sorter->used + own + (sorter->count + 1) * ENTRY_BYTES;
        if (sorter->count > 0 && needed > sorter->memory)
            status = spill(sorter);
        if (status == PATRON_OK)
            status = keep(sorter, bytes + at, own);
        if (own > sorter->longest)
            sorter->longest = own;
        at += own;
    }
    return status;
}

/* ---- merging ---- */

/* Bytes that are read of each of `runs` at a time. */
static uint64_t read_bytes(const patron_sorter *sorter, uint64_t runs)
{
    enum { MOST_READ = 1 << 20 };
    uint64_t share = sorter->memory / (runs + 1);
    share = share < LEAST_READ ? LEAST_READ : share > MOST_READ ? MOST_READ : share;
    return share < sorter->longest ? sorter->longest : share;
}

/* Merges the first `count` runs into one behind all. */
static patron_status merge_first(patron_sorter *sorter, uint64_t count)
{
    outgoing out = {.spool = &sorter->spool, .room = WRITE_BYTES};
    shuffle_merge *merge = NULL;
    uint64_t first = sorter->spool.size;
    bool found = true;
    out.bytes = patron_allocate(out.room, 1);
    patron_status status = out.bytes == NULL
                               ? PATRON_RESOURCE
                               : shuffle_merge_create(&sorter->spool, sorter->runs, count,
                                                      read_bytes(sorter, count), &merge);
    while (status == PATRON_OK && found) {
        patron_record record;
        status = shuffle_merge_next(merge, &record, &found);
        if (status == PATRON_OK && found)
            status = send(&out, record.key - PATRON_RECORD_HEAD, patron_record_bytes(&record));
    }
    if (status == PATRON_OK)
        status = flush(&out);
    shuffle_merge_free(merge);
    free(out.bytes);
    if (status != PATRON_OK)
        return status;
    sorter->run_count -= count;
    memmove(sorter->runs, sorter->runs + count, sorter->run_count * sizeof *sorter->runs);
    return note_run(sorter, first);
}

static void forget_memory(patron_sorter *sorter)
{
    free(sorter->bytes);
    free(sorter->entries);
    sorter->bytes = NULL;
    sorter->entries = NULL;
    sorter->room = sorter->entry_room = 0;
}

patron_status patron_sorter_finish(patron_sorter *sorter)
{
    if (sorter->run_count == 0)
        return sort_in_memory(sorter);
    patron_status status = sorter->count > 0 ? spill(sorter) : PATRON_OK;
    forget_memory(sorter);
    uint64_t most = sorter->memory / LEAST_READ;
    most = most < 4 ? 4 : most > 1024 ? 1024 : most;
    while (status == PATRON_OK && sorter->run_count > most) {
        uint64_t surplus = sorter->run_count - most + 1;
        status = merge_first(sorter, surplus < most ? surplus : most);
    }
    if (status == PATRON_OK)
        status = shuffle_merge_create(&sorter->spool, sorter->runs, sorter->run_count,
                                      read_bytes(sorter, sorter->run_count), &sorter->merge);
    return status;
}

patron_status patron_sorter_next(patron_sorter *sorter, patron_record *record, bool *found)
{
    enum { AHEAD = 16 }; /* records; in their order they lie anywhere in memory */
    if (sorter->merge != NULL)
        return shuffle_merge_next(sorter->merge, record, found);
    *found = sorter->at < sorter->count;
    if (sorter->at + AHEAD < sorter->count)
        __builtin_prefetch(sorter->bytes + sorter->entries[sorter->at + AHEAD].place);
    if (*found)
        *record = patron_record_at(sorter->bytes + sorter->entries[sorter->at++].place);
    return PATRON_OK;
}

void patron_sorter_free(patron_sorter *sorter)
{
    if (sorter == NULL)
        return;
    shuffle_merge_free(sorter->merge);
    patron_spool_close(&sorter->spool);
    forget_memory(sorter);
    free(sorter->runs);
    free(sorter);
}
