/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets are transposed once; a set's list is the intersection of its items', from the shortest
 * on (Eclat: Zaki 2000).  The longer of two lists is searched by doubling steps where it is much
 * longer (Bentley, Yao 1976); what is held against many lists is a bitmap. */
#include "itemset/holders.h"

#include "itemset/rows.h"
#include "patron/memory.h"

#include <stdlib.h>

patron_status itemset_holders_create(const patron_itemset_groups *groups, itemset_holders *holders)
{
    const itemset_rows rows = {
        .count = groups->first[groups->count], .offsets = groups->offsets, .items = groups->items};
    *holders = (itemset_holders){.groups = groups};
    holders->offsets = patron_allocate((uint64_t)groups->item_count + 1, sizeof(uint64_t));
    holders->baskets = patron_allocate(rows.offsets[rows.count], sizeof(uint64_t));
    if (holders->offsets == NULL || holders->baskets == NULL)
        return PATRON_RESOURCE;
    itemset_rows_count_from(&rows, 0, groups->item_count, holders->offsets);
    itemset_rows_transpose(&rows, 0, groups->item_count, holders->offsets, holders->baskets);
    return PATRON_OK;
}

void itemset_holders_free(itemset_holders *holders)
{
    free(holders->offsets);
    free(holders->baskets);
    *holders = (itemset_holders){0};
}

/* The first of values[from ... count - 1] that is not below `least`, or count. */
static uint64_t find_from(const uint64_t *values, uint64_t from, uint64_t count, uint64_t least)
{
    uint64_t low = from, step = 1;
    while (low + step < count && values[low + step] < least) {
        low += step;
        step *= 2;
    }
    uint64_t high = low + step < count ? low + step : count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (values[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_much_longer(uint64_t many, uint64_t few)
{
    return many / 64 > few; /* a miss of the branch predictor costs many steps */
}

/* Values of few[] that are among the many, into out[], which may be few[]; returns their number. */
static uint64_t intersect(const uint64_t *few, uint64_t few_count, const uint64_t *many,
                          uint64_t many_count, uint64_t *out)
{
    uint64_t found = 0, i = 0, at = 0;
    if (is_much_longer(many_count, few_count)) {
        for (; i < few_count; ++i) {
            at = find_from(many, at, many_count, few[i]);
            if (at < many_count && many[at] == few[i])
                out[found++] = few[i];
        }
        return found;
    }
    while (i < few_count && at < many_count) { /* without branches that hang on values */
        uint64_t value = few[i], other = many[at];
        out[found] = value;
        found += value == other;
        i += value <= other;
        at += other <= value;
    }
    return found;
}

static itemset_basket_list list_of_item(const itemset_holders *holders, uint32_t item)
{
    const uint64_t *offsets = holders->offsets + item;
    return (itemset_basket_list){.baskets = holders->baskets + offsets[0],
                                 .count = offsets[1] - offsets[0]};
}

patron_status itemset_holders_find(const itemset_holders *holders, const uint32_t *items,
                                   uint64_t length, itemset_basket_list *list)
{
    uint64_t shortest = 0;
    for (uint64_t i = 1; i < length; ++i)
        if (list_of_item(holders, items[i]).count < list_of_item(holders, items[shortest]).count)
            shortest = i;
    const itemset_basket_list start = list_of_item(holders, items[shortest]);
    list->baskets = start.baskets;
    list->count = start.count;
    if (length == 1)
        return PATRON_OK;
    uint64_t *array = patron_grow(list->array, start.count, &list->room, sizeof *array);
    if (array == NULL)
        return PATRON_RESOURCE;
    list->array = array;
    for (uint64_t i = 0; i < length; ++i) {
        if (i == shortest)
            continue;
        const itemset_basket_list other = list_of_item(holders, items[i]);
        list->count = intersect(list->baskets, list->count, other.baskets, other.count, array);
        list->baskets = array;
    }
    return PATRON_OK;
}

void itemset_basket_list_count(const itemset_basket_list *list, const patron_itemset_groups *groups,
                               uint64_t stride, uint64_t *counts)
{
    uint64_t from = 0;
    for (uint32_t g = 0; g < groups->count; ++g) {
        uint64_t end = find_from(list->baskets, from, list->count, groups->first[g + 1]);
        counts[g * stride] += end - from;
        from = end;
    }
}

/* ---- marks ---- */

patron_status itemset_basket_marks_create(const patron_itemset_groups *groups,
                                          itemset_basket_marks *marks)
{
    uint64_t words = groups->first[groups->count] / 64 + 1;
    *marks = (itemset_basket_marks){.bits = patron_allocate(words, sizeof *marks->bits)};
    return marks->bits == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_basket_marks_free(itemset_basket_marks *marks)
{
    free(marks->bits);
    free(marks->common.array);
    *marks = (itemset_basket_marks){0};
}

static void flip(itemset_basket_marks *marks)
{
    for (uint64_t i = 0; marks->list != NULL && i < marks->list->count; ++i)
        marks->bits[marks->list->baskets[i] / 64] ^= UINT64_C(1) << marks->list->baskets[i] % 64;
}

void itemset_basket_marks_set(itemset_basket_marks *marks, const itemset_basket_list *list)
{
    flip(marks);
    marks->list = list;
    flip(marks);
}

patron_status itemset_basket_marks_count(itemset_basket_marks *marks,
                                         const itemset_basket_list *list,
                                         const patron_itemset_groups *groups, uint64_t stride,
                                         uint64_t *counts)
{
    const itemset_basket_list *marked = marks->list;
    if (is_much_longer(list->count, marked->count)) {
        itemset_basket_list *common = &marks->common;
        uint64_t *array = patron_grow(common->array, marked->count, &common->room, sizeof *array);
        if (array == NULL)
            return PATRON_RESOURCE;
        common->array = array;
        common->baskets = array;
        common->count =
            intersect(marked->baskets, marked->count, list->baskets, list->count, array);
        itemset_basket_list_count(common, groups, stride, counts);
        return PATRON_OK;
    }
    uint64_t i = 0;
    for (uint32_t g = 0; g < groups->count; ++g) {
        uint64_t end = find_from(list->baskets, i, list->count, groups->first[g + 1]);
        uint64_t found = 0;
        for (; i < end; ++i)
            found += marks->bits[list->baskets[i] / 64] >> list->baskets[i] % 64 & 1;
        counts[g * stride] += found;
    }
    return PATRON_OK;
}
