/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by doubling. */
#include "patron/memory.h"

#include <stddef.h>

void *patron_grow(void *array, uint64_t count, uint64_t *capacity, uint64_t size)
{
    enum { LEAST_CAPACITY = 1024 };
    if (array != NULL && count <= *capacity)
        return array;
    uint64_t larger = *capacity > 0 ? *capacity : LEAST_CAPACITY;
    while (larger < count && larger <= UINT64_MAX / 2)
        larger *= 2;
    void *grown = patron_reallocate(array, larger, size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}
