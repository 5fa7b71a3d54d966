/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the k-means engine share: the rows with their labels, and the passes over them.
 * Functions marked collective are called by all ranks of engine->comm alike and return the same
 * status on all of them; where rows are streamed they return what reading does. */
#ifndef PATRON_KMEANS_ENGINE_H
#define PATRON_KMEANS_ENGINE_H

#include "kmeans/search.h"
#include "kmeans/sums.h"
#include "kmeans/tally.h"
#include "patron/kmeans.h"

enum { KMEANS_SAMPLE_BLOCKS = 48 };

/* Some blocks of this rank that are always at hand, to choose by. */
typedef struct kmeans_sample {
    uint64_t count, stride; /* blocks 0, stride, 2 stride, ... */
    float *values;          /* count x columns x PATRON_BLOCK, aligned */
    void *memory;           /* of `values` */
    uint64_t lanes[KMEANS_SAMPLE_BLOCKS];
} kmeans_sample;

struct patron_kmeans {
    const patron_comm *comm;
    const patron_rows *rows;
    kmeans_kernel_set kernels;
    uint64_t total_rows;    /* of all ranks, without those that were dropped */
    uint64_t positive_rows; /* of positive weight */
    bool has_dropped;       /* some rank's rows were dropped */
    int32_t *labels;        /* blocks x PATRON_BLOCK, aligned; lanes without a row hold anything */
    void *labels_memory;
    float *radius;   /* blocks: at least the norm of each row less the shift; 0: not known */
    float *shift;    /* columns: what scores are taken about */
    bool is_shifted; /* false: the shift is 0 */
    kmeans_sample sample;
    kmeans_layout layout;
    kmeans_worker *worker;         /* threads */
    double variance;               /* mean over the columns; negative: not known */
    patron_checkpoint *checkpoint; /* of the fit that runs; NULL: none */
};

/* A visit to every block; `visit` as in patron/rows.h.  Collective. */
patron_status kmeans_visit(const patron_kmeans *engine, patron_block_visit *visit, void *argument);

/* Labels of a block's rows. */
static inline int32_t *kmeans_labels_of(const patron_kmeans *engine, uint64_t block)
{
    return engine->labels + block * PATRON_BLOCK;
}

/* Weight times distance of a block's rows, 0 in the lanes that `lanes` leaves out: in terms[], or
 * distance[] itself where that is the same. */
const double *kmeans_terms(uint64_t lanes, const float *weight, const double *distance,
                           double *terms);

/* The rows of `lanes` that have a weight go from clusters (NULL: from none) to others, in a
 * thread's changes of the sums. */
void kmeans_move_rows(const patron_kmeans *engine, const kmeans_view *view, uint64_t lanes,
                      const int32_t *from, const int32_t *to, int thread, kmeans_sums *sums);

/* The mean over the columns of their variance, unweighted.  Collective.  RESOURCE. */
patron_status kmeans_variance(patron_kmeans *engine, double *variance);

/* Values of `count` global rows, wherever they lie, into values[count x columns] on every rank.
 * Collective.  RESOURCE. */
patron_status kmeans_fetch_rows(const patron_kmeans *engine, const uint64_t *wanted, uint64_t count,
                                double *values);

/* ---- iteration (lloyd.c) ---- */

typedef struct kmeans_run {
    uint32_t k;
    double *centroids; /* k x columns; the caller's */
    double
        target; /* an inertia that it is given up for, where it will hardly be reached; 0: none */
    patron_kmeans_iteration *history;
    uint32_t iterations;
    bool converged;
    bool is_given_up;
} kmeans_run;

/* Lloyd's iteration from run->centroids; run->history is the caller's to free().  Where `tally` is
 * not NULL, all rows get the nearest of the final centroids in the end, and are counted in it;
 * else, and where the run is given up, labels are those of the last iteration.  Collective.
 * RESOURCE. */
patron_status kmeans_lloyd(patron_kmeans *engine, uint32_t max_iterations, double threshold,
                           patron_progress *progress, kmeans_tally *tally, kmeans_run *run);

/* ---- the end of a fit (conclude.c) ---- */

/* Gives every row the nearest of result->centroids and counts it in the tally, which is empty.
 * Collective.  RESOURCE. */
patron_status kmeans_label(patron_kmeans *engine, const patron_kmeans_result *result,
                           kmeans_tally *tally);

/* Fills the figures of the segments from the tally of a labelling by result->centroids; where
 * `may_drop` and rows are too few for result->k segments, the empty ones are left out first.
 * Collective.  RESOURCE. */
patron_status kmeans_conclude(patron_kmeans *engine, bool may_drop, kmeans_tally *tally,
                              patron_kmeans_result *result);

/* Marks the labels of rows that were dropped.  Collective. */
patron_status kmeans_mark_dropped(patron_kmeans *engine);

/* ---- seeding (seed.c) ---- */

/* The seed of a restart: of the first the user's own. */
uint64_t kmeans_seed_of_restart(uint64_t seed, uint32_t restart);

/* The seed for draws over cells instead of rows, in one of several starts. */
uint64_t kmeans_seed_of_cells(uint64_t seed, uint32_t start);

/* The seed of a round of refinement. */
uint64_t kmeans_seed_of_refinement(uint64_t seed, uint32_t round);

/* Fills centroids[k x columns] and tells how many it found: below k only where fewer rows of
 * positive weight (PARALLEL, PLUSPLUS: fewer distinct ones) exist.  Overwrites labels.  Collective.
 * RESOURCE. */
patron_status kmeans_seed(patron_kmeans *engine, const patron_kmeans_options *options,
                          uint64_t seed, double *centroids, uint32_t *found);
patron_status kmeans_seed_random(const patron_kmeans *engine, uint64_t seed, uint32_t k,
                                 double *centroids, uint32_t *found);
patron_status kmeans_seed_parallel(patron_kmeans *engine, const patron_kmeans_options *options,
                                   uint64_t seed, double *centroids, uint32_t *found);

/* As above; continues from the first *found centroids. */
patron_status kmeans_seed_plusplus(patron_kmeans *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found);

#endif
