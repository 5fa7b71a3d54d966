/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's rows in blocks: PATRON_BLOCK rows side by side, one a lane, column after column, so that
 * a vector holds one column of several rows.  They lie in memory, or are streamed: read again in
 * every pass, a chunk while the one before is worked on, so that a shard may be larger than memory.
 * What a pass sees is the same in both ways.  Nothing here is collective. */
#ifndef PATRON_ROWS_H
#define PATRON_ROWS_H

#include "patron/memory.h"
#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { PATRON_BLOCK = 64 };

/* One block as a pass sees it. */
typedef struct patron_block {
    uint64_t index; /* among the blocks of this rank */
    uint64_t row;   /* global number of lane 0; lane i holds row + i */
    uint64_t lanes; /* one bit a lane that holds a row; others were dropped, or lie past the end */
    const float *values; /* columns x PATRON_BLOCK, aligned; lanes without a row hold numbers too */
    const float *weight; /* PATRON_BLOCK, 0 in lanes without a row; NULL: every row weighs 1 */
    const char *ahead;   /* bytes of a block to come that the visitor should ask for; NULL: none */
    uint64_t ahead_bytes;
} patron_block;

/* Asks for a part of what lies ahead, to be called `parts` times while a block is worked on: the
 * processor's own prefetching waits for its loads, and can hold only few lines at a time. */
static inline void patron_block_fetch_ahead(const patron_block *block, uint64_t part,
                                            uint64_t parts)
{
    const uint64_t line = 64;
    const char *end = block->ahead + block->ahead_bytes * (part + 1) / parts;
    for (const char *at = block->ahead + block->ahead_bytes * part / parts; at < end; at += line)
        __builtin_prefetch(at, 0, 2);
}

/* Rows as they were read, `count` of them from the global row `first` on. */
typedef struct patron_row_chunk {
    uint64_t first, count;
    const void *bytes;
} patron_row_chunk;

/* Where rows come from.  `read` fetches rows into bytes[count x row_bytes], called by one thread at
 * a time (not always the same); NULL: `resident` holds all rows of the rank.  `lay` makes a block
 * of `count` <= PATRON_BLOCK rows of a chunk, from the global row `row` on, in whatever thread:
 * values in all lanes, weights where rows weigh, *lanes with bits below `count` alone. */
typedef struct patron_row_source {
    void *context;
    uint64_t row_bytes;
    const void *resident;
    patron_status (*read)(void *context, uint64_t first, uint64_t count, void *bytes);
    patron_status (*lay)(void *context, const patron_row_chunk *chunk, uint64_t row, uint64_t count,
                         float *values, float *weight, uint64_t *lanes);
} patron_row_source;

typedef struct patron_rows {
    uint64_t first; /* global number of the first row */
    uint64_t count; /* rows, those included that were dropped */
    uint32_t columns;
    bool weighs;
    int threads; /* of every pass */
    uint64_t blocks;
    float *values;   /* blocks x columns x PATRON_BLOCK; NULL where rows are streamed */
    float *weight;   /* blocks x PATRON_BLOCK; NULL where rows don't weigh, or are streamed */
    uint64_t *lanes; /* blocks; NULL where rows are streamed */
    void *memory;    /* of `values` */
    patron_row_source source;
    struct patron_row_stream *stream; /* NULL where rows lie in memory */
} patron_rows;

/* Which rows of a source a rank holds, and how. */
typedef struct patron_rows_shape {
    uint64_t first, count;
    uint32_t columns;
    bool weighs;
    int threads; /* at least 1 */
} patron_rows_shape;

/* Reads and lays out all rows of `shape`, each chunk while the next one is read.  Release with
 * patron_rows_free whatever is returned.  RESOURCE, and what `read` and `lay` return: of several
 * blocks that fail, the status and text of the first. */
patron_status patron_rows_load(const patron_row_source *source, const patron_rows_shape *shape,
                               patron_rows *rows);

/* Rows that each pass reads anew, with buffers of about `memory` bytes; reads nothing yet.  What
 * the source's context holds must outlive the rows.  RESOURCE. */
patron_status patron_rows_stream(const patron_row_source *source, const patron_rows_shape *shape,
                                 uint64_t memory, patron_rows *rows);

/* Loads values[shape->count x shape->columns], row by row, and weight[shape->count] (NULL: all 1),
 * which are not needed any more afterwards. */
patron_status patron_rows_pack(const float *values, const float *weight,
                               const patron_rows_shape *shape, patron_rows *rows);

void patron_rows_free(patron_rows *rows);

/* Sees a block; `thread` is below rows->threads, and its blocks come in ascending order. */
typedef void patron_block_visit(void *argument, int thread, const patron_block *block);

/* Shows every block once, with rows->threads threads.  OK where rows lie in memory; else as
 * patron_rows_load. */
patron_status patron_rows_pass(const patron_rows *rows, patron_block_visit *visit, void *argument);

/* Changes the values of a block in place; blocks come in any order, from all threads. */
typedef void patron_block_change(void *argument, const patron_block *block, float *values);

/* Applies `change` to every block of rows that lie in memory. */
void patron_rows_change(patron_rows *rows, patron_block_change *change, void *argument);

/* Values of one row of this rank, by its global number, into values[columns]; `is_row` tells
 * whether it was not dropped. */
patron_status patron_rows_fetch(const patron_rows *rows, uint64_t row, float *values, bool *is_row);

#endif
