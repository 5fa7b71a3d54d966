/* SPDX-License-Identifier: Apache-2.0 */
/* This rank's rows that an empty cluster could take, the farthest from their centroids first.  A
 * pass keeps some of them; a row that is passed over can never become eligible again in the same
 * round, so a further pass, where those at hand do not suffice, goes on after the last one. */
#ifndef PATRON_KMEANS_FAR_ROWS_H
#define PATRON_KMEANS_FAR_ROWS_H

#include "kmeans/relocate.h"

/* A row that may be taken: the farther, and of equally far ones the lower, comes first. */
typedef struct kmeans_far_row {
    double distance;
    uint64_t row; /* global */
    int32_t label;
    float weight;
    float *values; /* columns */
} kmeans_far_row;

/* Some of this rank's rows, the first ones of those after `last`. */
typedef struct kmeans_far_rows {
    const patron_kmeans *engine;
    const kmeans_search *search;
    const kmeans_sums *sums;
    const kmeans_moves *moves;
    kmeans_far_row last; /* rows up to it have been looked at */
    uint64_t capacity;
    uint64_t *count;     /* threads */
    kmeans_far_row *row; /* threads x capacity: heaps, whose root comes last */
    float *values;       /* threads x capacity x columns */
    uint64_t next;       /* of the first thread's, once they are sorted */
    bool is_cut;         /* there are more after them */
} kmeans_far_rows;

/* Room for enough rows to fill `empty` clusters, as a rule; release with kmeans_far_free.
 * RESOURCE. */
patron_status kmeans_far_create(const patron_kmeans *engine, uint64_t empty, kmeans_far_rows *far);
void kmeans_far_free(kmeans_far_rows *far);

/* Looks for the first eligible rows after far->last, as sums and moves stand.  Collective. */
patron_status kmeans_far_look(kmeans_far_rows *far);

/* This rank's first eligible row, NULL where there is none; after further passes as long as any
 * rank needs them.  Collective. */
patron_status kmeans_far_next(kmeans_far_rows *far, const kmeans_far_row **mine);

/* Whether values[columns], `stride` apart, are the centroid.  A sum of equal rows can be off its
 * row by its roundings, so it is judged in float32, where it can't. */
bool kmeans_is_on_centroid(const float *values, uint64_t stride, const double *centroid,
                           uint64_t columns);

#endif
