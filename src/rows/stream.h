/* SPDX-License-Identifier: Apache-2.0 */
/* A source gone through chunk by chunk.  Nothing here is collective. */
#ifndef PATRON_ROWS_STREAM_H
#define PATRON_ROWS_STREAM_H

#include "rows/feed.h"

/* Buffers of a walk: some chunks as they are read, and a block for each thread. */
struct patron_row_stream {
    uint64_t chunk_rows; /* a multiple of PATRON_BLOCK */
    void *bytes[PATRON_FEED_SLOTS];
    float *values; /* threads x columns x PATRON_BLOCK, aligned */
    float *weight; /* threads x PATRON_BLOCK */
    void *memory;  /* of `values` */
};

/* Buffers of about `memory` bytes for a walk; free with patron_row_stream_free.  RESOURCE. */
patron_status patron_row_stream_create(const patron_row_source *source,
                                       const patron_rows_shape *shape, uint64_t memory,
                                       struct patron_row_stream **stream);
void patron_row_stream_free(struct patron_row_stream *stream);

/* One block of a walk: `row` and `count` say which rows of the chunk it holds. */
typedef struct patron_row_step {
    const patron_row_chunk *chunk;
    uint64_t index, row, count;
} patron_row_step;

typedef patron_status patron_row_stepper(void *argument, int thread, const patron_row_step *step);

/* Calls `stepper` for every block of the rows, in rows->threads threads, while the next chunk is
 * read.  Ends with the first chunk that fails; of several blocks of it that fail, with the status
 * and text of the first. */
patron_status patron_row_stream_walk(const patron_rows *rows, struct patron_row_stream *stream,
                                     patron_row_stepper *stepper, void *argument);

#endif
