/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows hold one of some items, as one bit a row. */
#ifndef PATRON_ITEMSET_ROW_BITMAPS_H
#define PATRON_ITEMSET_ROW_BITMAPS_H

#include "itemset/rows.h"

typedef struct itemset_row_bitmaps {
    uint32_t *bitmap_of; /* by item, each of which is of one bitmap */
    uint64_t words;      /* of a bitmap */
    uint64_t *bits;      /* of all, one after the other */
} itemset_row_bitmaps;

/* Takes over bitmap_of[width], on the heap, of values below `count`; items of rows from `width` on
 * are of no bitmap.  Free it whatever is returned; RESOURCE where memory is short. */
patron_status itemset_row_bitmaps_create(itemset_row_bitmaps *bitmaps, const itemset_rows *rows,
                                         uint32_t *bitmap_of, uint32_t width, uint64_t count,
                                         int threads);
void itemset_row_bitmaps_free(itemset_row_bitmaps *bitmaps);

/* The rows that hold the item, or another of its bitmap. */
static inline const uint64_t *itemset_row_bitmap_of(const itemset_row_bitmaps *bitmaps,
                                                    uint32_t item)
{
    return bitmaps->bits + bitmaps->bitmap_of[item] * bitmaps->words;
}

#endif
