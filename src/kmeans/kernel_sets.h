/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for each instruction set.  All of a kind return the same bits, but for the scores of
 * the filter, of which only bounds are known.  A block is columns x PATRON_BLOCK floats, aligned to
 * PATRON_ALIGNMENT. */
#ifndef PATRON_KMEANS_KERNEL_SETS_H
#define PATRON_KMEANS_KERNEL_SETS_H

#include "kmeans/filter.h"
#include "kmeans/kernel.h"
#include "patron/kmeans.h"
#include "runtime/blocksum.h"

#include <stdbool.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define KMEANS_HAS_X86 1
#else
#define KMEANS_HAS_X86 0
#endif

/* GCC takes vectors of half the width for its own, unless told. */
#if defined(__clang__)
#define KMEANS_WIDE_VECTORS ""
#else
#define KMEANS_WIDE_VECTORS ",prefer-vector-width=512"
#endif

/* The nearest centroid (ties to the lowest index) of rows[count x columns]; `scratch` holds
 * KMEANS_STRIP x columns doubles. */
typedef void kmeans_nearest_function(const kmeans_panel *panel, const float *rows, uint64_t count,
                                     double *scratch, int32_t *labels);

/* Fine scores of a block, less the shift, against the filter's centroids; returns one bit a row
 * whose second score lies more than `gap` above its best. */
typedef uint64_t kmeans_score_function(const float *block, const kmeans_filter *filter, float gap,
                                       kmeans_scores *scores);

/* The same with coarse scores, of the block as it is (shift NULL: it is 0); `pairs` has room for
 * pairs of columns x PATRON_BLOCK, `half` for k. */
typedef uint64_t kmeans_coarse_function(const float *block, const float *shift,
                                        const kmeans_filter *filter, const kmeans_grid *grid,
                                        int32_t *pairs, int32_t *half, kmeans_scores *scores);

/* Distance of each row of a block to the centroid of its label, by the one definition. */
typedef void kmeans_measure_function(const float *block, const kmeans_panel *panel,
                                     const int32_t *labels, double *distance);

/* How terms are split in multiples of units: adding an anchor to a term rounds it to one, which the
 * sum's last bits are. */
typedef struct kmeans_folds {
    uint64_t count;  /* 1 or 2: the second one takes what the first one leaves */
    uint64_t width;  /* terms of a row, a multiple of KMEANS_LANES */
    double *anchors; /* count x width, aligned */
} kmeans_folds;

/* Rows that go from one cluster to another, those of a block whose bits `lanes` has. */
typedef struct kmeans_moving {
    uint64_t lanes;
    const float *rows;   /* PATRON_BLOCK x width, zeros where there is no column, but for a 1 after
                            the last one where there are weights; aligned */
    const float *weight; /* PATRON_BLOCK; NULL: all 1 */
    const int32_t *from; /* PATRON_BLOCK; NULL: from none */
    const int32_t *to;   /* PATRON_BLOCK */
} kmeans_moving;

/* Lays a block row after row: rows[PATRON_BLOCK x width], whose columns above `columns` stay. */
typedef void kmeans_lay_function(const float *block, uint64_t columns, uint64_t width, float *rows);

/* Takes the bits of the sum of anchor and weight times value out of the old cluster's
 * multiples[k x count x width] and adds them to the new one's; returns one bit a row of which the
 * folds leave something. */
typedef uint64_t kmeans_move_function(const kmeans_moving *moving, const kmeans_folds *folds,
                                      int64_t *multiples);

enum { KMEANS_PATTERNS = 16 }; /* magnitudes of a column that are found apart */

/* Widens the least and the greatest pattern of the magnitudes that are not 0, least and
 * greatest[columns x KMEANS_PATTERNS], lane i in entry i % KMEANS_PATTERNS of its column. */
typedef void kmeans_widen_function(const float *block, uint64_t columns, int32_t *least,
                                   int32_t *greatest);

/* The block less shift[columns] into `shifted` (NULL: not wanted); squares[PATRON_BLOCK] get each
 * row's sum of squares of that, in float32. */
typedef void kmeans_shift_function(const float *block, uint64_t columns, const float *shift,
                                   float *shifted, float *squares);

/* Lower bounds of the distances of a block's rows to all centroids of the scores but the one whose
 * index `own` tells (-1: none): from the least such score, of which `error` bounds the error, and
 * the sums of squares less the shift, squares[PATRON_BLOCK], of rows of `columns`. */
typedef void kmeans_bound_function(const kmeans_scores *scores, const int32_t *own,
                                   const float *squares, uint64_t columns, double error,
                                   float *lower);

/* The same from distance[PATRON_BLOCK], to the centroids of `own`, which are the nearest. */
typedef void kmeans_beyond_function(const kmeans_scores *scores, const int32_t *own,
                                    const double *distance, double error, float *lower);

/* Lowers lower[PATRON_BLOCK] by `drift` and to limit[PATRON_BLOCK] (NULL: none); returns one bit a
 * row for which it is then certainly above the root of distance[PATRON_BLOCK]. */
typedef uint64_t kmeans_drift_function(const double *distance, float drift, const float *limit,
                                       float *lower);

/* One bit a row whose two labels differ. */
typedef uint64_t kmeans_differ_function(const int32_t *a, const int32_t *b);

/* A set of kernels, and whether this processor can run it. */
typedef struct kmeans_kernel_set {
    const char *name;
    patron_kmeans_isa isa;
    bool is_usable;
    kmeans_nearest_function *nearest;
    kmeans_score_function *score;
    kmeans_coarse_function *coarse; /* NULL: not faster here */
    kmeans_measure_function *measure;
    kmeans_lay_function *lay;
    kmeans_move_function *move;
    kmeans_widen_function *widen;
    kmeans_shift_function *shift;
    kmeans_bound_function *bound;
    kmeans_beyond_function *beyond;
    kmeans_drift_function *drift;
    kmeans_differ_function *differ;
    patron_blocksum_kernel *blocksum;
} kmeans_kernel_set;

kmeans_kernel_set kmeans_kernel_set_generic(void);
kmeans_kernel_set kmeans_kernel_set_avx2(void);
kmeans_kernel_set kmeans_kernel_set_avx512(void);
kmeans_kernel_set kmeans_kernel_set_avx512vnni(void);

enum { KMEANS_KERNEL_SETS = 4 };

/* The sets by number, the fastest first; the last one runs everywhere. */
kmeans_kernel_set kmeans_kernel_set_at(int number);

/* The set asked for, the fastest usable one where that is AUTO.  DATA where the processor lacks
 * it. */
patron_status kmeans_kernel_set_choose(patron_kmeans_isa isa, kmeans_kernel_set *set);

#endif
