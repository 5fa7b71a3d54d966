/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include "itemset/wire.h"

#include <string.h>

uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out)
{
    out[0] = (uint32_t)length;
    memcpy(out + 1, &rows->weights[row], sizeof rows->weights[row]);
    memcpy(out + ITEMSET_WIRE_HEAD, rows->items + rows->offsets[row], length * sizeof *out);
    return out + ITEMSET_WIRE_HEAD + length;
}

patron_status itemset_wire_take(itemset_growing_rows *to, const uint32_t *words, uint64_t count)
{
    itemset_rows *rows = &to->rows;
    uint64_t items = rows->offsets[rows->count];
    uint64_t more = 0;
    for (uint64_t at = 0; at < count; at += ITEMSET_WIRE_HEAD + words[at])
        ++more;
    patron_status status =
        itemset_growing_make_room(to, rows->count + more, items + count - ITEMSET_WIRE_HEAD * more);
    if (status != PATRON_OK)
        return status;
    for (uint64_t at = 0; at < count; at += ITEMSET_WIRE_HEAD + words[at]) {
        memcpy(&rows->weights[rows->count], words + at + 1, sizeof *rows->weights);
        memcpy(rows->items + items, words + at + ITEMSET_WIRE_HEAD, words[at] * sizeof *words);
        items += words[at];
        rows->offsets[++rows->count] = items;
    }
    return PATRON_OK;
}
