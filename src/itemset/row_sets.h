/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows hold an item of a set, as one bit a row. */
#ifndef PATRON_ITEMSET_ROW_SETS_H
#define PATRON_ITEMSET_ROW_SETS_H

#include "itemset/rows.h"

typedef struct itemset_row_sets {
    uint32_t *set_of; /* by item, which is in one set */
    uint64_t words;   /* of a bitmap */
    uint64_t *bits;   /* one bitmap a set */
} itemset_row_sets;

/* Takes over set_of[width], on the heap, of values below `count`; items of rows from `width` on are
 * in no set.  Free it whatever is returned; RESOURCE where memory is short. */
patron_status itemset_row_sets_create(itemset_row_sets *sets, const itemset_rows *rows,
                                      uint32_t *set_of, uint32_t width, uint64_t count,
                                      int threads);
void itemset_row_sets_free(itemset_row_sets *sets);

/* The rows of the set that the item is in. */
static inline const uint64_t *itemset_row_sets_of(const itemset_row_sets *sets, uint32_t item)
{
    return sets->bits + sets->set_of[item] * sets->words;
}

#endif
