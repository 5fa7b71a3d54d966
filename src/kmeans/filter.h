/* SPDX-License-Identifier: Apache-2.0 */
/* Scores that tell for most rows which centroid is nearest in float64: the score of a centroid c is
 * |c - m|^2 / 2 - (x - m).(c - m) for a shift m, half the squared distance but for what all
 * centroids share.  There are two kinds: fine ones in float32, and coarse ones in integers, of rows
 * and centroids rounded to 16 bits, for processors that multiply these faster.  Where the second
 * least score lies farther above the least than a bound, the float64 loop, too, finds the least to
 * be strictly nearest; docs/kmeans-filter.md proves it.  Nothing here is collective. */
#ifndef PATRON_KMEANS_FILTER_H
#define PATRON_KMEANS_FILTER_H

#include "patron/rows.h"

enum { KMEANS_TILE = 6 }; /* centroids that the kernels take at a time */

/* Centroids less the shift, negated, in tiles of KMEANS_TILE (the last one of what is left): of
 * each tile first half the squared norms, then column after column.  In coarse tiles two columns
 * of 16 bits make one integer, and the half norms lie apart. */
typedef struct kmeans_filter {
    uint32_t k;
    uint32_t columns;
    float *tiles;        /* k x (columns + 1) */
    double radius;       /* at least the norm of each centroid less the shift */
    int32_t *coarse;     /* k x pairs of columns; NULL: no coarse scores */
    float *half;         /* k: half the squared norms over `unit` */
    double unit;         /* of the coarse centroids' values; 0: coarse scores can't be had */
    double inverse;      /* of the unit */
    double root;         /* of the columns' number */
    int32_t number_mask; /* the last bits of a coarse score, which are the centroid's number */
    int32_t *room;       /* threads x room_stride, aligned, for the kernels */
    uint64_t room_stride;
    void *memory; /* of the room */
} kmeans_filter;

static inline uint64_t kmeans_pairs(uint64_t columns)
{
    return (columns + 1) / 2;
}

/* The best scores of a block's rows. */
typedef struct kmeans_scores {
    _Alignas(PATRON_ALIGNMENT) float best[PATRON_BLOCK];
    _Alignas(PATRON_ALIGNMENT) float second[PATRON_BLOCK];
    _Alignas(PATRON_ALIGNMENT) int32_t index[PATRON_BLOCK]; /* of the best: the lowest one */
} kmeans_scores;

/* Room for `capacity` centroids, for coarse scores too where `coarse_threads`, those that will ask
 * for them, are above 0; release with kmeans_filter_free.  RESOURCE. */
patron_status kmeans_filter_create(kmeans_filter *filter, uint64_t capacity, uint32_t columns,
                                   int coarse_threads);
void kmeans_filter_free(kmeans_filter *filter);

/* Takes over centroids[k x columns] less shift[columns]. */
void kmeans_filter_fill(kmeans_filter *filter, const double *centroids, uint32_t k,
                        const float *shift);

/* ---- fine scores, of rows whose norm less the shift is at most `radius` ---- */

/* At least the error of a score; infinite where it may overflow. */
double kmeans_filter_error(const kmeans_filter *filter, double radius);

/* The gap between two scores that decides; infinite where float32 can't. */
float kmeans_filter_gap(const kmeans_filter *filter, double radius);

/* ---- coarse scores ---- */

/* How the rows of a block are rounded, and what their scores are worth. */
typedef struct kmeans_grid {
    double unit;   /* of the rows' values; 0: coarse scores can't be had */
    float inverse; /* of the unit */
    double score;  /* what one of a coarse score stands for */
    int32_t gap;   /* between two coarse scores that decides */
    double error;  /* at least that of a score made a float32 */
} kmeans_grid;

kmeans_grid kmeans_filter_grid(const kmeans_filter *filter, double radius);

#endif
