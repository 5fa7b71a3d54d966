/* SPDX-License-Identifier: Apache-2.0 */
/* All distances of a block in float64, some rows and some centroids side by side, so that each
 * value is taken from memory once for several centroids.  A filter as in the fit would not pay: the
 * second nearest is asked for too, and each row is looked at once. */
#include "score/nearest.h"

#include "runtime/clones.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a vector, which 256 bits hold; vectors and centroids that are measured at a time. */
enum { WIDTH = 4, VECTORS = 2, TILE = 4 };

typedef double wide __attribute__((vector_size(WIDTH * sizeof(double))));
typedef int64_t marks __attribute__((vector_size(WIDTH * sizeof(int64_t))));
typedef float narrow __attribute__((vector_size(WIDTH * sizeof(float))));

patron_status patron_scores_create(uint64_t rows, patron_scores *scores)
{
    *scores =
        (patron_scores){.segment = patron_allocate(rows, sizeof *scores->segment),
                        .second = patron_allocate(rows, sizeof *scores->second),
                        .distance = patron_allocate(rows, sizeof *scores->distance),
                        .second_distance = patron_allocate(rows, sizeof *scores->second_distance),
                        .outlier = patron_allocate(rows, sizeof *scores->outlier)};
    bool is_short = scores->segment == NULL || scores->second == NULL || scores->distance == NULL ||
                    scores->second_distance == NULL || scores->outlier == NULL;
    return is_short ? PATRON_RESOURCE : PATRON_OK;
}

void patron_scores_free(patron_scores *scores)
{
    free(scores->segment);
    free(scores->second);
    free(scores->distance);
    free(scores->second_distance);
    free(scores->outlier);
    *scores = (patron_scores){0};
}

/* ---- a block ---- */

/* The two nearest of the centroids so far, of the rows of a vector. */
typedef struct leaders {
    wide best, second;
    marks best_index, second_index;
} leaders;

/* Squared distances of VECTORS * WIDTH rows to `tile` centroids, the first of them `centroids`. */
static inline __attribute__((always_inline)) void measure_tile(const float *values,
                                                               const double *centroids,
                                                               uint64_t columns, uint32_t tile,
                                                               wide distance[TILE][VECTORS])
{
    for (uint32_t c = 0; c < tile; ++c)
        for (int v = 0; v < VECTORS; ++v)
            distance[c][v] = (wide){0};
    for (uint64_t j = 0; j < columns; ++j)
        for (int v = 0; v < VECTORS; ++v) {
            narrow value;
            memcpy(&value, values + j * PATRON_BLOCK + (uint64_t)v * WIDTH, sizeof value);
            wide exact = __builtin_convertvector(value, wide);
            for (uint32_t c = 0; c < tile; ++c) {
                wide difference = exact - centroids[c * columns + j];
                distance[c][v] += difference * difference;
            }
        }
}

/* Holds centroid `c`, `own` away, against the leaders, by masks.  Centroids come in ascending
 * order, so that a tie stays with the lower one. */
static inline __attribute__((always_inline)) void rank(leaders *found, const wide *own, uint32_t c)
{
    const marks number = (marks){0} + (int64_t)c, value = (marks)*own;
    const marks best = (marks)found->best, second = (marks)found->second;
    const marks leads = *own < found->best, follows = ~leads & (*own < found->second);
    const marks stays = ~leads & ~follows;
    found->second = (wide)((leads & best) | (follows & value) | (stays & second));
    found->second_index =
        (leads & found->best_index) | (follows & number) | (stays & found->second_index);
    found->best = (wide)((leads & value) | (~leads & best));
    found->best_index = (leads & number) | (~leads & found->best_index);
}

static inline __attribute__((always_inline)) void take_tile(const float *values,
                                                            const double *centroids,
                                                            uint64_t columns, uint32_t first,
                                                            uint32_t tile, leaders found[VECTORS])
{
    wide distance[TILE][VECTORS];
    measure_tile(values, centroids + (uint64_t)first * columns, columns, tile, distance);
    for (uint32_t c = 0; c < tile; ++c)
        for (int v = 0; v < VECTORS; ++v)
            rank(&found[v], &distance[c][v], first + c);
}

/* The leaders of a whole block. */
PATRON_VECTOR_CLONES static void find_leaders(const float *values, const double *centroids,
                                              uint32_t k, uint64_t columns,
                                              leaders found[PATRON_BLOCK / WIDTH])
{
    for (int at = 0; at < PATRON_BLOCK / WIDTH; at += VECTORS) {
        leaders strip[VECTORS];
        uint32_t c = 0;
        for (int v = 0; v < VECTORS; ++v)
            strip[v] = (leaders){.best = (wide){0} + (double)INFINITY,
                                 .second = (wide){0} + (double)INFINITY,
                                 .best_index = (marks){0} - 1,
                                 .second_index = (marks){0} - 1};
        for (; c + TILE <= k; c += TILE)
            take_tile(values + (ptrdiff_t)at * WIDTH, centroids, columns, c, TILE, strip);
        for (; c < k; ++c)
            take_tile(values + (ptrdiff_t)at * WIDTH, centroids, columns, c, 1, strip);
        memcpy(found + at, strip, sizeof strip);
    }
}

typedef struct measuring {
    const patron_rows *rows;
    const double *centroids, *threshold;
    uint32_t k;
    patron_scores *scores;
} measuring;

static void measure_block(void *argument, int thread, const patron_block *block)
{
    const measuring *run = argument;
    patron_scores *scores = run->scores;
    uint64_t first = block->row - run->rows->first;
    leaders all[PATRON_BLOCK / WIDTH];
    (void)thread;
    find_leaders(block->values, run->centroids, run->k, run->rows->columns, all);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left), row = first + lane;
        const leaders *found = &all[lane / WIDTH];
        int32_t segment = (int32_t)found->best_index[lane % WIDTH];
        scores->segment[row] = segment;
        scores->second[row] = (int32_t)found->second_index[lane % WIDTH];
        scores->distance[row] = (float)sqrt(found->best[lane % WIDTH]);
        if (scores->second[row] >= 0)
            scores->second_distance[row] = (float)sqrt(found->second[lane % WIDTH]);
        scores->outlier[row] = run->threshold != NULL && segment >= 0 &&
                               (double)scores->distance[row] > run->threshold[segment];
    }
}

patron_status patron_scores_measure(const patron_rows *rows, const double *centroids, uint32_t k,
                                    const double *threshold, patron_scores *scores)
{
    measuring run = {rows, centroids, threshold, k, scores};
    for (uint64_t row = 0; row < rows->count; ++row) {
        scores->segment[row] = scores->second[row] = -1;
        scores->distance[row] = scores->second_distance[row] = (float)NAN;
        scores->outlier[row] = 0;
    }
    patron_span span = patron_meter_enter(PATRON_STEP_NEAREST);
    patron_status status = patron_rows_pass(rows, measure_block, &run);
    patron_meter_leave(span, rows->count * rows->columns * sizeof(float), 0);
    return status;
}
