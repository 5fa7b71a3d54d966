/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted baskets in CSR form: what is mined, at the top and below each branch. */
#ifndef PATRON_ITEMSET_ROWS_H
#define PATRON_ITEMSET_ROWS_H

#include "itemset/scratch.h"
#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Row r holds items[offsets[r]] ... items[offsets[r + 1] - 1], ascending, weights[r] times. */
typedef struct itemset_rows {
    uint64_t count;
    uint64_t *offsets;
    uint32_t *items;
    uint64_t *weights;
} itemset_rows;

/* One row. */
typedef struct itemset_span {
    const uint32_t *first;
    const uint32_t *end; /* behind the last item */
} itemset_span;

static inline itemset_span itemset_rows_span(const itemset_rows *rows, uint64_t row)
{
    return (itemset_span){rows->items + rows->offsets[row], rows->items + rows->offsets[row + 1]};
}

/* No item of a row: see where rows are read up to an item. */
#define ITEMSET_NO_END UINT32_MAX

/* Frees arrays of the heap. */
void itemset_rows_free(itemset_rows *rows);

/* Room for `count` rows of `items` items in all; there are none yet. */
patron_status itemset_rows_take(itemset_scratch *scratch, uint64_t count, uint64_t items,
                                itemset_rows *rows);

/* What stays of rows: the first lengths[r] items of each of the first `count`, and all others. */
typedef struct itemset_row_cuts {
    uint64_t count;
    const uint32_t *lengths;
} itemset_row_cuts;

/* Cuts rows (NULL: none), drops those of fewer than two items and makes one of equal rows, with the
 * sum of their weights, where many are equal; in place.  The first of equal rows keeps its order.
 * *many: before, whether many are known to be equal; after, whether many were.  Linear in the items
 * on average. */
patron_status itemset_rows_merge(itemset_rows *rows, const itemset_row_cuts *cuts,
                                 itemset_scratch *scratch, bool *many);

/* The rows of each of `width` items from `first` on, ascending: those of item i are
 * occurrences[offsets[i]] ... occurrences[offsets[i + 1] - 1].  offsets[width + 1] are set by the
 * first call, which returns how many occurrences there are; the second sets these. */
uint64_t itemset_rows_count_from(const itemset_rows *rows, uint32_t first, uint32_t width,
                                 uint64_t *offsets);
void itemset_rows_transpose(const itemset_rows *rows, uint32_t first, uint32_t width,
                            uint64_t *offsets, uint64_t *occurrences);

/* Words of a row as a bitmap of `width` items. */
static inline uint64_t itemset_row_words(uint32_t width)
{
    return (width + UINT64_C(63)) / 64;
}

/* Whether the rows hold at least one in eight of the items, so that bitmaps of rows are read sooner
 * than the rows. */
bool itemset_rows_are_dense(const itemset_rows *rows, uint32_t width);

/* Each row as a bitmap of items, one after the other, to zeroed bits[count][words]. */
void itemset_rows_spread(const itemset_rows *rows, uint64_t words, uint64_t *bits);

/* held[] gets a bit a row: whether it holds the item. */
void itemset_rows_hold(const uint64_t *bits, uint64_t count, uint64_t words, uint32_t item,
                       uint64_t *held);

/* Sorts ascending. */
void itemset_sort_items(uint32_t *items, uint64_t count);

#endif
