/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as words, as they travel between ranks: four times the length, and 1 more where two words
 * with a weight other than 1 come last; the items.  Or, of a branch with few partners, 2 more, the
 * branch's item, and which of its partners, as 64 bits. */
#ifndef PATRON_ITEMSET_WIRE_H
#define PATRON_ITEMSET_WIRE_H

#include "itemset/partners.h"

/* Words of a row beside its items, at most. */
enum { ITEMSET_WIRE_MARGIN = 5 };

/* How many words a row of so many items has. */
uint64_t itemset_wire_words(uint32_t length, uint64_t weight);

/* Makes a row of items[length], below 2^30 of them, that lie at row + 1; returns where the next row
 * goes. */
uint32_t *itemset_wire_close(uint32_t *row, uint32_t length, uint64_t weight);

/* Makes a row of the branch of an item, of the partners in the mask; returns likewise. */
uint32_t *itemset_wire_put_mask(uint32_t *row, uint32_t item, uint64_t mask, uint64_t weight);

/* Writes the first `length` items of a row; returns where the next row goes. */
uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out);

/* Rows that come piece by piece, on the heap. */
typedef struct itemset_wire_rows {
    itemset_rows rows;
    uint64_t offset_room, weight_room, item_room;
} itemset_wire_rows;

/* Adds the rows of words[count]; without any, there is an empty database.  RESOURCE where memory is
 * short, and nothing is added. */
patron_status itemset_wire_take(itemset_wire_rows *to, const uint32_t *words, uint64_t count);

/* Adds a row, to rows that itemset_wire_take began.  RESOURCE. */
patron_status itemset_wire_add(itemset_wire_rows *to, const uint32_t *items, uint64_t length,
                               uint64_t weight);

/* Rows as they came. */
typedef struct itemset_wire_load {
    uint32_t *words;
    uint64_t count, room;
} itemset_wire_load;

/* Room for more words; returns where they go, or NULL where memory is short. */
uint32_t *itemset_wire_extend(itemset_wire_load *to, uint64_t more);

/* The rows, none of them empty, the items of masks told by `partners`, to arrays on the heap, by
 * their last items: those of item i, below `width`, are rows (*offsets)[i] ... (*offsets)[i + 1] -
 * 1, and all others come behind.  RESOURCE.
 */
patron_status itemset_wire_sort(const itemset_wire_load *from, uint32_t width,
                                const itemset_partners *partners, itemset_rows *rows,
                                uint64_t **offsets);

#endif
