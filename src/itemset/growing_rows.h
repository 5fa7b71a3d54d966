/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that grow piece by piece: this rank's own, then those that come from others. */
#ifndef PATRON_ITEMSET_GROWING_ROWS_H
#define PATRON_ITEMSET_GROWING_ROWS_H

#include "itemset/rows.h"

/* On the heap. */
typedef struct itemset_growing_rows {
    itemset_rows rows;
    uint64_t offset_room, weight_room, item_room;
} itemset_growing_rows;

/* No rows yet.  RESOURCE. */
patron_status itemset_growing_begin(itemset_growing_rows *to);

/* Room for so many rows and items in all.  RESOURCE. */
patron_status itemset_growing_make_room(itemset_growing_rows *to, uint64_t count, uint64_t items);

/* The same, and most of it will be filled.  RESOURCE. */
patron_status itemset_growing_expect(itemset_growing_rows *to, uint64_t count, uint64_t items);

#endif
