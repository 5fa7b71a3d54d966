/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by doubling. */
#ifndef PATRON_ITEMSET_GROW_H
#define PATRON_ITEMSET_GROW_H

#include "patron/memory.h"

#include <stddef.h>
#include <stdint.h>

enum { ITEMSET_LEAST_CAPACITY = 1024 };

/* Grows `array` of *capacity elements of `size` bytes to hold `count` or more; NULL as
 * patron_reallocate, and *capacity then stays. */
static inline void *itemset_grow(void *array, uint64_t count, uint64_t *capacity, uint64_t size)
{
    if (count <= *capacity)
        return array;
    uint64_t larger = *capacity > 0 ? *capacity : ITEMSET_LEAST_CAPACITY;
    while (larger < count)
        larger *= 2;
    void *grown = patron_reallocate(array, larger, size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}

#endif
