/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds that spare most rows most scores once few rows move.  Each row keeps a lower bound of its
 * distance to all centroids but its own.  In the next iteration the centroids that moved most, the
 * hot ones, are scored anew; for the others the bound falls by the farthest that one of them moved.
 * A row whose own centroid is nearer than both keeps its label; the rest are gathered and searched
 * in full.  After Hamerly, "Making k-means even faster", SDM 2010; the split into hot and cold is
 * chosen each time from a sample.  Steps 9 to 12 of docs/kmeans-filter.md prove it.
 * Nothing here is collective: whatever a rank chooses, the labels are the same. */
#ifndef PATRON_KMEANS_BOUNDS_H
#define PATRON_KMEANS_BOUNDS_H

#include "kmeans/engine.h"
#include "kmeans/total.h"

/* Rows that one thread has gathered for a full search. */
typedef struct kmeans_batch {
    uint64_t count;
    double radius;
    float *values; /* columns x KMEANS_BLOCK, aligned */
    void *memory;
    float norm[KMEANS_BLOCK];
    uint64_t row[KMEANS_BLOCK];
} kmeans_batch;

/* A centroid, and at least how far it has moved since the last pass. */
typedef struct kmeans_drifter {
    float drift;
    uint32_t centroid;
} kmeans_drifter;

struct kmeans_bounds {
    bool is_worthwhile; /* for this many centroids and columns; else nothing below is allocated */
    bool is_valid;      /* `lower` holds for labels and `centroids` */
    bool is_pruning;    /* in this pass */
    float *lower;       /* blocks x KMEANS_BLOCK */
    double *centroids;  /* k x columns: those of the last pass */
    kmeans_drifter *drifters; /* k: by falling drift; the hot ones come first */
    double *hot_values;       /* k x columns */
    kmeans_filter hot;
    int32_t *place;      /* k: a centroid's index in `hot`, -1 if cold */
    float cold_drift;    /* the greatest of the cold ones */
    kmeans_batch *batch; /* threads */
};

/* Release with kmeans_bounds_free.  RESOURCE. */
patron_status kmeans_bounds_create(const kmeans_engine *engine, uint32_t k, kmeans_bounds *bounds);
void kmeans_bounds_free(const kmeans_engine *engine, kmeans_bounds *bounds);

/* Chooses how to search for the centroids of `search`. */
void kmeans_bounds_begin(const kmeans_engine *engine, const kmeans_search *search,
                         kmeans_bounds *bounds);

/* After a full search: lower bounds of a view's rows; scores NULL: none are known. */
void kmeans_bounds_set(const kmeans_engine *engine, const kmeans_search *search,
                       const kmeans_scores *scores, const int32_t *labels, const float *norm,
                       double radius, float *lower);

/* Lowers the bounds of a block whose distances to their own, moved, centroids are given; returns
 * one bit a lane whose label certainly stays. */
uint64_t kmeans_bounds_lower(const kmeans_engine *engine, kmeans_bounds *bounds, uint64_t block,
                             const int32_t *labels, const double *distance);

/* After a pass over all rows. */
void kmeans_bounds_end(const kmeans_engine *engine, const kmeans_search *search,
                       kmeans_bounds *bounds);

/* ---- passes; one thread's work (assign.c, pruned.c) ---- */

typedef struct kmeans_pass {
    kmeans_engine *engine;
    const kmeans_search *search;
    kmeans_bounds *bounds; /* NULL: none */
    kmeans_sums *sums;     /* NULL: distances are kept instead */
} kmeans_pass;

/* A block, but for the rows that it leaves in the thread's batch, or processes with a full one;
 * returns how many moved. */
int64_t kmeans_pruned_block(const kmeans_pass *pass, uint64_t block, kmeans_total *inertia);

/* The rows that are left in the thread's batch. */
int64_t kmeans_pruned_rest(const kmeans_pass *pass, kmeans_total *inertia);

/* Gives a row its label and records it in the sums. */
void kmeans_pass_move(const kmeans_pass *pass, uint64_t row, int32_t label);

#endif
