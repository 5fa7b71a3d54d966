/* SPDX-License-Identifier: Apache-2.0 */
/* How the segments of a model join, for people and for programs.  On one rank. */
#ifndef PATRON_JOBS_INSPECT_TREE_H
#define PATRON_JOBS_INSPECT_TREE_H

#include "model/segment_read.h"

#include <jansson.h>

/* The joins, first to last: nodes, height, what it adds to the inertia, number of segments. */
json_t *inspect_tree_object(const patron_segment_view *view);

/* Prints the last `most` joins of those that at least `least` customers stand behind. */
patron_status inspect_tree_print(const patron_segment_view *view, uint32_t most, uint64_t least);

/* The group of each segment where the tree is cut into `groups`, to free().  DATA: `path` has no
 * tree, or fewer segments than that; RESOURCE. */
patron_status inspect_tree_cut(const patron_segment_view *view, const char *path, uint32_t groups,
                               uint32_t **group);

#endif
