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
    float *values;      /* count x columns */
    double *centroids;  /* the same numbers */
    float *weight;      /* count: of the rows nearest to each, once they are weighed */
    kmeans_panel panel; /* of `centroids` */
} kmeans_candidates;

/* None yet; release with kmeans_candidates_free. */
kmeans_candidates kmeans_candidates_of(patron_kmeans *engine);
void kmeans_candidates_free(kmeans_candidates *drawn);

/* Appends this rank's picked[picked_count x columns] and the other ranks', in the order of ranks.
 * Collective.  RESOURCE. */
patron_status kmeans_candidates_append(kmeans_candidates *drawn, const float *picked,
                                       uint64_t picked_count);

/* Brings labels up to date with the candidates from `base` on; *sum is that of weight times squared
 * distance to the nearest.  Collective.  RESOURCE. */
patron_status kmeans_candidates_label(kmeans_candidates *drawn, uint64_t base, double *sum);

/* Sets the weights, exact sums rounded to float32.  Collective.  RESOURCE. */
patron_status kmeans_candidates_weigh(kmeans_candidates *drawn);

#endif
