/* SPDX-License-Identifier: Apache-2.0 */
/* Exact k-means over rows that are spread over ranks: Lloyd's algorithm by definitions that leave
 * no bit open, so that the result depends neither on ranks nor on threads.
 *
 * Distance: squared differences in float64, summed in column order, without contraction; the
 * nearest centroid has the least, ties go to the lowest index.  A centroid is the exact sum of
 * weight times row, rounded once, over the exact sum of weights, rounded once.  Inertias are exact
 * sums of the float64 terms weight * distance, rounded once.
 *
 * Iteration: assign, update, record; it has converged where no row moved and no empty cluster took
 * a row, or where the squared shift is at most the threshold; labels are then those of the final
 * centroids.
 *
 * Empty clusters (weight 0): in ascending order each takes, for the update, the row with the
 * greatest distance to its centroid (ties to the lowest global row) among the rows of positive
 * weight that differ from their centroid (rounded to float32), equal no row taken before in this
 * update, and leave a row of positive weight in their cluster.  Where there is no such row the
 * cluster keeps its centroid.  If clusters are empty in the end and no row could be taken, there
 * are fewer distinct rows of positive weight than k: the empty clusters are then left out, the
 * order of the others kept.
 *
 * Draws are keyed by (seed, purpose, global row, draw); restart r > 0 has a seed of its own, drawn
 * from the user's. */
#ifndef PATRON_KMEANS_H
#define PATRON_KMEANS_H

#include "patron/checkpoint.h"
#include "patron/comm.h"
#include "patron/progress.h"
#include "patron/rows.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_kmeans_init {
    PATRON_KMEANS_PARALLEL, /* k-means|| (Bahmani et al. 2012), ended by weighted k-means++ and
                               breathing k-means (Fritzke 2020) */
    PATRON_KMEANS_PLUSPLUS, /* k-means++ (Arthur and Vassilvitskii 2007), greedy */
    PATRON_KMEANS_RANDOM,   /* k distinct rows */
    PATRON_KMEANS_GIVEN
} patron_kmeans_init;

/* Instructions of the kernels; the result is the same with all of them. */
typedef enum patron_kmeans_isa {
    PATRON_KMEANS_ISA_AUTO, /* the fastest that the processor has */
    PATRON_KMEANS_ISA_GENERIC,
    PATRON_KMEANS_ISA_AVX2,
    PATRON_KMEANS_ISA_AVX512,
    PATRON_KMEANS_ISA_AVX512VNNI /* AVX-512 with products of 16-bit integers */
} patron_kmeans_isa;

typedef struct patron_kmeans_options {
    uint32_t k;
    patron_kmeans_init init;
    const double *start; /* k x columns when init is GIVEN, the same on every rank; borrowed */
    uint32_t max_iterations;
    double tolerance; /* times the mean variance of the columns, against the squared shift */
    uint32_t
        restarts; /* fits with other draws, GIVEN: one; least inertia wins, ties to the first */
    uint64_t seed;
    double oversampling;       /* PARALLEL: rows drawn in a round, in multiples of k; 0: 2 */
    uint32_t rounds;           /* PARALLEL; 0: 5 */
    uint32_t refine;           /* rounds of no use that end the refinement of the fit; 0: none */
    patron_progress *progress; /* NULL: silent */
    patron_checkpoint *checkpoint; /* NULL: none.  Records "fit..." are the fit's, which goes on
                                      from them; in the end "fit.done" is left */
} patron_kmeans_options;

typedef struct patron_kmeans_iteration {
    double inertia; /* of the assignment before the update */
    int64_t moved;  /* rows whose label changed; on the first iteration all */
    double shift;   /* squared Frobenius norm of the centroids' move */
} patron_kmeans_iteration;

typedef struct patron_kmeans_result {
    uint32_t k; /* below the k asked for only where there are fewer distinct rows */
    uint32_t columns;
    double *centroids;       /* k x columns */
    uint32_t *origin;        /* k: number of the start's centroid that it came from */
    int64_t *size;           /* k: rows */
    double *weight_sum;      /* k */
    double *segment_inertia; /* k */
    patron_kmeans_iteration *history;
    uint32_t iterations;
    double inertia;
    bool converged;
    uint32_t refine_rounds, refine_taken; /* rounds of refinement, and those that helped */
} patron_kmeans_result;

/* Rows made ready to be clustered, as often as one likes: fits for several k or starts share what
 * was read and prepared. */
typedef struct patron_kmeans patron_kmeans;

/* Prepares this rank's rows, which are borrowed, as `comm` is; ranks hold ascending, disjoint
 * ranges of global rows, and a rank may hold none.  Values are finite, weights finite and >= 0.
 * Release with patron_kmeans_free.  Collective; all ranks return the same status: DATA where the
 * processor lacks the instructions asked for, there is no column, or no row has a positive weight;
 * RESOURCE; as patron_rows_pass where rows are streamed. */
patron_status patron_kmeans_create(const patron_comm *comm, const patron_rows *rows,
                                   patron_kmeans_isa isa, patron_kmeans **kmeans);
void patron_kmeans_free(patron_kmeans *kmeans);

/* Fits.  `result` is owned by the caller afterwards (patron_kmeans_result_free); it is equal on
 * every rank; on failure it is zeroed.  Collective; all ranks return the same status: DATA where k
 * is 0 or above the number of rows, or a start is out of float32's range; RESOURCE where memory is
 * short; as patron_rows_pass where rows are streamed.  max_iterations of 0 gives the labels of the
 * start, empty clusters included.  STOPPED at a checkpoint.  Progress is one phase a restart, in
 * iterations. */
patron_status patron_kmeans_fit(patron_kmeans *kmeans, const patron_kmeans_options *options,
                                patron_kmeans_result *result);

/* Brings back the labels of an earlier fit of the same rows, its result being `fit`.  Collective;
 * all ranks return the same status: RESOURCE; as patron_rows_pass where rows are streamed. */
patron_status patron_kmeans_label(patron_kmeans *kmeans, const patron_kmeans_result *fit);

/* Labels of this rank's rows in the last fit, the nearest of its final centroids, -1 where a row
 * was dropped; rows->count of them, owned by `kmeans`, valid until the next fit. */
const int32_t *patron_kmeans_labels(const patron_kmeans *kmeans);

/* Keeps a result, the same on every rank, as the record `name` of a checkpoint (NULL: does
 * nothing), and brings it back: *result is empty and *found false where there is none.  Collective;
 * all ranks return the same status: RESOURCE; DATA where the record is damaged. */
patron_status patron_kmeans_result_keep(const patron_comm *comm, patron_checkpoint *checkpoint,
                                        const char *name, const patron_kmeans_result *result);
patron_status patron_kmeans_result_recall(const patron_comm *comm,
                                          const patron_checkpoint *checkpoint, const char *name,
                                          patron_kmeans_result *result, bool *found);

/* Releases what the result holds and zeroes it; a zeroed result is allowed. */
void patron_kmeans_result_free(patron_kmeans_result *result);

#endif
