/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a source: chunks one after the other, the blocks of a chunk side by side. */
#include "rows/stream.h"

#include <omp.h>
#include <stdlib.h>

static const uint64_t MOST_CHUNK_BYTES = UINT64_C(2) << 20; /* few enough to stay in a cache */

void patron_row_stream_free(struct patron_row_stream *stream)
{
    if (stream == NULL)
        return;
    for (int i = 0; i < PATRON_FEED_SLOTS; ++i)
        free(stream->bytes[i]);
    free(stream->weight);
    free(stream->memory);
    free(stream);
}

patron_status patron_row_stream_create(const patron_row_source *source,
                                       const patron_rows_shape *shape, uint64_t memory,
                                       struct patron_row_stream **stream)
{
    uint64_t threads = (uint64_t)shape->threads;
    uint64_t all = (shape->count + PATRON_BLOCK - 1) / PATRON_BLOCK;
    uint64_t slot_bytes = memory / PATRON_FEED_SLOTS;
    uint64_t chunk_bytes = slot_bytes < MOST_CHUNK_BYTES ? slot_bytes : MOST_CHUNK_BYTES;
    uint64_t blocks = chunk_bytes / (source->row_bytes * PATRON_BLOCK);
    blocks = blocks > all ? all : blocks;
    blocks = blocks == 0 ? 1 : blocks;
    struct patron_row_stream *created = patron_allocate(1, sizeof *created);
    *stream = created;
    if (created == NULL)
        return PATRON_RESOURCE;
    created->chunk_rows = blocks * PATRON_BLOCK;
    uint64_t chunks = (all + blocks - 1) / blocks;
    for (uint64_t i = 0; source->read != NULL && i < PATRON_FEED_SLOTS && i < chunks; ++i) {
        created->bytes[i] = patron_allocate(created->chunk_rows, source->row_bytes);
        if (created->bytes[i] == NULL)
            return PATRON_RESOURCE;
    }
    created->weight = patron_allocate(threads, PATRON_BLOCK * sizeof(float));
    created->values = patron_allocate_aligned(
        threads, (uint64_t)shape->columns * PATRON_BLOCK * sizeof(float), &created->memory);
    return created->weight == NULL || created->values == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- a walk ---- */

/* Block `index` of the rows, which lies in `chunk`. */
static patron_row_step step_at(const patron_rows *rows, const patron_row_chunk *chunk,
                               uint64_t index)
{
    uint64_t before = index * PATRON_BLOCK, left = rows->count - before;
    return (patron_row_step){.chunk = chunk,
                             .index = index,
                             .row = rows->first + before,
                             .count = left < PATRON_BLOCK ? left : PATRON_BLOCK};
}

/* One thread's work. */
static void walk_shares(const patron_rows *rows, patron_feed *feed, patron_row_stepper *stepper,
                        void *argument, int thread)
{
    patron_feed_share share;
    while (patron_feed_take(feed, &share)) {
        uint64_t failed = UINT64_MAX;
        for (uint64_t i = 0; i < share.count && failed == UINT64_MAX; ++i) {
            patron_row_step step = step_at(rows, &feed->slot[share.slot].chunk, share.first + i);
            if (stepper(argument, thread, &step) != PATRON_OK)
                failed = step.index;
        }
        patron_feed_finish(feed, &share, failed);
    }
}

patron_status patron_row_stream_walk(const patron_rows *rows, struct patron_row_stream *stream,
                                     patron_row_stepper *stepper, void *argument)
{
    patron_feed feed;
    patron_feed_start(&feed, &rows->source, rows->first, rows->count, stream->chunk_rows,
                      stream->bytes);
#pragma omp parallel num_threads(rows->threads)
    walk_shares(rows, &feed, stepper, argument, omp_get_thread_num());
    patron_status status = patron_feed_stop(&feed);
    if (feed.failed == UINT64_MAX)
        return status;
    patron_row_step step = step_at(rows, patron_feed_chunk(&feed, feed.failed), feed.failed);
    status = stepper(argument, 0, &step); /* again, so that its text stands */
    return status != PATRON_OK ? status : patron_fail(PATRON_RESOURCE, "out of memory for a row");
}
