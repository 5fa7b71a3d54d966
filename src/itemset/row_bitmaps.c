/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows, a block of them by one thread. */
#include "itemset/row_bitmaps.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { BLOCK = 512 }; /* rows whose bits are a cache line */

void itemset_row_bitmaps_free(itemset_row_bitmaps *bitmaps)
{
    free(bitmaps->bitmap_of);
    free(bitmaps->bits);
    *bitmaps = (itemset_row_bitmaps){0};
}

static void mark_row(const itemset_row_bitmaps *bitmaps, const itemset_rows *rows, uint64_t row,
                     uint32_t width)
{
    const itemset_span span = itemset_rows_span(rows, row);
    uint64_t *word = bitmaps->bits + row / 64, bit = UINT64_C(1) << row % 64;
    for (const uint32_t *item = span.first; item < span.end && *item < width; ++item)
        word[bitmaps->bitmap_of[*item] * bitmaps->words] |= bit;
}

patron_status itemset_row_bitmaps_create(itemset_row_bitmaps *bitmaps, const itemset_rows *rows,
                                         uint32_t *bitmap_of, uint32_t width, uint64_t count,
                                         int threads)
{
    uint64_t blocks = (rows->count + BLOCK - 1) / BLOCK;
    *bitmaps = (itemset_row_bitmaps){.bitmap_of = bitmap_of, .words = blocks * (BLOCK / 64)};
    bitmaps->bits = patron_allocate(count * bitmaps->words, sizeof *bitmaps->bits);
    if (bitmaps->bits == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (uint64_t block = 0; block < blocks; ++block) {
        uint64_t end = rows->count < (block + 1) * BLOCK ? rows->count : (block + 1) * BLOCK;
        for (uint64_t row = block * BLOCK; row < end; ++row)
            mark_row(bitmaps, rows, row, width);
    }
    return PATRON_OK;
}
