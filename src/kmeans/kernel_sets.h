/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for each instruction set.  All of a kind return the same bits, but for the scores of
 * the filter, of which only bounds are known. */
#ifndef PATRON_KMEANS_KERNEL_SETS_H
#define PATRON_KMEANS_KERNEL_SETS_H

#include "kmeans/filter.h"
#include "kmeans/kernel.h"
#include "patron/kmeans.h"

#include <stdbool.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define KMEANS_HAS_AVX512 1
#define KMEANS_HAS_AVX2 1
#else
#define KMEANS_HAS_AVX512 0
#define KMEANS_HAS_AVX2 0
#endif

/* kernel.h: kmeans_kernel_nearest, kmeans_kernel_distances. */
typedef void kmeans_nearest_function(const kmeans_panel *panel, const float *rows, uint64_t count,
                                     double *scratch, int32_t *labels, double *distance);
typedef void kmeans_distances_function(const kmeans_panel *panel, const float *rows, uint64_t count,
                                       double *scratch, double *distance);

/* Scores of the rows of a block, columns x KMEANS_BLOCK and aligned to KMEANS_ALIGNMENT, against
 * the filter's centroids; returns one bit a row whose second score lies more than `gap` above its
 * best. */
typedef uint64_t kmeans_score_function(const float *block, const kmeans_filter *filter, float gap,
                                       kmeans_scores *scores);

/* Distance of each row of a block to the centroid of its label, by the one definition; the panel
 * holds the same centroids[k x columns]. */
typedef void kmeans_measure_function(const float *block, const kmeans_panel *panel,
                                     const double *centroids, const int32_t *labels,
                                     double *distance);

/* The greatest of terms[KMEANS_BLOCK] >= 0. */
typedef double kmeans_greatest_function(const double *terms);

/* Splits terms[KMEANS_BLOCK] >= 0 in multiples of two units, added to high[KMEANS_TOTAL_LANES] and
 * low[KMEANS_TOTAL_LANES], and the rest; tells whether a rest is not 0. */
typedef bool kmeans_split_function(const double *terms, const double *anchors, double *high,
                                   double *low, double *rest);

/* Adds sign * term[width] to high[width] and low[width], split at the anchors[width]; width is a
 * multiple of KMEANS_LANES. */
typedef void kmeans_add_function(const double *term, const double *anchors, uint64_t width,
                                 double sign, double *high, double *low);

/* Lays `count` rows out as a block; the lanes after them repeat the last one. */
typedef void kmeans_lay_function(const float *rows, uint64_t count, uint64_t columns, float *block);

/* Widens per column the least and the greatest pattern of the magnitudes that are not 0. */
typedef void kmeans_widen_function(const float *block, uint64_t columns, int32_t *least,
                                   int32_t *greatest);

/* The block less shift[columns]; squares[KMEANS_BLOCK] get each row's sum of squares, in float32;
 * NULL: not wanted. */
typedef void kmeans_shift_function(const float *block, uint64_t columns, const float *shift,
                                   float *shifted, float *squares);

/* Lower bounds of the distances of a block's rows to all centroids of the scores but the one whose
 * index `own` tells (-1: none): from the least such score, of which `error` bounds the error, and
 * norm[KMEANS_BLOCK]. */
typedef void kmeans_bound_function(const kmeans_scores *scores, const int32_t *own,
                                   const float *norm, double error, float *lower);

/* Lowers lower[KMEANS_BLOCK] by `drift` and to limit[KMEANS_BLOCK] (NULL: none); returns one bit a
 * row for which it is then certainly above the root of distance[KMEANS_BLOCK]. */
typedef uint64_t kmeans_drift_function(const double *distance, float drift, const float *limit,
                                       float *lower);

/* A set of kernels, and whether this processor can run it. */
typedef struct kmeans_kernel_set {
    const char *name;
    patron_kmeans_isa isa;
    bool is_usable;
    kmeans_nearest_function *nearest;
    kmeans_distances_function *distances;
    kmeans_score_function *score;
    kmeans_measure_function *measure;
    kmeans_greatest_function *greatest;
    kmeans_split_function *split;
    kmeans_add_function *add;
    kmeans_lay_function *lay;
    kmeans_widen_function *widen;
    kmeans_shift_function *shift;
    kmeans_bound_function *bound;
    kmeans_drift_function *drift;
} kmeans_kernel_set;

kmeans_kernel_set kmeans_kernel_set_generic(void);
kmeans_kernel_set kmeans_kernel_set_avx2(void);
kmeans_kernel_set kmeans_kernel_set_avx512(void);

enum { KMEANS_KERNEL_SETS = 3, KMEANS_TOTAL_LANES = 8 };

/* The sets by number, the widest first; the last one runs everywhere. */
kmeans_kernel_set kmeans_kernel_set_at(int number);

/* The set asked for, the widest usable one where that is AUTO.  DATA where the processor lacks
 * it. */
patron_status kmeans_kernel_set_choose(patron_kmeans_isa isa, kmeans_kernel_set *set);

#endif
