/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include "itemset/wire.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <string.h>

uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out)
{
    out[0] = (uint32_t)length;
    memcpy(out + 1, &rows->weights[row], sizeof rows->weights[row]);
    memcpy(out + ITEMSET_WIRE_HEAD, rows->items + rows->offsets[row], length * sizeof *out);
    return out + ITEMSET_WIRE_HEAD + length;
}

static patron_status make_room(itemset_wire_rows *to, uint64_t count, uint64_t items)
{
    itemset_rows *rows = &to->rows;
    uint64_t *offsets = patron_grow(rows->offsets, count + 1, &to->offset_room, sizeof *offsets);
    rows->offsets = offsets == NULL ? rows->offsets : offsets;
    uint64_t *weights = patron_grow(rows->weights, count, &to->weight_room, sizeof *weights);
    rows->weights = weights == NULL ? rows->weights : weights;
    uint32_t *array = patron_grow(rows->items, items, &to->item_room, sizeof *array);
    rows->items = array == NULL ? rows->items : array;
    bool short_of_memory = offsets == NULL || weights == NULL || array == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

patron_status itemset_wire_begin(itemset_wire_rows *to)
{
    *to = (itemset_wire_rows){0};
    patron_status status = make_room(to, 0, 0);
    if (status == PATRON_OK)
        to->rows.offsets[0] = 0;
    return status;
}

patron_status itemset_wire_expect(itemset_wire_rows *to, uint64_t count, uint64_t items)
{
    if (make_room(to, count, items) != PATRON_OK)
        return PATRON_RESOURCE;
    patron_expect_filled(to->rows.offsets, to->offset_room * sizeof *to->rows.offsets);
    patron_expect_filled(to->rows.weights, to->weight_room * sizeof *to->rows.weights);
    patron_expect_filled(to->rows.items, to->item_room * sizeof *to->rows.items);
    return PATRON_OK;
}

patron_status itemset_wire_take(itemset_wire_rows *to, const uint32_t *words, uint64_t count)
{
    itemset_rows *rows = &to->rows;
    uint64_t items = rows->offsets[rows->count];
    uint64_t more = 0;
    for (uint64_t at = 0; at < count; at += ITEMSET_WIRE_HEAD + words[at])
        ++more;
    patron_status status =
        make_room(to, rows->count + more, items + count - ITEMSET_WIRE_HEAD * more);
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
