/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as words, as they travel between ranks: the length, the weight in two, the items. */
#ifndef PATRON_ITEMSET_WIRE_H
#define PATRON_ITEMSET_WIRE_H

#include "itemset/growing_rows.h"

enum { ITEMSET_WIRE_HEAD = 3 }; /* words of a row beside its items */

/* Writes the first `length` items of a row; returns where the next row goes. */
uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out);

/* Adds the rows of words[count], to rows that were begun.  RESOURCE where memory is short, and
 * nothing is added. */
patron_status itemset_wire_take(itemset_growing_rows *to, const uint32_t *words, uint64_t count);

#endif
