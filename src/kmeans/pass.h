/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows: each gets its nearest centroid.  What it comes to goes where the pass is
 * told to: into sums of clusters, into bounds for the next pass, into a tally of segments. */
#ifndef PATRON_KMEANS_PASS_H
#define PATRON_KMEANS_PASS_H

#include "kmeans/bounds.h"
#include "kmeans/engine.h"

typedef struct kmeans_pass {
    patron_kmeans *engine;
    const kmeans_search *search;
    kmeans_bounds *bounds; /* NULL: none.  They hold from pass to pass as long as nothing else
                              changes the labels */
    kmeans_sums *sums;     /* moved rows are recorded in its deltas; NULL: nowhere */
    kmeans_tally *tally;   /* NULL: none */
    bool is_first;         /* there are no labels yet: every row moves, from nowhere */
    bool is_coarse;        /* coarse scores are tried first */
} kmeans_pass;

typedef struct kmeans_assignment {
    int64_t moved; /* rows, of all ranks, whose label changed */
    double inertia;
} kmeans_assignment;

/* Collective. */
patron_status kmeans_assign(kmeans_pass *pass, kmeans_assignment *assignment);

#endif
