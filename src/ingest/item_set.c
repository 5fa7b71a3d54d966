/* SPDX-License-Identifier: Apache-2.0 */
/* A mark an item, which holds for one group. */
#include "ingest/item_set.h"

#include "patron/memory.h"

#include <stdlib.h>

patron_status patron_item_set_create(uint64_t items, patron_item_set *set)
{
    *set = (patron_item_set){.group = 1};
    set->seen = patron_allocate(items, sizeof *set->seen);
    return set->seen == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void patron_item_set_clear(patron_item_set *set)
{
    ++set->group;
    set->count = 0;
}

patron_status patron_item_set_add(patron_item_set *set, uint32_t item)
{
    if (set->seen[item] == set->group)
        return PATRON_OK;
    uint32_t *items = patron_grow(set->items, set->count + 1, &set->room, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    set->items = items;
    set->seen[item] = set->group;
    items[set->count++] = item;
    return PATRON_OK;
}

void patron_item_set_free(patron_item_set *set)
{
    free(set->seen);
    free(set->items);
    *set = (patron_item_set){0};
}
