/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments join, at which cost, until all are one: Ward's tree over weighted centroids.
 * Nothing here is collective; the result is the same bits everywhere. */
#ifndef PATRON_QUALITY_TREE_H
#define PATRON_QUALITY_TREE_H

#include "patron/status.h"

#include <stdint.h>

/* A row of the tree, as SciPy's linkage has it: nodes `a` < `b` become one of `count` segments.
 * Nodes 0 ... k - 1 are segments, join i makes node k + i.  All are whole numbers but the height.
 */
typedef struct patron_tree_join {
    double a, b, height, count;
} patron_tree_join;

/* Joins centroids[k x columns], which stand for weight[k] (0 or above), into joins[k - 1] (none of
 * one segment): each time the two nodes whose union raises the inertia least, ties to the lowest a,
 * then the lowest b.  The height is sqrt(2 w w' / (w + w')) |c - c'|, so that half of its square is
 * what the join adds to the inertia; it never falls from one join to the next.  RESOURCE. */
patron_status patron_tree_build(const double *centroids, const double *weight, uint32_t k,
                                uint32_t columns, patron_tree_join *joins);

/* Cuts the tree of k segments where `groups` (1 ... k) nodes are left: group[k] is the number of
 * each segment's, groups being numbered in the order of their lowest segments.  RESOURCE. */
patron_status patron_tree_cut(const patron_tree_join *joins, uint32_t k, uint32_t groups,
                              uint32_t *group);

#endif
