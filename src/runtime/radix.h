/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting by 64-bit words.  Nothing here is collective. */
#ifndef PATRON_RUNTIME_RADIX_H
#define PATRON_RUNTIME_RADIX_H

#include <stdint.h>

typedef struct patron_radix_entry {
    uint64_t word;
    uint64_t place; /* the caller's: where what is sorted lies */
} patron_radix_entry;

/* Sorts entries[count] by their words, ascending; equal ones keep their order.  `spare` has as much
 * room. */
void patron_radix_sort(patron_radix_entry *entries, uint64_t count, patron_radix_entry *spare);

#endif
