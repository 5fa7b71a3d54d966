/* SPDX-License-Identifier: Apache-2.0 */
/* Empty clusters take the rows that lie farthest from their centroids (patron/kmeans.h has the
 * rule). */
#ifndef PATRON_KMEANS_RELOCATE_H
#define PATRON_KMEANS_RELOCATE_H

#include "kmeans/engine.h"

/* A row that went to an empty cluster for the length of one update. */
typedef struct kmeans_move {
    int32_t donor;
    int32_t cluster;
    float weight;
    double distance;
    float *values; /* columns, into kmeans_moves.values */
} kmeans_move;

typedef struct kmeans_moves {
    uint32_t count;
    kmeans_move *move;
    float *values;
} kmeans_moves;

/* Gives empty clusters their rows, in `sums`; `search` holds the centroids of the assignment that
 * the engine's labels are of.  Release `moves` with kmeans_relocate_undo.  Collective.  RESOURCE.
 */
patron_status kmeans_relocate(patron_kmeans *engine, const kmeans_search *search, kmeans_sums *sums,
                              kmeans_moves *moves);

/* Takes the moves back out of `sums`, so that it holds the labels' sums again. */
void kmeans_relocate_undo(const patron_kmeans *engine, kmeans_sums *sums, kmeans_moves *moves);

/* Whether a row of any rank could go to an empty cluster; positive[k] counts rows of positive
 * weight, and the labels are the nearest of centroids[k x columns].  Collective. */
patron_status kmeans_relocate_possible(const patron_kmeans *engine, const double *centroids,
                                       const int64_t *positive, bool *possible);

#endif
