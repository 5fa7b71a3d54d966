/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as words, as they travel between ranks: the length, the weight in two, the items. */
#ifndef PATRON_ITEMSET_WIRE_H
#define PATRON_ITEMSET_WIRE_H

#include "itemset/rows.h"

enum { ITEMSET_WIRE_HEAD = 3 }; /* words of a row beside its items */

/* Writes the first `length` items of a row; returns where the next row goes. */
uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out);

/* Rows that come piece by piece, on the heap. */
typedef struct itemset_wire_rows {
    itemset_rows rows;
    uint64_t offset_room, weight_room, item_room;
} itemset_wire_rows;

/* No rows yet.  RESOURCE. */
patron_status itemset_wire_begin(itemset_wire_rows *to);

/* Room for so many rows and items in all, most of which will be filled; more may come.  RESOURCE.
 */
patron_status itemset_wire_expect(itemset_wire_rows *to, uint64_t count, uint64_t items);

/* Adds the rows of words[count], to rows that itemset_wire_begin began.  RESOURCE where memory is
 * short, and nothing is added. */
patron_status itemset_wire_take(itemset_wire_rows *to, const uint32_t *words, uint64_t count);

#endif
