/* SPDX-License-Identifier: Apache-2.0 */
/* Scores in float32 that tell for most rows which centroid is nearest in float64: the score of a
 * centroid c is |c - m|^2 / 2 - (x - m).(c - m) for a shift m, half the squared distance but for
 * what all centroids share.  Where the second least score lies farther above the least than `gap`,
 * the float64 loop, too, finds the least to be strictly nearest; docs/kmeans-filter.md proves it.
 * Nothing here is collective. */
#ifndef PATRON_KMEANS_FILTER_H
#define PATRON_KMEANS_FILTER_H

#include "patron/status.h"

#include <stdint.h>

enum {
    KMEANS_BLOCK = 64, /* rows side by side, one a lane */
    KMEANS_TILE = 6,   /* centroids that the kernels take at a time */
    KMEANS_ALIGNMENT = 64
};

/* Centroids less the shift, negated, in tiles of KMEANS_TILE (the last one of what is left): of
 * each tile first half the squared norms, then column after column. */
typedef struct kmeans_filter {
    uint32_t k;
    uint32_t columns;
    float *tiles;  /* k x (columns + 1) */
    double radius; /* at least the norm of each centroid less the shift */
} kmeans_filter;

/* The best scores of a block's rows. */
typedef struct kmeans_scores {
    _Alignas(KMEANS_ALIGNMENT) float best[KMEANS_BLOCK];
    _Alignas(KMEANS_ALIGNMENT) float second[KMEANS_BLOCK];
    _Alignas(KMEANS_ALIGNMENT) int32_t index[KMEANS_BLOCK]; /* of the best: the lowest one */
} kmeans_scores;

/* Room for `capacity` centroids; release with kmeans_filter_free.  RESOURCE. */
patron_status kmeans_filter_create(kmeans_filter *filter, uint64_t capacity, uint32_t columns);
void kmeans_filter_free(kmeans_filter *filter);

/* Takes over centroids[k x columns] less shift[columns]. */
void kmeans_filter_fill(kmeans_filter *filter, const double *centroids, uint32_t k,
                        const float *shift);

/* At least the error of a score of rows of at most `radius`; infinite where it may overflow. */
double kmeans_filter_error(const kmeans_filter *filter, double radius);

/* The gap for rows of at most `radius` (squared norms less the shift); infinite where float32 can't
 * decide. */
float kmeans_filter_gap(const kmeans_filter *filter, double radius);

#endif
