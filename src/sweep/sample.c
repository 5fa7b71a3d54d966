/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes: rows of positive weight are counted by block, then those that were drawn are copied.
 */
#include "sweep/sample.h"

#include "patron/memory.h"
#include "patron/random.h"

#include <stdlib.h>
#include <string.h>

typedef struct drawing {
    const patron_rows *rows;
    patron_sample *sample;
    uint64_t seed, stream;
    uint64_t *before; /* blocks + 1: rows of positive weight, of all ranks, before the block */
} drawing;

static uint64_t positive_lanes(const patron_block *block)
{
    uint64_t lanes = block->lanes;
    for (int lane = 0; block->weight != NULL && lane < PATRON_BLOCK; ++lane)
        if (!(block->weight[lane] > 0.0F))
            lanes &= ~(UINT64_C(1) << lane);
    return lanes;
}

static void count_block(void *argument, int thread, const patron_block *block)
{
    drawing *draw = argument;
    (void)thread;
    draw->before[block->index + 1] = (uint64_t)__builtin_popcountll(positive_lanes(block));
}

/* floor(i n / m) without overflow, as m is below 2^32. */
static uint64_t stretch_begin(const patron_sample *sample, uint64_t i)
{
    uint64_t whole = sample->population / sample->total, rest = sample->population % sample->total;
    return i * whole + i * rest / sample->total;
}

/* Number, among the rows of positive weight, of the sample's row i. */
static uint64_t drawn_row(const drawing *draw, uint64_t i)
{
    if (draw->sample->total == draw->sample->population)
        return i;
    uint64_t begin = stretch_begin(draw->sample, i);
    uint64_t length = stretch_begin(draw->sample, i + 1) - begin;
    double unit = patron_random_unit(draw->seed, PATRON_PURPOSE_SAMPLE, i, (uint32_t)draw->stream);
    return begin + (uint64_t)(unit * (double)length);
}

/* How many of the sample's rows lie before row `number`. */
static uint64_t drawn_before(const drawing *draw, uint64_t number)
{
    uint64_t low = 0, high = draw->sample->total;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (drawn_row(draw, middle) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void copy_row(const drawing *draw, const patron_block *block, int lane, uint64_t to)
{
    patron_sample *sample = draw->sample;
    for (uint64_t j = 0; j < sample->columns; ++j)
        sample->values[to * sample->columns + j] = block->values[j * PATRON_BLOCK + lane];
    if (sample->weight != NULL)
        sample->weight[to] = block->weight[lane];
}

static void copy_block(void *argument, int thread, const patron_block *block)
{
    drawing *draw = argument;
    uint64_t number = draw->before[block->index], end = draw->before[block->index + 1];
    (void)thread;
    if (number == end)
        return;
    uint64_t i = drawn_before(draw, number);
    for (uint64_t left = positive_lanes(block);
         left != 0 && i < draw->sample->total && drawn_row(draw, i) < end; left &= left - 1) {
        if (number++ == drawn_row(draw, i)) {
            copy_row(draw, block, __builtin_ctzll(left), i - draw->sample->first);
            ++i;
        }
    }
}

/* Counts rows, and settles how many the sample has and which are held here. */
static patron_status number_rows(const patron_comm *comm, uint64_t most, drawing *draw)
{
    patron_sample *sample = draw->sample;
    uint64_t blocks = draw->rows->blocks;
    patron_status status = patron_comm_agree(comm, patron_rows_pass(draw->rows, count_block, draw));
    if (status != PATRON_OK)
        return status;
    for (uint64_t b = 0; b < blocks; ++b)
        draw->before[b + 1] += draw->before[b];
    uint64_t mine = draw->before[blocks];
    uint64_t below = patron_comm_prefix_u64(comm, mine);
    for (uint64_t b = 0; b <= blocks; ++b)
        draw->before[b] += below;
    sample->population = mine;
    patron_comm_reduce_u64(comm, &sample->population, 1, PATRON_SUM);
    sample->total = sample->population < most ? sample->population : most;
    sample->first = drawn_before(draw, below);
    sample->count = drawn_before(draw, below + mine) - sample->first;
    return PATRON_OK;
}

patron_status patron_sample_take(const patron_comm *comm, const patron_rows *rows, uint64_t most,
                                 uint64_t seed, uint32_t stream, patron_sample *sample)
{
    *sample = (patron_sample){.columns = rows->columns};
    drawing draw = {rows, sample, seed, stream,
                    patron_allocate(rows->blocks + 1, sizeof *draw.before)};
    patron_status status =
        patron_comm_agree(comm, draw.before == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = number_rows(comm, most, &draw);
    if (status != PATRON_OK)
        goto cleanup;
    sample->values = patron_allocate(sample->count, rows->columns * sizeof *sample->values);
    if (rows->weighs)
        sample->weight = patron_allocate(sample->count, sizeof *sample->weight);
    if (sample->values == NULL || (rows->weighs && sample->weight == NULL))
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, patron_rows_pass(rows, copy_block, &draw));
cleanup:
    free(draw.before);
    return status;
}

/* `own` of this rank's bytes become those of all ranks. */
static patron_status gather(const patron_comm *comm, uint64_t bytes, float **own)
{
    void *whole = NULL;
    uint64_t total = 0;
    patron_status status = patron_comm_gather(comm, PATRON_OK, *own, bytes, &whole, &total);
    if (status == PATRON_OK) {
        free(*own);
        *own = whole;
    }
    return status;
}

patron_status patron_sample_gather(const patron_comm *comm, patron_sample *sample)
{
    uint64_t row = sample->columns * sizeof *sample->values;
    patron_status status = gather(comm, sample->count * row, &sample->values);
    if (status == PATRON_OK && sample->weight != NULL)
        status = gather(comm, sample->count * sizeof *sample->weight, &sample->weight);
    if (status == PATRON_OK) {
        sample->first = 0;
        sample->count = sample->total;
    }
    return status;
}

void patron_sample_free(patron_sample *sample)
{
    free(sample->values);
    free(sample->weight);
    *sample = (patron_sample){0};
}
