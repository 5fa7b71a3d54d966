/* SPDX-License-Identifier: Apache-2.0 */
/* Rows drawn as candidates, every row for itself. */
#include "kmeans/candidates.h"

#include "patron/random.h"

#include <stdlib.h>
#include <string.h>

/* What a thread draws. */
typedef struct pick {
    uint64_t count, capacity;
    uint64_t *row; /* global */
    float *values; /* count x columns */
    bool is_short; /* of memory */
} pick;

typedef struct drawing {
    const kmeans_candidates *drawn;
    uint64_t seed;
    uint32_t round;
    double rate, sum; /* a row is drawn with probability min(1, rate * term / sum) */
    pick *picks;      /* threads */
} drawing;

static void take_row(const patron_kmeans *engine, const patron_block *block, int lane, pick *mine)
{
    uint64_t columns = engine->rows->columns;
    if (mine->count == mine->capacity) {
        uint64_t capacity = 2 * mine->capacity + 64;
        uint64_t *row = patron_reallocate(mine->row, capacity, sizeof *row);
        mine->row = row != NULL ? row : mine->row;
        float *values = patron_reallocate(mine->values, capacity, columns * sizeof *values);
        mine->values = values != NULL ? values : mine->values;
        mine->is_short = mine->is_short || row == NULL || values == NULL;
        if (mine->is_short)
            return;
        mine->capacity = capacity;
    }
    mine->row[mine->count] = block->row + (uint64_t)lane;
    for (uint64_t j = 0; j < columns; ++j)
        mine->values[mine->count * columns + j] = block->values[j * PATRON_BLOCK + (uint64_t)lane];
    ++mine->count;
}

static void draw_block(void *argument, int thread, const patron_block *block)
{
    const drawing *run = argument;
    const patron_kmeans *engine = run->drawn->engine;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK], room[PATRON_BLOCK];
    engine->kernels.measure(block->values, &run->drawn->panel,
                            kmeans_labels_of(engine, block->index), distance);
    const double *terms = kmeans_terms(block->lanes, block->weight, distance, room);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        double unit = patron_random_unit(run->seed, PATRON_PURPOSE_SAMPLE_ROW,
                                         block->row + (uint64_t)lane, run->round);
        if (unit * run->sum < run->rate * terms[lane])
            take_row(engine, block, lane, &run->picks[thread]);
    }
}

/* A picked row, to be put in order. */
typedef struct picked_row {
    uint64_t row;
    const float *values;
} picked_row;

static int compare_picked(const void *a, const void *b)
{
    const picked_row *left = a, *right = b;
    return left->row < right->row ? -1 : left->row > right->row ? 1 : 0;
}

/* All threads' picks, in the order of rows; the caller frees *values. */
static patron_status sort_picks(const drawing *run, uint64_t *count, float **values)
{
    const patron_kmeans *engine = run->drawn->engine;
    uint64_t columns = engine->rows->columns, at = 0;
    *count = 0;
    for (int t = 0; t < engine->rows->threads; ++t) {
        if (run->picks[t].is_short)
            return PATRON_RESOURCE;
        *count += run->picks[t].count;
    }
    picked_row *order = patron_allocate(*count, sizeof *order);
    *values = patron_allocate(*count, columns * sizeof **values);
    if (order == NULL || *values == NULL) {
        free(order);
        return PATRON_RESOURCE;
    }
    for (int t = 0; t < engine->rows->threads; ++t)
        for (uint64_t i = 0; i < run->picks[t].count; ++i)
            order[at++] = (picked_row){run->picks[t].row[i], run->picks[t].values + i * columns};
    qsort(order, *count, sizeof *order, compare_picked);
    for (uint64_t i = 0; i < *count; ++i)
        memcpy(*values + i * columns, order[i].values, columns * sizeof **values);
    free(order);
    return PATRON_OK;
}

patron_status kmeans_candidates_draw(kmeans_candidates *drawn, uint64_t seed, uint32_t round,
                                     double rate, double sum)
{
    patron_kmeans *engine = drawn->engine;
    drawing run = {.drawn = drawn, .seed = seed, .round = round, .rate = rate, .sum = sum};
    uint64_t count = 0;
    float *values = NULL;
    run.picks = patron_allocate((uint64_t)engine->rows->threads, sizeof *run.picks);
    patron_status status =
        patron_comm_agree(engine->comm, run.picks == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = kmeans_visit(engine, draw_block, &run);
    if (status == PATRON_OK)
        status = patron_comm_agree(engine->comm, sort_picks(&run, &count, &values));
    if (status == PATRON_OK)
        status = kmeans_candidates_append(drawn, values, count);
    for (int t = 0; run.picks != NULL && t < engine->rows->threads; ++t) {
        free(run.picks[t].row);
        free(run.picks[t].values);
    }
    free(run.picks);
    free(values);
    return status;
}
