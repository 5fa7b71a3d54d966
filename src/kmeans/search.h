/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest centroids of up to a block of rows: by the filter where it is certain, by the float64
 * kernel elsewhere.  Nothing here is collective. */
#ifndef PATRON_KMEANS_SEARCH_H
#define PATRON_KMEANS_SEARCH_H

#include "kmeans/kernel_sets.h"

#include <stddef.h>

/* Centroids to search among. */
typedef struct kmeans_search {
    kmeans_panel panel;
    kmeans_filter filter;
} kmeans_search;

/* Rows gathered from several blocks. */
typedef struct kmeans_batch {
    uint64_t count;
    float *values; /* columns x PATRON_BLOCK, aligned; in the worker's memory */
    float weight[PATRON_BLOCK];
    uint64_t row[PATRON_BLOCK]; /* among this rank's rows */
    double radius;
} kmeans_batch;

/* One thread's room, and what it comes to in a pass. */
typedef struct kmeans_worker {
    double *strip;       /* KMEANS_STRIP x columns */
    double *term;        /* columns + 1 */
    float *moving;       /* PATRON_BLOCK x width of the folds: rows that move */
    float *rows;         /* PATRON_BLOCK x columns */
    float *shifted;      /* columns x PATRON_BLOCK, aligned */
    int32_t *pairs;      /* pairs of columns x PATRON_BLOCK */
    void *memory;        /* of `shifted` */
    kmeans_batch open;   /* rows to be searched */
    kmeans_batch unsure; /* rows that coarse scores left open */
    int64_t moved;
    uint64_t searched, left_open; /* by coarse scores, and left by them */
    patron_blocksum sum;
    uint64_t apart[8]; /* keeps what threads write in cache lines of their own */
} kmeans_worker;

/* Up to PATRON_BLOCK rows, of a block or gathered. */
typedef struct kmeans_view {
    const float *values; /* columns x PATRON_BLOCK, aligned */
    const float *weight; /* PATRON_BLOCK; NULL: all 1 */
    const uint64_t *row; /* PATRON_BLOCK, among this rank's rows; NULL: first, first + 1, ... */
    uint64_t first;
    uint64_t lanes;            /* one bit a row */
    double radius;             /* at least the norm of each row less the shift */
    const patron_block *block; /* the block whose rows they are, NULL: they are gathered */
} kmeans_view;

static inline uint64_t kmeans_view_row(const kmeans_view *view, int lane)
{
    return view->row == NULL ? view->first + (uint64_t)lane : view->row[lane];
}

/* What scores tell of a view's rows. */
typedef struct kmeans_found {
    kmeans_scores scores;
    uint64_t certain; /* rows whose best is certainly nearest */
    double error;     /* of the scores; infinite: there are none */
    _Alignas(PATRON_ALIGNMENT) float squares[PATRON_BLOCK]; /* squared norms less the shift, where
                                                               asked for */
} kmeans_found;

/* Room for `capacity` centroids of `engine`'s columns; release with kmeans_search_free.  RESOURCE.
 */
patron_status kmeans_search_create(const patron_kmeans *engine, uint64_t capacity,
                                   kmeans_search *search);
void kmeans_search_free(kmeans_search *search);

/* Takes over centroids[k x columns], which stay as they are while the search is used. */
void kmeans_search_fill(const patron_kmeans *engine, const double *centroids, uint32_t k,
                        kmeans_search *search);

/* Room for a filter's centroids as the engine's kernels score them.  RESOURCE. */
patron_status kmeans_search_filter_create(const patron_kmeans *engine, uint64_t capacity,
                                          kmeans_filter *filter);

patron_status kmeans_worker_create(const patron_kmeans *engine, kmeans_worker *worker);
void kmeans_worker_free(kmeans_worker *worker);

/* The rows of a block. */
kmeans_view kmeans_view_of_block(const patron_kmeans *engine, const patron_block *block);

/* Whether coarse scores are worth their while for `k` centroids. */
bool kmeans_coarse_pays(const patron_kmeans *engine, uint64_t k);

/* Scores of a view's rows, coarse ones where `is_coarse` (kmeans_coarse_pays) and they can be had;
 * returns whether they are coarse.  The filter is that of some centroids with the engine's shift.
 */
bool kmeans_view_score(const patron_kmeans *engine, const kmeans_filter *filter,
                       const kmeans_view *view, bool is_coarse, bool wants_squares, int thread,
                       kmeans_found *found);

/* Labels, by the float64 kernel, of the rows whose bits are set. */
void kmeans_view_decide(const patron_kmeans *engine, const kmeans_search *search,
                        const kmeans_view *view, uint64_t lanes, int thread, int32_t *labels);

/* Labels of all of a view's rows (other lanes: any below k). */
void kmeans_view_nearest(const patron_kmeans *engine, const kmeans_search *search,
                         const kmeans_view *view, int thread, int32_t *labels);

/* ---- batches ---- */

/* Copies a row of a view into the batch, which has room for it. */
void kmeans_batch_take(const patron_kmeans *engine, const kmeans_view *view, int lane,
                       kmeans_batch *batch);

/* The batch's rows. */
kmeans_view kmeans_batch_view(const kmeans_batch *batch);

#endif
