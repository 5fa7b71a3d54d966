/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as one bitmap of rows a candidate, and the search on them; for the files that build it. */
#ifndef PATRON_ITEMSET_BITMAP_SEARCH_H
#define PATRON_ITEMSET_BITMAP_SEARCH_H

#include "itemset/bitmap.h"

#include <string.h>

enum { ITEMSET_WORD_BITS = 64 };

typedef struct itemset_bitmap {
    uint64_t rows;
    uint64_t words;        /* of a column */
    uint64_t *columns;     /* one a candidate */
    bool weighted;         /* some row has a weight above 1 */
    itemset_planes planes; /* their sizes */
    uint64_t plane_words;  /* of all planes */
    uint64_t *plane_bits;
    const uint32_t *items;
    const itemset_masks *masks; /* NULL: rows that cannot be taken out */
} itemset_bitmap;

/* One branch: the rows of the path, the columns that may extend it, and behind them those that it
 * has passed. */
typedef struct itemset_branch {
    uint64_t *held;
    uint32_t count;
    uint32_t passed;
    uint32_t *columns; /* count + passed */
    uint64_t *counts;
    const uint32_t *pairs; /* of its columns, a triangle as in itemset_pairs; NULL: to be counted */
} itemset_branch;

/* All frequent sets of the path and one or more columns of `from`. */
patron_status itemset_search_columns(itemset_miner *miner, const itemset_bitmap *map,
                                     const itemset_branch *from, itemset_part part);

/* The rows of a branch alone, `rows` of them, cut to its candidates; the bitmap has masks. */
patron_status itemset_mine_taken_out(itemset_miner *miner, const itemset_bitmap *map,
                                     const itemset_branch *from, uint64_t rows);

#endif
