/* SPDX-License-Identifier: Apache-2.0 */
/* A summary of the rows: cells, which are the rows nearest to each of some candidates, with their
 * mean and weight.  They are few, so that every rank clusters them alike and thoroughly: what it
 * comes to is a good start for all rows. */
#ifndef PATRON_KMEANS_CELLS_H
#define PATRON_KMEANS_CELLS_H

#include "kmeans/candidates.h"

typedef struct kmeans_cells {
    uint64_t count;
    uint32_t columns;
    float *values; /* count x columns: exact means, rounded */
    float *weight; /* count: exact sums, rounded; above 0 */
} kmeans_cells;

/* How to cluster cells. */
typedef struct kmeans_cells_task {
    uint32_t k;
    uint64_t seed;
    int threads;
    patron_kmeans_isa isa;
    const double *start; /* k x columns, one of the starts; NULL: none */
} kmeans_cells_task;

/* The cells of candidates that the engine's labels are of; release with kmeans_cells_free.
 * Collective.  RESOURCE. */
patron_status kmeans_cells_gather(const kmeans_candidates *drawn, kmeans_cells *cells);
void kmeans_cells_free(kmeans_cells *cells);

/* Clusters cells by task->start, and by some starts that are drawn by k-means++, and keeps in
 * centroids[k x columns] what has the least inertia, ties to the first.  *found is below k where
 * there are fewer distinct cells: those.  Not collective.  RESOURCE. */
patron_status kmeans_cells_cluster(const kmeans_cells *cells, const kmeans_cells_task *task,
                                   double *centroids, uint32_t *found);

#endif
