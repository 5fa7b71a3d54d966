/* SPDX-License-Identifier: Apache-2.0 */
/* All distances of a block in float64, some rows side by side.  A filter as in the fit would not
 * pay: the second nearest is asked for too, and each row is looked at once. */
#include "score/nearest.h"

#include "runtime/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 8, STRIP = 16 }; /* rows of a vector, and that are measured at a time */

typedef double wide __attribute__((vector_size(WIDTH * sizeof(double))));
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

/* The two nearest of the centroids so far, of each row. */
typedef struct leaders {
    double best[PATRON_BLOCK], second[PATRON_BLOCK];
    int32_t best_index[PATRON_BLOCK], second_index[PATRON_BLOCK];
} leaders;

/* Squared distances of a strip of rows to one centroid. */
static inline __attribute__((always_inline)) void
measure_strip(const float *values, const double *centroid, uint64_t columns, double *distance)
{
    wide sums[2] = {{0}, {0}};
    for (uint64_t j = 0; j < columns; ++j) {
        for (uint64_t half = 0; half < 2; ++half) {
            narrow value;
            memcpy(&value, values + j * PATRON_BLOCK + half * WIDTH, sizeof value);
            wide difference = __builtin_convertvector(value, wide) - centroid[j];
            sums[half] += difference * difference;
        }
    }
    memcpy(distance, sums, sizeof sums);
}

/* Centroids come in ascending order, so that a tie stays with the lower one. */
PATRON_VECTOR_CLONES static void find_leaders(const float *values, const double *centroids,
                                              uint32_t k, uint64_t columns, leaders *found)
{
    double distance[STRIP];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        found->best[lane] = found->second[lane] = (double)INFINITY;
        found->best_index[lane] = found->second_index[lane] = -1;
    }
    for (int first = 0; first < PATRON_BLOCK; first += STRIP)
        for (uint32_t c = 0; c < k; ++c) {
            measure_strip(values + first, centroids + (uint64_t)c * columns, columns, distance);
            for (int i = 0; i < STRIP; ++i) {
                int lane = first + i;
                double own = distance[i], best = found->best[lane], second = found->second[lane];
                int32_t best_index = found->best_index[lane];
                int32_t second_index = found->second_index[lane];
                bool leads = own < best, follows = own < second;
                found->second[lane] = leads ? best : follows ? own : second;
                found->second_index[lane] = leads     ? best_index
                                            : follows ? (int32_t)c
                                                      : second_index;
                found->best[lane] = leads ? own : best;
                found->best_index[lane] = leads ? (int32_t)c : best_index;
            }
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
    leaders found;
    (void)thread;
    find_leaders(block->values, run->centroids, run->k, run->rows->columns, &found);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left), row = first + lane;
        int32_t segment = found.best_index[lane];
        scores->segment[row] = segment;
        scores->second[row] = found.second_index[lane];
        scores->distance[row] = (float)sqrt(found.best[lane]);
        if (found.second_index[lane] >= 0)
            scores->second_distance[row] = (float)sqrt(found.second[lane]);
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
    return patron_rows_pass(rows, measure_block, &run);
}
