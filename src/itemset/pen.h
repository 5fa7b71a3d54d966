/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer of what one thread writes, on its way to whoever takes it. */
#ifndef PATRON_ITEMSET_PEN_H
#define PATRON_ITEMSET_PEN_H

#include "itemset/outlet.h"

#include <stdint.h>

enum { ITEMSET_PEN_BYTES = 1 << 18, ITEMSET_PEN_SLACK = 64 };

typedef struct itemset_pen {
    itemset_outlet *outlet; /* takes what is written, as text of `turn`; NULL: `sink` does */
    uint64_t turn;
    const patron_itemset_sink *sink;
    char *buffer; /* ITEMSET_PEN_SLACK bytes beyond its room may be written to */
    uint64_t used;
    uint64_t room;
} itemset_pen;

/* RESOURCE; free it whatever is returned. */
patron_status itemset_pen_create(itemset_pen *pen);
void itemset_pen_free(itemset_pen *pen);

/* Hands over what is in the buffer.  Errors of whoever takes it. */
patron_status itemset_pen_hand_over(itemset_pen *pen);

/* Hands over, and makes room for `bytes`.  RESOURCE too. */
patron_status itemset_pen_make_room(itemset_pen *pen, uint64_t bytes);

/* Ends the turn, of which all has been handed over. */
patron_status itemset_pen_end(itemset_pen *pen);

#endif
