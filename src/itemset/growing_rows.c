/* SPDX-License-Identifier: Apache-2.0 */
/* See growing_rows.h. */
#include "itemset/growing_rows.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stddef.h>

patron_status itemset_growing_make_room(itemset_growing_rows *to, uint64_t count, uint64_t items)
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

patron_status itemset_growing_begin(itemset_growing_rows *to)
{
    *to = (itemset_growing_rows){0};
    patron_status status = itemset_growing_make_room(to, 0, 0);
    if (status == PATRON_OK)
        to->rows.offsets[0] = 0;
    return status;
}

patron_status itemset_growing_expect(itemset_growing_rows *to, uint64_t count, uint64_t items)
{
    if (itemset_growing_make_room(to, count, items) != PATRON_OK)
        return PATRON_RESOURCE;
    patron_expect_filled(to->rows.offsets, to->offset_room * sizeof *to->rows.offsets);
    patron_expect_filled(to->rows.weights, to->weight_room * sizeof *to->rows.weights);
    patron_expect_filled(to->rows.items, to->item_room * sizeof *to->rows.items);
    return PATRON_OK;
}
