/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the k-means engine share: the rows with their labels and distances, and the
 * passes over them.  Functions marked collective are called by all ranks of engine->comm alike and
 * return the same status on all of them. */
#ifndef PATRON_KMEANS_ENGINE_H
#define PATRON_KMEANS_ENGINE_H

#include "kmeans/pack.h"
#include "kmeans/search.h"
#include "kmeans/sums.h"
#include "patron/kmeans.h"

typedef struct kmeans_engine {
    const patron_comm *comm;
    const patron_kmeans_rows *rows;
    int threads;
    int32_t *labels;  /* rows->count; -1: none yet */
    double *distance; /* rows->count: squared distance to the label's centroid */
    kmeans_kernel_set kernels;
    kmeans_pack pack;
    kmeans_scratch *scratch; /* threads */
    kmeans_layout layout;
} kmeans_engine;

/* Packs `rows` (borrowed, as `comm` is); release with kmeans_engine_free.  Collective.  DATA where
 * the processor lacks `isa`, RESOURCE. */
patron_status kmeans_engine_create(const patron_comm *comm, const patron_kmeans_rows *rows,
                                   int threads, patron_kmeans_isa isa, kmeans_engine *engine);
void kmeans_engine_free(kmeans_engine *engine);

/* The row's values. */
static inline const float *kmeans_row(const patron_kmeans_rows *rows, uint64_t row)
{
    return rows->values + row * rows->columns;
}

/* The calling thread's scratch. */
kmeans_scratch *kmeans_engine_scratch(const kmeans_engine *engine);

/* ---- passes ---- */

typedef struct kmeans_assignment {
    int64_t moved; /* rows, of all ranks, whose label changed */
    double inertia;
} kmeans_assignment;

typedef struct kmeans_bounds kmeans_bounds; /* bounds.h */

/* Gives every row its nearest centroid.  With `sums` the moved rows are recorded in its deltas;
 * with NULL the distances are kept instead.  `bounds` (NULL: none) hold from pass to pass as long
 * as nothing else changes the labels.  Collective. */
void kmeans_assign(kmeans_engine *engine, const kmeans_search *search, kmeans_bounds *bounds,
                   kmeans_sums *sums, kmeans_assignment *assignment);

/* Brings the distances up to date with the labels.  Not collective. */
void kmeans_measure(kmeans_engine *engine, const kmeans_search *search);

/* Labels and distances of a block's rows (KMEANS_BLOCK of each). */
void kmeans_block_nearest(const kmeans_engine *engine, const kmeans_search *search, uint64_t block,
                          int32_t *labels, double *distance);

/* weight * distance of a block's rows, 0 in the lanes after them. */
void kmeans_block_terms(const kmeans_engine *engine, uint64_t block, const double *distance,
                        double *terms);

/* A row as term[layout.width]: weight times values, the weight, zeros. */
void kmeans_row_terms(const kmeans_engine *engine, uint64_t row, double *term);

/* tolerance times the mean over columns of their variance, unweighted.  Collective.  RESOURCE. */
patron_status kmeans_threshold(const kmeans_engine *engine, double tolerance, double *threshold);

/* ---- empty clusters ---- */

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

/* Gives empty clusters their rows, in `sums`; `search` holds the centroids of the assignment. Where
 * there are empty clusters, distances are brought up to date.  Release `moves` with
 * kmeans_relocate_undo. Collective.  RESOURCE. */
patron_status kmeans_relocate(kmeans_engine *engine, const kmeans_search *search, kmeans_sums *sums,
                              kmeans_moves *moves);

/* Takes the moves back out of `sums`, so that it holds the labels' sums again. */
void kmeans_relocate_undo(const kmeans_engine *engine, kmeans_sums *sums, kmeans_moves *moves);

/* Whether a row of any rank could go to an empty cluster; positive[k] counts rows of positive
 * weight.  Collective. */
bool kmeans_relocate_possible(const kmeans_engine *engine, const double *centroids,
                              const int64_t *positive);

/* ---- iteration ---- */

typedef struct kmeans_run {
    uint32_t k;
    double *centroids; /* k x columns; the caller's */
    patron_kmeans_iteration *history;
    uint32_t iterations;
    bool converged;
    bool settled; /* the engine's labels are nearest of `centroids` */
} kmeans_run;

/* Lloyd's iteration from run->centroids; run->history is the caller's to free().  Collective.
 * RESOURCE. */
patron_status kmeans_lloyd(kmeans_engine *engine, uint32_t max_iterations, double threshold,
                           patron_progress *progress, kmeans_run *run);

/* ---- seeding ---- */

/* The seed of a restart: of the first the user's own. */
uint64_t kmeans_seed_of_restart(uint64_t seed, uint32_t restart);

/* The seed for draws over candidates instead of rows. */
uint64_t kmeans_seed_of_candidates(uint64_t seed);

/* Fills centroids[k x columns] and tells how many it found: below k only where fewer rows of
 * positive weight (PARALLEL, PLUSPLUS: fewer distinct ones) exist.  Overwrites labels and
 * distances.  Collective.  RESOURCE. */
patron_status kmeans_seed(kmeans_engine *engine, const patron_kmeans_options *options,
                          uint64_t seed, double *centroids, uint32_t *found);
patron_status kmeans_seed_random(const kmeans_engine *engine, uint64_t seed, uint32_t k,
                                 double *centroids, uint32_t *found);
patron_status kmeans_seed_parallel(kmeans_engine *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found);

/* As above; continues from the first *found centroids. */
patron_status kmeans_seed_plusplus(kmeans_engine *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found);

enum { KMEANS_DRAWS = 32 }; /* the most draws of one race */

/* Draws `count` rows, each with probability proportional to weight * engine->distance, as draws
 * first_draw, first_draw + 1, ...; UINT64_MAX where all products are 0.  Collective. */
void kmeans_race(const kmeans_engine *engine, uint64_t seed, uint32_t first_draw, uint32_t count,
                 uint64_t *drawn);

/* One row drawn by weight alone (overwrites the distances).  Collective. */
uint64_t kmeans_draw_first(kmeans_engine *engine, uint64_t seed);

/* Values of `count` global rows, wherever they lie, into values[count x columns] on every rank.
 * Collective.  RESOURCE. */
patron_status kmeans_fetch_rows(const kmeans_engine *engine, const uint64_t *wanted, uint64_t count,
                                double *values);

#endif
