/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of rows that a pass tells apart, so that a step profiles all of them at once. */
#ifndef PATRON_DATA_ROW_GROUPS_H
#define PATRON_DATA_ROW_GROUPS_H

#include "patron/rows.h"

#include <stddef.h>

/* Groups 0 ... segments - 1 are the rows of a segment; group `segments` is all of these, and the
 * rows that are labelled `segments`.  Where a function takes NULL for groups, all rows are the one
 * group. */
typedef struct patron_row_groups {
    const int32_t *labels; /* a row of this rank: its segment, or below 0 for no group */
    uint32_t segments;
} patron_row_groups;

static inline uint32_t patron_row_groups_count(const patron_row_groups *groups)
{
    return groups == NULL ? 1 : groups->segments + 1;
}

/* Lanes of a block of `rows` that are of a group. */
static inline uint64_t patron_row_groups_lanes(const patron_row_groups *groups,
                                               const patron_rows *rows, const patron_block *block,
                                               uint32_t group)
{
    uint64_t lanes = 0;
    if (groups == NULL)
        return block->lanes;
    const int32_t *labels = groups->labels + (block->row - rows->first);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int64_t label = labels[__builtin_ctzll(left)];
        if (group < groups->segments ? label == (int64_t)group : label >= 0)
            lanes |= left & -left;
    }
    return lanes;
}

#endif
