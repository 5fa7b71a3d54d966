/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a range of baskets, whatever parts it lies in. */
#include "data/dataset.h"
#include "data/slab.h"

#include "patron/memory.h"
#include "runtime/clones.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

patron_range patron_range_cut(uint64_t total, uint64_t index, uint64_t parts)
{
    uint64_t each = total / parts, rest = total % parts;
    uint64_t longer = index < rest ? index : rest;
    return (patron_range){.first = index * each + longer, .count = each + (index < rest ? 1 : 0)};
}

uint64_t patron_range_owner(uint64_t total, uint64_t row, uint64_t parts)
{
    uint64_t each = total / parts, longer = total % parts;
    uint64_t in_longer = longer * (each + 1);
    return row < in_longer ? row / (each + 1) : longer + (row - in_longer) / each;
}

typedef struct basket_target {
    uint32_t item_count;
    uint64_t *offsets; /* filled up to the range's entry `done`, from 0 */
    uint32_t *items;
} basket_target;

static patron_status check_offsets(const patron_slab *piece, const uint64_t *offsets,
                                   uint64_t available)
{
    for (uint64_t b = 0; b < piece->count; ++b)
        if (offsets[b + 1] < offsets[b] || offsets[b + 1] > available)
            return patron_fail(PATRON_DATA,
                               "%s: /baskets/offsets: basket %" PRIu64 " runs from %" PRIu64
                               " to %" PRIu64 " of %" PRIu64 " items",
                               piece->file_name, piece->global + b, offsets[b], offsets[b + 1],
                               available);
    return PATRON_OK;
}

/* Whether items are in the dictionary, and ascend in each basket: in a pass over all, where an item
 * may only fall where a basket starts. */
PATRON_VECTOR_CLONES static bool items_hold(const uint64_t *offsets, uint64_t baskets,
                                            const uint32_t *items, uint32_t item_count)
{
    uint64_t entries = offsets[baskets] - offsets[0], falls = 0;
    uint32_t most = 0;
    for (uint64_t i = 0; i < entries; ++i)
        most = items[i] > most ? items[i] : most;
    for (uint64_t i = 1; i < entries; ++i)
        falls += items[i] <= items[i - 1] ? 1 : 0;
    for (uint64_t b = 0; b < baskets; ++b) {
        uint64_t start = offsets[b] - offsets[0];
        if (start > 0 && offsets[b + 1] > offsets[b])
            falls -= items[start] <= items[start - 1] ? 1 : 0;
    }
    return falls == 0 && (entries == 0 || most < item_count);
}

static patron_status check_items(const patron_slab *piece, const uint64_t *offsets,
                                 const uint32_t *items, uint32_t item_count)
{
    if (items_hold(offsets, piece->count, items, item_count))
        return PATRON_OK;
    for (uint64_t b = 0; b < piece->count; ++b)
        for (uint64_t i = offsets[b]; i < offsets[b + 1]; ++i) {
            if (items[i - offsets[0]] >= item_count)
                return patron_fail(PATRON_DATA,
                                   "%s: /baskets/items: basket %" PRIu64 " holds item %" PRIu32
                                   ", the dictionary has %" PRIu32,
                                   piece->file_name, piece->global + b, items[i - offsets[0]],
                                   item_count);
            if (i > offsets[b] && items[i - offsets[0]] <= items[i - 1 - offsets[0]])
                return patron_fail(PATRON_DATA,
                                   "%s: /baskets/items: basket %" PRIu64
                                   ": items are not ascending and unique",
                                   piece->file_name, piece->global + b);
        }
    return PATRON_OK;
}

static patron_status grow_items(basket_target *target, uint64_t used, uint64_t more)
{
    uint32_t *items = patron_reallocate(target->items, used + more, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    target->items = items;
    patron_expect_filled(items + used, more * sizeof *items);
    return PATRON_OK;
}

static patron_status read_basket_slab(const patron_slab *piece, void *argument)
{
    basket_target *target = argument;
    uint64_t *offsets = target->offsets + piece->done;
    uint64_t used = *offsets;
    patron_h5_array offset_array, item_array = {.dataset = H5I_INVALID_HID};
    patron_status status = patron_h5_array_open(piece->file, piece->file_name, "/baskets/offsets",
                                                1, PATRON_H5_INTEGER, &offset_array);
    if (status == PATRON_OK)
        status = patron_h5_array_open(piece->file, piece->file_name, "/baskets/items", 1,
                                      PATRON_H5_INTEGER, &item_array);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offset_array, piece->first, piece->count + 1, offsets);
    if (status == PATRON_OK)
        status = check_offsets(piece, offsets, item_array.shape[0]);
    uint64_t first = offsets[0];
    uint64_t count = status == PATRON_OK ? offsets[piece->count] - first : 0;
    if (status == PATRON_OK)
        status = grow_items(target, used, count);
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&item_array, first, count, target->items + used);
    if (status == PATRON_OK)
        status = check_items(piece, offsets, target->items + used, target->item_count);
    for (uint64_t b = 0; status == PATRON_OK && b <= piece->count; ++b)
        offsets[b] = offsets[b] - first + used;
    patron_h5_array_close(&item_array);
    patron_h5_array_close(&offset_array);
    return status;
}

patron_status patron_dataset_read_baskets(const patron_dataset *dataset, patron_range range,
                                          uint64_t **offsets, uint32_t **items)
{
    basket_target target = {.item_count = (uint32_t)dataset->item_names.count};
    target.offsets = patron_allocate(range.count + 1, sizeof *target.offsets);
    target.items = patron_allocate(1, sizeof *target.items);
    patron_status status = PATRON_OK;
    if (target.offsets == NULL || target.items == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_slab_each(dataset, dataset->first_basket, range, read_basket_slab, &target);
    if (status != PATRON_OK) {
        free(target.offsets);
        free(target.items);
        target = (basket_target){0};
    }
    *offsets = target.offsets;
    *items = target.items;
    return status;
}
