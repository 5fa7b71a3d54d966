/* SPDX-License-Identifier: Apache-2.0 */
/* Rows drawn as candidates for centroids, the same on every rank; while they are drawn, the
 * engine's labels tell each row's nearest candidate.  Collective functions return the same status
 * on all ranks. */
#ifndef PATRON_KMEANS_CANDIDATES_H
#define PATRON_KMEANS_CANDIDATES_H

#include "kmeans/bounds.h"
#include "kmeans/engine.h"

typedef struct kmeans_candidates {
    patron_kmeans *engine;
    uint64_t count;
    double *centroids;  /* count x columns */
    kmeans_panel panel; /* of these */
} kmeans_candidates;

/* None yet; release with kmeans_candidates_free. */
kmeans_candidates kmeans_candidates_of(patron_kmeans *engine);
void kmeans_candidates_free(kmeans_candidates *drawn);

/* Begins with centroids[k x columns] that the engine's labels are of.  Collective.  RESOURCE. */
patron_status kmeans_candidates_begin(kmeans_candidates *drawn, const double *centroids,
                                      uint32_t k);

/* Appends this rank's picked[picked_count x columns] and the other ranks', in the order of ranks.
 * Collective.  RESOURCE. */
patron_status kmeans_candidates_append(kmeans_candidates *drawn, const float *picked,
                                       uint64_t picked_count);

/* Draws rows of all ranks, each by itself with probability min(1, rate * t / sum) where t is its
 * weight times squared distance to its candidate, and appends them; draws are keyed by (seed, row,
 * round).  Collective.  RESOURCE. */
patron_status kmeans_candidates_draw(kmeans_candidates *drawn, uint64_t seed, uint32_t round,
                                     double rate, double sum);

/* Brings labels up to date with the candidates from `base` on; *sum is that of weight times squared
 * distance to the nearest.  Collective.  RESOURCE. */
patron_status kmeans_candidates_label(kmeans_candidates *drawn, uint64_t base, double *sum);

#endif
