/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that checks the product of count and size and records a failure. */
#include "patron/memory.h"

#include "patron/status.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t HUGE_PAGE = UINT64_C(1) << 21;

static void fail_memory(uint64_t count, uint64_t size)
{
    patron_fail(PATRON_RESOURCE,
                "out of memory: %" PRIu64 " elements of %" PRIu64 " bytes could not be allocated",
                count, size);
}

void *patron_allocate(uint64_t count, uint64_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    void *memory = calloc(count, size);
    if (memory == NULL)
        fail_memory(count, size);
    return memory;
}

void patron_expect_filled(void *memory, uint64_t bytes)
{
    uint64_t skipped = (HUGE_PAGE - (uintptr_t)memory % HUGE_PAGE) % HUGE_PAGE;
    if (memory == NULL || bytes < skipped + HUGE_PAGE)
        return;
#ifdef MADV_HUGEPAGE
    (void)madvise((char *)memory + skipped, (bytes - skipped) / HUGE_PAGE * HUGE_PAGE,
                  MADV_HUGEPAGE);
#endif
}

void *patron_allocate_aligned(uint64_t count, uint64_t size, void **memory)
{
    uint64_t bytes = 0;
    bool is_huge = !__builtin_mul_overflow(count, size, &bytes) && bytes >= 4 * HUGE_PAGE;
    uint64_t alignment = is_huge ? HUGE_PAGE : PATRON_ALIGNMENT;
    uint64_t extra = size > 0 ? alignment / size + 1 : 0;
    *memory = count > UINT64_MAX - extra ? NULL : patron_allocate(count + extra, size);
    if (*memory == NULL)
        return NULL;
    uintptr_t address = (uintptr_t)*memory;
    void *aligned = (char *)*memory + (alignment - address % alignment) % alignment;
    if (is_huge)
        patron_expect_filled(aligned, bytes);
    return aligned;
}

void *patron_reallocate(void *old, uint64_t count, uint64_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    uint64_t bytes = 0;
    void *memory = __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(old, bytes);
    if (memory == NULL)
        fail_memory(count, size);
    return memory;
}

char *patron_copy_text(const char *text)
{
    uint64_t bytes = strlen(text) + 1;
    char *copy = patron_allocate(bytes, 1);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}
