/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of the rows of each cluster: one windowed accumulator a column, one for the weights,
 * and the count of rows of positive weight.  Rows can be taken out again without drift, so that
 * only rows whose label changed are touched.  The changes of a thread are first added up as integer
 * multiples of a unit for each column; what lies below the unit goes to a second fold, with a finer
 * unit, where rows have weights, and what is left then, which is rare, to the accumulators.  Folds
 * after Demmel and Nguyen, "Parallel reproducible summation", IEEE Transactions on Computers 64
 * (2015). */
#ifndef PATRON_KMEANS_SUMS_H
#define PATRON_KMEANS_SUMS_H

#include "kmeans/kernel_sets.h"
#include "patron/exactsum.h"

/* What one cluster's accumulators look like: accumulator j lies at limbs[offset[j]] and spans
 * window[j]; j = columns is the weight, and limbs[stride - 1] counts rows of positive weight. */
typedef struct kmeans_layout {
    uint32_t columns;
    patron_exact_window *window; /* columns + 1 */
    uint64_t *offset;            /* columns + 1 */
    uint64_t stride;
    bool is_weighted; /* not all weights are 1 */
    kmeans_folds folds;
    int32_t *exponent; /* folds.count x folds.width: of the units */
    void *anchors_memory;
} kmeans_layout;

/* What went into one cluster's folds. */
typedef struct kmeans_fold_use {
    int32_t net;   /* rows added less rows taken out */
    int32_t terms; /* rows added or taken out */
} kmeans_fold_use;

/* One thread's changes since the last merge. */
typedef struct kmeans_delta {
    int64_t *limbs;       /* k x stride */
    int64_t *multiples;   /* k x folds.count x folds.width, aligned */
    kmeans_fold_use *use; /* k */
    uint64_t carried;     /* rows at most since the last carry of limbs */
    uint64_t apart[8];    /* keeps what threads write in cache lines of their own */
} kmeans_delta;

typedef struct kmeans_sums {
    uint32_t k;
    int threads;
    int64_t *total;        /* k x stride, of all ranks, carried */
    kmeans_delta *delta;   /* threads */
    kmeans_fold_use *uses; /* threads x k */
    void *memory;          /* of the numbers */
} kmeans_sums;

/* Bits of a set of values: all are multiples of 2^low and below 2^-minus_high in magnitude; both
 * ends shrink by a minimum. */
typedef struct kmeans_span {
    int64_t low, minus_high;
} kmeans_span;

/* Of no values. */
extern const kmeans_span kmeans_span_none;

/* Of values whose magnitudes, where they are not 0, have patterns between the two (greatest 0:
 * there are none). */
kmeans_span kmeans_span_of_patterns(int32_t least, int32_t greatest);

/* Widens the span of some weights by one more; their last bits count. */
void kmeans_span_widen(kmeans_span *span, float weight);

/* Windows that hold every term weight * value of all ranks' rows: spans[columns + 1], of each
 * column and of the weights, are this rank's; `weighs`: its rows have weights.  Release with
 * kmeans_layout_free.  Collective. RESOURCE. */
patron_status kmeans_layout_create(const patron_comm *comm, uint32_t columns, bool weighs,
                                   kmeans_span *spans, kmeans_layout *layout);
void kmeans_layout_free(kmeans_layout *layout);

/* Empty sums of k clusters; release with kmeans_sums_free.  Not collective.  RESOURCE. */
patron_status kmeans_sums_create(const kmeans_layout *layout, uint32_t k, int threads,
                                 kmeans_sums *sums);
void kmeans_sums_free(kmeans_sums *sums);

/* Adds (sign 1) or takes out (sign -1) a row in one cluster's accumulators: term[columns + 1],
 * weight times value, then the weight, above 0. */
void kmeans_sums_add(const kmeans_layout *layout, int64_t *limbs, const double *term, int sign);

/* Rows of positive weight of a cluster. */
static inline int64_t *kmeans_sums_positive(const kmeans_layout *layout, const kmeans_sums *sums,
                                            uint64_t cluster)
{
    return &sums->total[(cluster + 1) * layout->stride - 1];
}

/* Rows of positive weight go from clusters to others, in a thread's changes. */
void kmeans_sums_move(const kmeans_layout *layout, const kmeans_kernel_set *kernels,
                      const kmeans_moving *moving, int thread, kmeans_sums *sums);

/* Adds all threads' changes of all ranks to the total and empties them.  Collective. */
void kmeans_sums_merge(const patron_comm *comm, const kmeans_layout *layout, kmeans_sums *sums);

/* Moves carries of one cluster's accumulators up. */
void kmeans_sums_carry(const kmeans_layout *layout, int64_t *limbs);

/* Weight of a cluster, rounded. */
double kmeans_sums_weight(const kmeans_layout *layout, int64_t *limbs);

/* Centroid of a cluster whose weight is not 0: each exact sum rounded, over the exact weight
 * rounded. */
void kmeans_sums_centroid(const kmeans_layout *layout, int64_t *limbs, double *centroid);

#endif
