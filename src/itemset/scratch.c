/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of memory in linked blocks. */
#include "itemset/scratch.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

static const uint64_t LEAST_BLOCK = UINT64_C(1) << 20;

struct itemset_scratch_block {
    itemset_scratch_block *next;
    uint64_t used;
    uint64_t capacity;
    unsigned char bytes[];
};

/* malloc aligns to 16 only: the first free byte is moved up to the next multiple of 64. */
static uint64_t first_aligned(const itemset_scratch_block *block, uint64_t used)
{
    uintptr_t address = (uintptr_t)block->bytes + used;
    return used + (ALIGNMENT - address % ALIGNMENT) % ALIGNMENT;
}

static void *take_from(itemset_scratch_block *block, uint64_t bytes)
{
    uint64_t start = first_aligned(block, block->used);
    if (start > block->capacity || bytes > block->capacity - start)
        return NULL;
    block->used = start + bytes;
    return block->bytes + start;
}

/* Puts a new block after the current one. */
static itemset_scratch_block *add_block(itemset_scratch *scratch, uint64_t bytes)
{
    uint64_t capacity = bytes < LEAST_BLOCK ? LEAST_BLOCK : bytes + ALIGNMENT;
    itemset_scratch_block *block = patron_allocate(sizeof *block + capacity, 1);
    if (block == NULL)
        return NULL;
    block->capacity = capacity;
    if (scratch->current == NULL) {
        block->next = scratch->first;
        scratch->first = block;
    } else {
        block->next = scratch->current->next;
        scratch->current->next = block;
    }
    return block;
}

void *itemset_scratch_take(itemset_scratch *scratch, uint64_t count, uint64_t size)
{
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > UINT64_MAX / 2)
        bytes = UINT64_MAX / 2; /* no block is that large: the allocation records the failure */
    void *memory = scratch->current != NULL ? take_from(scratch->current, bytes) : NULL;
    if (memory != NULL)
        return memory;
    itemset_scratch_block *next =
        scratch->current != NULL ? scratch->current->next : scratch->first;
    if (next != NULL) {
        next->used = 0;
        memory = take_from(next, bytes);
    }
    if (memory == NULL) {
        next = add_block(scratch, bytes);
        memory = next != NULL ? take_from(next, bytes) : NULL;
    }
    if (memory != NULL)
        scratch->current = next;
    return memory;
}

itemset_scratch_mark itemset_scratch_mark_now(const itemset_scratch *scratch)
{
    const itemset_scratch_block *current = scratch->current;
    return (itemset_scratch_mark){scratch->current, current != NULL ? current->used : 0};
}

void itemset_scratch_release(itemset_scratch *scratch, itemset_scratch_mark mark)
{
    scratch->current = mark.block;
    if (mark.block != NULL)
        mark.block->used = mark.used;
}

void itemset_scratch_free(itemset_scratch *scratch)
{
    while (scratch->first != NULL) {
        itemset_scratch_block *next = scratch->first->next;
        free(scratch->first);
        scratch->first = next;
    }
    scratch->current = NULL;
}
