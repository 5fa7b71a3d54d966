/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with open addressing; 16 bits of the hash lie in each entry, so that other sets are
 * seldom compared. */
#include "itemset/index.h"

#include "itemset/hash.h"
#include "itemset/slices.h"
#include "patron/memory.h"

#include <stdlib.h>

enum { TAG_SHIFT = 48 };

static const uint64_t PLACE_MASK = (UINT64_C(1) << TAG_SHIFT) - 1;

patron_status itemset_index_create(itemset_index *index, const patron_itemset_sets *sets)
{
    *index = (itemset_index){.sets = sets, .slots = itemset_hash_slots(sets->count)};
    index->table = patron_allocate(index->slots, sizeof *index->table);
    if (index->table == NULL)
        return PATRON_RESOURCE;
    for (uint64_t set = 0; set < sets->count; ++set) {
        uint64_t offset = sets->offsets[set];
        uint64_t hash = itemset_hash_items(sets->items + offset, sets->offsets[set + 1] - offset);
        uint64_t slot = hash & (index->slots - 1);
        while (index->table[slot] != 0)
            slot = (slot + 1) & (index->slots - 1);
        index->table[slot] = (hash & ~PLACE_MASK) | (set + 1);
    }
    return PATRON_OK;
}

void itemset_index_free(itemset_index *index)
{
    free(index->table);
    *index = (itemset_index){0};
}

uint64_t itemset_index_find(const itemset_index *index, const uint32_t *items, uint64_t length)
{
    uint64_t hash = itemset_hash_items(items, length);
    uint64_t slot = hash & (index->slots - 1);
    for (; index->table[slot] != 0; slot = (slot + 1) & (index->slots - 1)) {
        uint64_t entry = index->table[slot];
        if (((entry ^ hash) & ~PLACE_MASK) != 0)
            continue;
        uint64_t set = (entry & PLACE_MASK) - 1;
        uint64_t offset = index->sets->offsets[set];
        if (itemset_compare(index->sets->items + offset, index->sets->offsets[set + 1] - offset,
                            items, length) == 0)
            return set;
    }
    return ITEMSET_NOT_FOUND;
}
