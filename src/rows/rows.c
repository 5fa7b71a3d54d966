/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory and streamed ones behind one pass. */
#include "patron/rows.h"

#include "rows/stream.h"
#include "rows/turn.h"
#include "runtime/clones.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LOAD_BYTES = UINT64_C(1) << 22; /* of the buffers while rows are loaded */

static void take_shape(const patron_row_source *source, const patron_rows_shape *shape,
                       patron_rows *rows)
{
    *rows = (patron_rows){.first = shape->first,
                          .count = shape->count,
                          .columns = shape->columns,
                          .weighs = shape->weighs,
                          .threads = shape->threads,
                          .blocks = (shape->count + PATRON_BLOCK - 1) / PATRON_BLOCK,
                          .source = *source};
}

void patron_rows_free(patron_rows *rows)
{
    free(rows->memory);
    free(rows->weight);
    free(rows->lanes);
    patron_row_stream_free(rows->stream);
    *rows = (patron_rows){0};
}

/* ---- loading ---- */

static float *values_of(const patron_rows *rows, uint64_t block)
{
    return rows->values + block * rows->columns * PATRON_BLOCK;
}

static float *weight_of(const patron_rows *rows, uint64_t block)
{
    return rows->weight == NULL ? NULL : rows->weight + block * PATRON_BLOCK;
}

static patron_status load_block(void *argument, int thread, const patron_row_step *step)
{
    patron_rows *rows = argument;
    (void)thread;
    return rows->source.lay(rows->source.context, step->chunk, step->row, step->count,
                            values_of(rows, step->index), weight_of(rows, step->index),
                            &rows->lanes[step->index]);
}

patron_status patron_rows_load(const patron_row_source *source, const patron_rows_shape *shape,
                               patron_rows *rows)
{
    struct patron_row_stream *stream = NULL;
    take_shape(source, shape, rows);
    rows->values = patron_allocate_aligned(
        rows->blocks, (uint64_t)shape->columns * PATRON_BLOCK * sizeof(float), &rows->memory);
    rows->lanes = patron_allocate(rows->blocks, sizeof *rows->lanes);
    if (shape->weighs)
        rows->weight = patron_allocate(rows->blocks, PATRON_BLOCK * sizeof *rows->weight);
    if (rows->values == NULL || rows->lanes == NULL || (shape->weighs && rows->weight == NULL))
        return PATRON_RESOURCE;
    patron_status status = patron_row_stream_create(source, shape, LOAD_BYTES, &stream);
    if (status == PATRON_OK)
        status = patron_row_stream_walk(rows, stream, load_block, rows);
    patron_row_stream_free(stream);
    return status;
}

patron_status patron_rows_stream(const patron_row_source *source, const patron_rows_shape *shape,
                                 uint64_t memory, patron_rows *rows)
{
    take_shape(source, shape, rows);
    return patron_row_stream_create(source, shape, memory, &rows->stream);
}

/* ---- passes ---- */

static patron_block block_at(const patron_rows *rows, uint64_t index)
{
    return (patron_block){.index = index,
                          .row = rows->first + index * PATRON_BLOCK,
                          .lanes = rows->lanes[index],
                          .values = values_of(rows, index),
                          .weight = weight_of(rows, index)};
}

/* Tells the visitor of a block what to ask for: the first lines of the next but one, after which
 * the processor goes on by itself; those of the next came too late in a fit's last passes. */
static void look_ahead(const patron_rows *rows, patron_block *block)
{
    const uint64_t most = UINT64_C(1) << 14;
    uint64_t bytes = (uint64_t)rows->columns * PATRON_BLOCK * sizeof(float);
    if (block->index + 2 >= rows->blocks)
        return;
    block->ahead = (const char *)values_of(rows, block->index + 2);
    block->ahead_bytes = bytes < most ? bytes : most;
}

typedef struct pass {
    const patron_rows *rows;
    patron_block_visit *visit;
    void *argument;
} pass;

static patron_status stream_block(void *argument, int thread, const patron_row_step *step)
{
    const pass *run = argument;
    const patron_rows *rows = run->rows;
    const struct patron_row_stream *stream = rows->stream;
    uint64_t room = (uint64_t)thread * PATRON_BLOCK;
    float *values = stream->values + room * rows->columns;
    float *weight = rows->weighs ? stream->weight + room : NULL;
    patron_block block = {
        .index = step->index, .row = step->row, .values = values, .weight = weight};
    patron_status status = rows->source.lay(rows->source.context, step->chunk, step->row,
                                            step->count, values, weight, &block.lanes);
    if (status == PATRON_OK)
        run->visit(run->argument, thread, &block);
    return status;
}

