/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of segments, by exact sums: rows, rows of positive weight, weights, inertias.  Terms are
 * split as in runtime/blocksum.h, in one pair of doubles a segment.  Nothing here is collective but
 * kmeans_tally_merge. */
#ifndef PATRON_KMEANS_TALLY_H
#define PATRON_KMEANS_TALLY_H

#include "patron/exactsum.h"

#include <stdbool.h>

/* Figures of k segments: one thread's, or those of all. */
typedef struct kmeans_figures {
    int64_t *size, *positive;
    patron_exactsum *inertia, *weight; /* `weight` is empty where rows don't weigh */
    double *high, *low;                /* of inertias; exact while few enough rows were added */
    double limit;                      /* terms are below it */
    double anchors[2];                 /* adding and subtracting one leaves multiples of its unit */
    uint64_t pending;                  /* rows since the pairs were emptied */
} kmeans_figures;

typedef struct kmeans_tally {
    uint32_t k;
    int threads;
    kmeans_figures *part; /* threads */
} kmeans_tally;

/* Zeroed figures; release with kmeans_tally_free.  RESOURCE. */
patron_status kmeans_tally_create(uint32_t k, int threads, kmeans_tally *tally);
void kmeans_tally_free(kmeans_tally *tally);

/* Adds the rows of `lanes`: labels[64], weight (NULL: all 1), and the terms >= 0 of inertias. */
void kmeans_tally_add(kmeans_tally *tally, int thread, uint64_t lanes, const int32_t *labels,
                      const float *weight, const double *terms);

/* Gathers all threads' and ranks' figures in those of the first thread.  Collective. */
void kmeans_tally_merge(const patron_comm *comm, kmeans_tally *tally);

#endif
