/* SPDX-License-Identifier: Apache-2.0 */
/* Which items extend which, as the counts of pairs tell: what of a row a branch needs. */
#ifndef PATRON_ITEMSET_PARTNERS_H
#define PATRON_ITEMSET_PARTNERS_H

#include "itemset/pairs.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_partners {
    uint32_t width;    /* of the items whose pairs are counted; 0: nothing is known */
    uint64_t words;    /* of a row as a bitmap of these */
    bool whole;        /* items behind a branch's own are partners too */
    uint64_t *bits;    /* [width][words] */
    uint64_t *offsets; /* those of item i are items[offsets[i]] ..., ascending */
    uint32_t *items;
    itemset_pick_kernel pick;
} itemset_partners;

/* Whether the rows of all branches, each with what it needs, are less to send than all rows to each
 * of `ranks` ranks.  `whole`: items behind a branch's own are partners too.  The same on every
 * rank. */
bool itemset_partners_are_few(const itemset_node *node, const itemset_pairs *pairs,
                              uint64_t min_count, bool whole, uint64_t ranks);

/* Free it whatever is returned.  RESOURCE. */
patron_status itemset_partners_create(const itemset_pairs *pairs, uint64_t min_count, bool whole,
                                      itemset_partners *partners);
void itemset_partners_free(itemset_partners *partners);

/* How many partners an item has. */
static inline uint64_t itemset_partners_count(const itemset_partners *partners, uint32_t item)
{
    return partners->offsets[item + 1] - partners->offsets[item];
}

/* Of an item with at most 64 partners: those that row[words] has, bit j for the j-th of them; 0
 * where they are fewer than two. */
static inline uint64_t itemset_partners_mask(const itemset_partners *partners, uint32_t item,
                                             const uint64_t *row)
{
    const uint64_t weight = 1, held = 1;
    const itemset_bit_rows rows = {row, partners->words, &weight};
    uint64_t mask = 0, weights = 0;
    uint64_t count =
        partners->pick(&rows, &held, 1, partners->bits + item * partners->words, &mask, &weights);
    return count > 0 ? mask : 0;
}

/* The item's partners among those of row[words], ascending, to out[], which has room for the row;
 * returns how many. */
static inline uint32_t itemset_partners_held(const itemset_partners *partners, uint32_t item,
                                             const uint64_t *row, uint32_t *out)
{
    const uint64_t *bits = partners->bits + item * partners->words;
    uint64_t words = partners->whole ? partners->words : item / 64 + UINT64_C(1);
    uint32_t count = 0;
    for (uint64_t w = 0; w < words; ++w)
        for (uint64_t left = row[w] & bits[w]; left != 0; left &= left - 1)
            out[count++] = (uint32_t)(64 * w) + (uint32_t)__builtin_ctzll(left);
    return count;
}

#endif
