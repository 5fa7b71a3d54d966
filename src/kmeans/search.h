/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest centroids of packed rows: by the filter where it is certain, by the float64 kernel
 * elsewhere.  Nothing here is collective. */
#ifndef PATRON_KMEANS_SEARCH_H
#define PATRON_KMEANS_SEARCH_H

#include "kmeans/pack.h"

/* Centroids to search among. */
typedef struct kmeans_search {
    const double *centroids; /* k x columns, borrowed */
    kmeans_panel panel;
    kmeans_filter filter;
} kmeans_search;

/* One thread's room. */
typedef struct kmeans_scratch {
    double *strip;     /* KMEANS_STRIP x columns */
    double *term;      /* width of the sums */
    float *rows;       /* KMEANS_BLOCK x columns */
    float *shifted;    /* columns x KMEANS_BLOCK, aligned */
    void *memory;      /* of `shifted` */
    uint64_t apart[8]; /* keeps threads' scratch in cache lines of their own */
} kmeans_scratch;

/* Room for `capacity` centroids; release with kmeans_search_free.  RESOURCE. */
patron_status kmeans_search_create(kmeans_search *search, uint64_t capacity, uint32_t columns);
void kmeans_search_free(kmeans_search *search);

/* Takes over centroids[k x columns], which stay as they are while the search is used. */
void kmeans_search_fill(kmeans_search *search, const kmeans_pack *pack, const double *centroids,
                        uint32_t k);

patron_status kmeans_scratch_create(kmeans_scratch *scratch, uint32_t columns, uint64_t width);
void kmeans_scratch_free(kmeans_scratch *scratch);

/* Up to KMEANS_BLOCK rows, of a block or gathered. */
typedef struct kmeans_view {
    const float *values; /* columns x KMEANS_BLOCK, aligned */
    uint64_t lanes;      /* one bit a row */
    double radius;       /* at least the norm of each row less the shift */
} kmeans_view;

kmeans_view kmeans_view_of_block(const kmeans_pack *pack, uint64_t block);

/* Scores of a view's rows; returns one bit a row whose best is certainly nearest.  `filter` is that
 * of some centroids with pack->shift, `gap` finite. */
uint64_t kmeans_view_score(const kmeans_filter *filter, const kmeans_kernel_set *kernels,
                           const kmeans_pack *pack, kmeans_view view, float gap,
                           kmeans_scores *scores, kmeans_scratch *scratch);

/* Labels of a view's rows, labels[KMEANS_BLOCK]; those of other lanes mean nothing but are below k.
 * Returns whether `scores` has been filled. */
bool kmeans_view_search(const kmeans_search *search, const kmeans_kernel_set *kernels,
                        const kmeans_pack *pack, kmeans_view view, kmeans_scratch *scratch,
                        kmeans_scores *scores, int32_t *labels);

/* Asks for the first cache lines of a block: at the end of the one before, the processor's own
 * prefetching stops with the page. */
void kmeans_fetch_ahead(const kmeans_pack *pack, uint64_t block);

#endif
