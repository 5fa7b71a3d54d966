/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets are transposed once; a set's list is the intersection of its items', from the shortest
 * on (Eclat: Zaki 2000).  The longer of two lists is searched by doubling steps where it is much
 * longer (Bentley, Yao 1976). */
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

/* Values of few[] that are among the many, into out[], which may be few[]; returns their number. */
static uint64_t intersect(const uint64_t *few, uint64_t few_count, const uint64_t *many,
                          uint64_t many_count, uint64_t *out)
{
    enum { MUCH_LONGER = 8 };
    uint64_t found = 0, at = 0;
    bool leaps = many_count / MUCH_LONGER > few_count;
    for (uint64_t i = 0; i < few_count && at < many_count; ++i) {
        uint64_t value = few[i];
        if (leaps)
            at = find_from(many, at, many_count, value);
        while (at < many_count && many[at] < value)
            ++at;
        if (at < many_count && many[at] == value)
            out[found++] = value;
    }
    return found;
}

patron_status itemset_basket_lists_intersect(const itemset_basket_list *a,
                                             const itemset_basket_list *b,
                                             itemset_basket_list *list)
{
    const itemset_basket_list *few = a->count <= b->count ? a : b;
    const itemset_basket_list *many = a->count <= b->count ? b : a;
    uint64_t *array = patron_grow(list->array, few->count, &list->room, sizeof *array);
    if (array == NULL)
        return PATRON_RESOURCE;
    list->array = array;
    list->baskets = array;
    list->count = intersect(few->baskets, few->count, many->baskets, many->count, array);
    return PATRON_OK;
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
