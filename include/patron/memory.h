/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with a message.  Nothing here is collective. */
#ifndef PATRON_MEMORY_H
#define PATRON_MEMORY_H

#include <stdint.h>

/* `count` elements of `size` bytes, zeroed; the caller frees them with free().  A count of 0 gives
 * a valid pointer.  NULL when memory is short or the product overflows: the failure is then
 * recorded (patron_fail) and the caller returns PATRON_RESOURCE. */
void *patron_allocate(uint64_t count, uint64_t size);

enum { PATRON_ALIGNMENT = 64 };

/* The same at an address that PATRON_ALIGNMENT divides, on huge pages where that pays; *memory is
 * what free() takes. */
void *patron_allocate_aligned(uint64_t count, uint64_t size, void **memory);

/* Says of memory just allocated that it will be filled from end to end: where it is large it then
 * lies on huge pages, of which a fault costs less than the hundreds of small ones. */
void patron_expect_filled(void *memory, uint64_t bytes);

/* Resizes `old` (NULL allowed) to `count` elements of `size` bytes; what is new is not zeroed. NULL
 * as above, and `old` then stays valid. */
void *patron_reallocate(void *old, uint64_t count, uint64_t size);

/* Resizes `array` (NULL allowed) of *capacity elements to hold at least `count`, doubling it, where
 * it does not; *capacity follows.  NULL as above, and both then stay as they are. */
void *patron_grow(void *array, uint64_t count, uint64_t *capacity, uint64_t size);

/* A copy of `text`, to free(); NULL as above. */
char *patron_copy_text(const char *text);

#endif