static void show_block(const pass *run, int thread, uint64_t index)
{
    patron_block block = block_at(run->rows, index);
    look_ahead(run->rows, &block);
    run->visit(run->argument, thread, &block);
}

/* Most blocks go to threads in equal parts, always the same ones, whose memory is near to them; the
 * last ones go to whom has time.  Each thread's come in ascending order in either part. */
static void show_blocks(const pass *run)
{
    enum { SHARED = 8, PIECE = 16 }; /* one in so many blocks; as many of these at a time */
    uint64_t blocks = run->rows->blocks, own = blocks - blocks / SHARED;
#pragma omp parallel num_threads(run->rows->threads)
    {
        int thread = omp_get_thread_num();
#pragma omp for schedule(static) nowait
        for (uint64_t index = 0; index < own; ++index)
            show_block(run, thread, index);
#pragma omp for schedule(monotonic : dynamic, PIECE)
        for (uint64_t index = own; index < blocks; ++index)
            show_block(run, thread, index);
    }
}

patron_status patron_rows_pass(const patron_rows *rows, patron_block_visit *visit, void *argument)
{
    pass run = {rows, visit, argument};
    if (rows->stream != NULL)
        return patron_row_stream_walk(rows, rows->stream, stream_block, &run);
    show_blocks(&run);
    return PATRON_OK;
}

void patron_rows_change(patron_rows *rows, patron_block_change *change, void *argument)
{
#pragma omp parallel for num_threads(rows->threads) schedule(static)
    for (uint64_t index = 0; index < rows->blocks; ++index) {
        patron_block block = block_at(rows, index);
        change(argument, &block, values_of(rows, index));
    }
}

/* ---- single rows ---- */

static bool take_lane(const patron_rows *rows, const float *values, uint64_t lanes, uint64_t lane,
                      float *row)
{
    for (uint64_t j = 0; j < rows->columns; ++j)
        row[j] = values[j * PATRON_BLOCK + lane];
    return ((lanes >> lane) & 1) != 0;
}

patron_status patron_rows_fetch(const patron_rows *rows, uint64_t row, float *values, bool *is_row)
{
    const patron_row_source *source = &rows->source;
    const struct patron_row_stream *stream = rows->stream;
    uint64_t at = row - rows->first, lanes = 0;
    if (stream == NULL) {
        uint64_t index = at / PATRON_BLOCK;
        *is_row =
            take_lane(rows, values_of(rows, index), rows->lanes[index], at % PATRON_BLOCK, values);
        return PATRON_OK;
    }
    patron_row_chunk chunk = {rows->first, rows->count, source->resident};
    patron_status status = PATRON_OK;
    if (source->read != NULL) {
        chunk = (patron_row_chunk){row, 1, stream->bytes[0]};
        status = source->read(source->context, row, 1, stream->bytes[0]);
    }
    if (status == PATRON_OK)
        status = source->lay(source->context, &chunk, row, 1, stream->values,
                             rows->weighs ? stream->weight : NULL, &lanes);
    if (status == PATRON_OK)
        *is_row = take_lane(rows, stream->values, lanes, 0, values);
    return status;
}

/* ---- rows of an array ---- */

typedef struct table {
    const patron_rows_shape *shape;
    const float *values, *weight;
} table;

PATRON_VECTOR_CLONES static patron_status lay_table(void *context, const patron_row_chunk *chunk,
                                                    uint64_t row, uint64_t count, float *values,
                                                    float *weight, uint64_t *lanes)
{
    const table *rows = context;
    uint64_t columns = rows->shape->columns;
    uint64_t first = row - chunk->first;
    patron_turn(rows->values + first * columns, columns, count, columns, values, PATRON_BLOCK);
    for (uint64_t lane = count; lane < PATRON_BLOCK; ++lane)
        for (uint64_t j = 0; j < columns; ++j)
            values[j * PATRON_BLOCK + lane] = values[j * PATRON_BLOCK + count - 1];
    for (uint64_t lane = 0; weight != NULL && lane < PATRON_BLOCK; ++lane)
        weight[lane] = lane < count ? rows->weight[first + lane] : 0.0F;
    *lanes = count < PATRON_BLOCK ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    return PATRON_OK;
}

patron_status patron_rows_pack(const float *values, const float *weight,
                               const patron_rows_shape *shape, patron_rows *rows)
{
    patron_rows_shape whole = *shape;
    whole.weighs = weight != NULL;
    table context = {&whole, values, weight};
    const patron_row_source source = {.context = &context,
                                      .row_bytes = shape->columns * sizeof *values,
                                      .resident = values,
                                      .lay = lay_table};
    patron_status status = patron_rows_load(&source, &whole, rows);
    rows->source = (patron_row_source){0};
    return status;
}
