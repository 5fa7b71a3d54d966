/* SPDX-License-Identifier: Apache-2.0 */
/* Counting and picking baskets in bitmaps: one kernel an instruction set, chosen when the program
 * runs. */
#ifndef PATRON_ITEMSET_POPCOUNT_H
#define PATRON_ITEMSET_POPCOUNT_H

#include <stdint.h>

enum { ITEMSET_MOST_PLANES = 64 };

/* Rows that are held, once a plane: plane p has those with bit p in their weight.  Planes lie one
 * after the other; rows are sorted so that plane p needs only its first words[p] words. */
typedef struct itemset_planes {
    uint32_t count;
    uint64_t words[ITEMSET_MOST_PLANES];
} itemset_planes;

/* counts[i] = sum of the weights of the held rows that are set in column candidates[i]; a column
 * has `stride` words. */
typedef void (*itemset_count_kernel)(const itemset_planes *planes, const uint64_t *held,
                                     const uint64_t *columns, uint64_t stride,
                                     const uint32_t *candidates, uint32_t count, uint64_t *counts);

enum { ITEMSET_MOST_KERNELS = 3 };

/* The kernels that this processor can run, the fastest first; returns how many.  All give the same.
 */
int itemset_count_kernels(itemset_count_kernel kernels[ITEMSET_MOST_KERNELS]);

/* Bits set in words[count]. */
uint64_t itemset_count_bits(const uint64_t *words, uint64_t count);

/* The bits of words[count] that are held, close together; out[] has room for all of them. */
void itemset_compress_bits(const uint64_t *words, const uint64_t *held, uint64_t count,
                           uint64_t *out);

/* Row r has the bits words[r * stride] ... words[(r + 1) * stride - 1], weights[r] times. */
typedef struct itemset_bit_rows {
    const uint64_t *words;
    uint64_t stride;
    const uint64_t *weights;
} itemset_bit_rows;

/* Of each held row (bit r of held[held_words]) those bits that are set in wanted[stride], at most
 * 64 in all, close together; a row of fewer than two is left out.  Returns how many are not;
 * masks[] and weights[] have room for all that are held. */
typedef uint64_t (*itemset_pick_kernel)(const itemset_bit_rows *rows, const uint64_t *held,
                                        uint64_t held_words, const uint64_t *wanted,
                                        uint64_t *masks, uint64_t *weights);

enum { ITEMSET_MOST_PICK_KERNELS = 2 };

/* As itemset_count_kernels. */
int itemset_pick_kernels(itemset_pick_kernel kernels[ITEMSET_MOST_PICK_KERNELS]);

#endif
