/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted draws of rows by exponential races: of independent exponential variables with rates r_i
 * the least is that of i with probability r_i / sum r, so that a draw needs no sum and no order. */
#ifndef PATRON_KMEANS_SEED_H
#define PATRON_KMEANS_SEED_H

#include "kmeans/engine.h"

enum { KMEANS_DRAWS = 32 }; /* the most races at a time */

/* The leaders of the races. */
typedef struct kmeans_podium {
    double time[KMEANS_DRAWS];
    uint64_t row[KMEANS_DRAWS];
} kmeans_podium;

/* Races number first, first + 1, ... */
typedef struct kmeans_race {
    uint64_t seed;
    uint32_t first, count;
    kmeans_podium *podium; /* threads */
} kmeans_race;

/* Nobody has run yet. */
void kmeans_race_begin(const patron_kmeans *engine, kmeans_race *race);

/* A block's rows run, each at the rate of its term. */
void kmeans_race_run(const kmeans_race *race, int thread, const patron_block *block,
                     const double *terms);

/* The winners of all ranks, drawn[count]; UINT64_MAX where no row had a rate above 0.  Collective.
 */
void kmeans_race_end(const patron_kmeans *engine, const kmeans_race *race, uint64_t *drawn);

/* One row drawn by weight alone.  Collective.  RESOURCE. */
patron_status kmeans_draw_first(patron_kmeans *engine, uint64_t seed, uint64_t *drawn);

/* Distances of a block's rows to one centroid of the panel. */
void kmeans_measure_one(const patron_kmeans *engine, const float *values, const kmeans_panel *panel,
                        int32_t centroid, double *distance);

#endif
