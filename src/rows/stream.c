/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a source: chunks one after the other, the blocks of a chunk side by side. */
#include "rows/stream.h"

#include "rows/reader.h"

#include <omp.h>
#include <stdlib.h>

static const uint64_t MOST_CHUNK_BYTES = UINT64_C(1) << 23; /* larger ones are no faster to read */

void patron_row_stream_free(struct patron_row_stream *stream)
{
    if (stream == NULL)
        return;
    free(stream->bytes[0]);
    free(stream->bytes[1]);
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
    uint64_t chunk_bytes = memory / 2 < MOST_CHUNK_BYTES ? memory / 2 : MOST_CHUNK_BYTES;
    uint64_t blocks = chunk_bytes / (source->row_bytes * PATRON_BLOCK);
    blocks = blocks > all ? all : blocks;
    blocks = blocks == 0 ? 1 : blocks;
    struct patron_row_stream *created = patron_allocate(1, sizeof *created);
    *stream = created;
    if (created == NULL)
        return PATRON_RESOURCE;
    created->chunk_rows = blocks * PATRON_BLOCK;
    for (int i = 0; source->read != NULL && i < (blocks < all ? 2 : 1); ++i) {
        created->bytes[i] = patron_allocate(created->chunk_rows, source->row_bytes);
        if (created->bytes[i] == NULL)
            return PATRON_RESOURCE;
    }
    created->weight = patron_allocate(threads, PATRON_BLOCK * sizeof(float));
    created->values = patron_allocate_aligned(
        threads, (uint64_t)shape->columns * PATRON_BLOCK * sizeof(float), &created->memory);
    return created->weight == NULL || created->values == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- a chunk ---- */

static patron_row_step step_at(const patron_rows *rows, const patron_row_chunk *chunk,
                               uint64_t number)
{
    uint64_t before = number * PATRON_BLOCK;
    uint64_t left = chunk->count - before;
    return (patron_row_step){.chunk = chunk,
                             .index = (chunk->first - rows->first) / PATRON_BLOCK + number,
                             .row = chunk->first + before,
                             .count = left < PATRON_BLOCK ? left : PATRON_BLOCK};
}

static patron_status walk_chunk(const patron_rows *rows, const patron_row_chunk *chunk,
                                patron_row_stepper *stepper, void *argument)
{
    uint64_t blocks = (chunk->count + PATRON_BLOCK - 1) / PATRON_BLOCK;
    uint64_t failed = UINT64_MAX; /* the first block that fails */
#pragma omp parallel num_threads(rows->threads) reduction(min : failed)
    {
        int thread = omp_get_thread_num();
#pragma omp for schedule(monotonic : dynamic, 4)
        for (uint64_t number = 0; number < blocks; ++number) {
            patron_row_step step = step_at(rows, chunk, number);
            if (failed == UINT64_MAX && stepper(argument, thread, &step) != PATRON_OK)
                failed = number;
        }
    }
    if (failed == UINT64_MAX)
        return PATRON_OK;
    patron_row_step step = step_at(rows, chunk, failed); /* again, so that its text stands */
    return stepper(argument, 0, &step);
}

patron_status patron_row_stream_walk(const patron_rows *rows, struct patron_row_stream *stream,
                                     patron_row_stepper *stepper, void *argument)
{
    const patron_row_source *source = &rows->source;
    if (rows->count == 0)
        return PATRON_OK;
    if (source->read == NULL) {
        patron_row_chunk all = {rows->first, rows->count, source->resident};
        return walk_chunk(rows, &all, stepper, argument);
    }
    patron_row_reader reader;
    patron_status status = PATRON_OK;
    patron_row_reader_start(&reader, source, rows->first, rows->count, stream->chunk_rows,
                            stream->bytes);
    uint64_t number = 0;
    for (uint64_t done = 0; status == PATRON_OK && done < rows->count;) {
        patron_row_chunk chunk;
        status = patron_row_reader_take(&reader, number++, &chunk);
        if (status == PATRON_OK)
            status = walk_chunk(rows, &chunk, stepper, argument);
        patron_row_reader_release(&reader);
        done += chunk.count;
    }
    patron_row_reader_stop(&reader);
    return status;
}
