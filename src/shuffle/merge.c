/* SPDX-License-Identifier: Apache-2.0 */
/* A heap of readers, the one with the least key on top. */
#include "shuffle/merge.h"

#include "patron/memory.h"

#include <stdlib.h>

typedef struct reader {
    uint64_t offset, end; /* of what is not read yet */
    char *bytes;
    uint64_t at, filled;
    patron_record record; /* the next one */
    uint64_t word;        /* its first eight bytes */
} reader;

struct shuffle_merge {
    patron_spool *spool;
    uint64_t room; /* of a reader's bytes */
    reader *readers;
    uint64_t count;
    reader **heap;
    uint64_t left;  /* in the heap */
    bool has_given; /* the record on top was handed out */
};

/* Moves what is left to the front and reads behind it. */
static patron_status refill(const shuffle_merge *merge, reader *r)
{
    uint64_t left = r->filled - r->at;
    memmove(r->bytes, r->bytes + r->at, left);
    uint64_t wanted = merge->room - left;
    if (wanted > r->end - r->offset)
        wanted = r->end - r->offset;
    patron_status status = patron_spool_take(merge->spool, r->offset, r->bytes + left, wanted);
    r->offset += wanted;
    r->at = 0;
    r->filled = left + wanted;
    return status;
}

static bool is_whole(const reader *r)
{
    uint64_t left = r->filled - r->at;
    if (left < PATRON_RECORD_HEAD)
        return false;
    patron_record record = patron_record_at(r->bytes + r->at);
    return patron_record_bytes(&record) <= left;
}

/* Goes to the next record; *found is false where there is none. */
static patron_status advance(const shuffle_merge *merge, reader *r, bool *found)
{
    patron_status status = PATRON_OK;
    if (!is_whole(r) && r->offset < r->end)
        status = refill(merge, r);
    *found = status == PATRON_OK && is_whole(r);
    if (*found) {
        r->record = patron_record_at(r->bytes + r->at);
        r->word = patron_key_word(r->record.key, r->record.key_length, 0);
        r->at += patron_record_bytes(&r->record);
    }
    return status;
}

static bool is_before(const reader *a, const reader *b)
{
    if (a->word != b->word)
        return a->word < b->word;
    return patron_key_compare(a->record.key, a->record.key_length, b->record.key,
                              b->record.key_length) < 0;
}

static void sink(shuffle_merge *merge, uint64_t place)
{
    reader *moved = merge->heap[place];
    for (;;) {
        uint64_t child = 2 * place + 1;
        if (child >= merge->left)
            break;
        if (child + 1 < merge->left && is_before(merge->heap[child + 1], merge->heap[child]))
            ++child;
        if (!is_before(merge->heap[child], moved))
            break;
        merge->heap[place] = merge->heap[child];
        place = child;
    }
    merge->heap[place] = moved;
}

static patron_status start(shuffle_merge *merge, const shuffle_run *runs)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < merge->count; ++i) {
        reader *r = &merge->readers[i];
        bool found = false;
        r->offset = runs[i].first;
        r->end = runs[i].end;
        r->bytes = patron_allocate(merge->room, 1);
        status = r->bytes == NULL ? PATRON_RESOURCE : advance(merge, r, &found);
        if (found)
            merge->heap[merge->left++] = r;
    }
    for (uint64_t place = merge->left / 2; status == PATRON_OK && place-- > 0;)
        sink(merge, place);
    return status;
}

patron_status shuffle_merge_create(patron_spool *spool, const shuffle_run *runs, uint64_t count,
                                   uint64_t bytes, shuffle_merge **merge)
{
    shuffle_merge *m = *merge = patron_allocate(1, sizeof **merge);
    if (m == NULL)
        return PATRON_RESOURCE;
    *m = (shuffle_merge){.spool = spool, .room = bytes, .count = count};
    m->readers = patron_allocate(count, sizeof *m->readers);
    m->heap = patron_allocate(count, sizeof(reader *));
    return m->readers == NULL || m->heap == NULL ? PATRON_RESOURCE : start(m, runs);
}

patron_status shuffle_merge_next(shuffle_merge *merge, patron_record *record, bool *found)
{
    if (merge->has_given) {
        bool more = false;
        patron_status status = advance(merge, merge->heap[0], &more);
        if (status != PATRON_OK)
            return status;
        if (!more)
            merge->heap[0] = merge->heap[--merge->left];
        if (merge->left > 1)
            sink(merge, 0);
    }
    *found = merge->has_given = merge->left > 0;
    if (*found)
        *record = merge->heap[0]->record;
    return PATRON_OK;
}

void shuffle_merge_free(shuffle_merge *merge)
{
    if (merge == NULL)
        return;
    for (uint64_t i = 0; merge->readers != NULL && i < merge->count; ++i)
        free(merge->readers[i].bytes);
    free(merge->readers);
    free(merge->heap);
    free(merge);
}
