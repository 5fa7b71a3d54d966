/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds that spare scores: each row keeps a lower bound of its distance to all centroids but its
 * own.  Between two passes bounds shrink by the greatest drift of a centroid; the few centroids
 * that drifted most, the hot ones, are scored for all rows instead, and the drift of the others
 * counts.  A row whose bound stays above the distance to its own centroid keeps its label; the
 * others are searched in full.  How many centroids are hot is chosen from a sample of rows; it
 * doesn't touch results.
 * Hamerly, "Making k-means even faster", SDM 2010, for the bounds.  Nothing here is collective. */
#ifndef PATRON_KMEANS_BOUNDS_H
#define PATRON_KMEANS_BOUNDS_H

#include "kmeans/search.h"

typedef struct kmeans_drifter {
    float drift;
    uint32_t centroid;
} kmeans_drifter;

typedef struct kmeans_bounds {
    bool is_kept;       /* false: they would not pay, and none is kept */
    bool is_valid;      /* lower[] belongs to `centroids` */
    bool is_pruning;    /* rows are spared in this pass */
    bool is_hot_coarse; /* coarse scores of the hot ones pay */
    float *lower;       /* a row, aligned: bound of the distance to all but its own */
    void *lower_memory;
    double *centroids;        /* k x columns, of the pass before */
    kmeans_drifter *drifters; /* k, the farthest first */
    kmeans_filter hot;        /* the first hot.k of them */
    double *hot_values;       /* k x columns */
    int32_t *place;           /* k: number among the hot ones, -1 */
    float cold_drift;         /* of the others, the greatest */
    uint64_t few_open;        /* rows of a block that are rather gathered than searched in place */
    double open_cost;         /* of one of them, as a share of searching a block */
} kmeans_bounds;

/* None are kept where too few distances could be spared.  Release with kmeans_bounds_free.
 * RESOURCE. */
patron_status kmeans_bounds_create(const patron_kmeans *engine, uint32_t k, kmeans_bounds *bounds);
void kmeans_bounds_free(kmeans_bounds *bounds);

/* Before a pass: decides whether and how to prune.  After it: the bounds belong to the search's
 * centroids. */
void kmeans_bounds_begin(const patron_kmeans *engine, const kmeans_search *search,
                         kmeans_bounds *bounds);
void kmeans_bounds_end(const patron_kmeans *engine, const kmeans_search *search,
                       kmeans_bounds *bounds);

/* Bounds of a view's rows from scores of all of the filter's centroids: lower[PATRON_BLOCK]. */
void kmeans_bounds_from_scores(const patron_kmeans *engine, const kmeans_filter *filter,
                               const kmeans_view *view, const kmeans_found *found,
                               const int32_t *labels, float *lower);

/* Brings the bounds of a block's rows up to date; returns one bit a row that keeps its label, to
 * whose centroid it has distance[]. */
uint64_t kmeans_bounds_lower(const patron_kmeans *engine, kmeans_bounds *bounds,
                             const kmeans_view *view, const int32_t *labels, const double *distance,
                             int thread);

#endif
