/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of memory for depth-first work: what a branch takes is given back at once when the branch
 * is done, and blocks are used again.  One thread each; nothing here is collective. */
#ifndef PATRON_ITEMSET_SCRATCH_H
#define PATRON_ITEMSET_SCRATCH_H

#include <stdint.h>

typedef struct itemset_scratch_block itemset_scratch_block;

/* All zero at first. */
typedef struct itemset_scratch {
    itemset_scratch_block *first;
    itemset_scratch_block *current;
} itemset_scratch;

typedef struct itemset_scratch_mark {
    itemset_scratch_block *block;
    uint64_t used;
} itemset_scratch_mark;

/* `count` elements of `size` bytes, aligned to 64 bytes, not zeroed, valid until a mark from before
 * is released.  NULL when memory is short (recorded: return PATRON_RESOURCE). */
void *itemset_scratch_take(itemset_scratch *scratch, uint64_t count, uint64_t size);

itemset_scratch_mark itemset_scratch_mark_now(const itemset_scratch *scratch);

/* Gives back all that was taken since `mark`. */
void itemset_scratch_release(itemset_scratch *scratch, itemset_scratch_mark mark);

/* Frees all blocks. */
void itemset_scratch_free(itemset_scratch *scratch);

#endif
