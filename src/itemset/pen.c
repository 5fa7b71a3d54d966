/* SPDX-License-Identifier: Apache-2.0 */
#include "itemset/pen.h"

#include "patron/memory.h"

#include <stdlib.h>

patron_status itemset_pen_create(itemset_pen *pen)
{
    *pen = (itemset_pen){.room = ITEMSET_PEN_BYTES};
    pen->buffer = patron_allocate(pen->room + ITEMSET_PEN_SLACK, 1);
    return pen->buffer == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_pen_free(itemset_pen *pen)
{
    free(pen->buffer);
    *pen = (itemset_pen){0};
}

patron_status itemset_pen_hand_over(itemset_pen *pen)
{
    uint64_t used = pen->used;
    pen->used = 0;
    if (used == 0)
        return PATRON_OK;
    return pen->outlet != NULL ? itemset_outlet_put(pen->outlet, pen->turn, pen->buffer, used)
                               : pen->sink->take(pen->sink->context, pen->buffer, used);
}

patron_status itemset_pen_make_room(itemset_pen *pen, uint64_t bytes)
{
    patron_status status = itemset_pen_hand_over(pen);
    if (status != PATRON_OK || bytes <= pen->room)
        return status;
    char *grown = patron_reallocate(pen->buffer, bytes + ITEMSET_PEN_SLACK, 1);
    if (grown == NULL)
        return PATRON_RESOURCE;
    pen->buffer = grown;
    pen->room = bytes;
    return PATRON_OK;
}

patron_status itemset_pen_end(itemset_pen *pen)
{
    return itemset_outlet_end(pen->outlet, pen->turn);
}
