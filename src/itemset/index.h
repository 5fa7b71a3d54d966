/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a set in this rank's slice by its items. */
#ifndef PATRON_ITEMSET_INDEX_H
#define PATRON_ITEMSET_INDEX_H

#include "patron/itemset.h"

#include <stdint.h>

/* A hash table of the sets; the sets outlive it. */
typedef struct itemset_index {
    const patron_itemset_sets *sets;
    uint64_t slots;
    uint64_t *table; /* set + 1 in the low 48 bits, the hash's high 16 bits above; 0 is free */
} itemset_index;

#define ITEMSET_NOT_FOUND UINT64_MAX

patron_status itemset_index_create(itemset_index *index, const patron_itemset_sets *sets);
void itemset_index_free(itemset_index *index);

/* The set items[length], or ITEMSET_NOT_FOUND. */
uint64_t itemset_index_find(const itemset_index *index, const uint32_t *items, uint64_t length);

#endif
