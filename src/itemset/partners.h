/* SPDX-License-Identifier: Apache-2.0 */
/* What of a row matters to a branch: of an item whose pairs are counted, the partners, which may
 * extend its branch, and where sets are judged those that the branch has passed. */
#ifndef PATRON_ITEMSET_PARTNERS_H
#define PATRON_ITEMSET_PARTNERS_H

#include "itemset/bitmap.h"
#include "itemset/pairs.h"

/* Whether another item, which `both` rows hold together with an item that `count` hold, is a
 * partner; `is_below`: it is before the item, where one that all rows hold is an extra. */
static inline bool itemset_is_partner(uint64_t both, uint64_t count, bool is_below,
                                      uint64_t min_count)
{
    return both >= min_count && !(is_below && both == count);
}

typedef struct itemset_partners {
    uint32_t width;    /* of the pairs */
    uint64_t words;    /* of a row as a bitmap */
    bool judged;       /* items behind a branch's matter too */
    uint32_t *counts;  /* by item: its partners; 0 where its branch needs no rows */
    uint64_t *bits;    /* width * words: the partners of each item */
    uint16_t **labels; /* by item: the place of each partner, in their order; NULL where a mask of
                        * ITEMSET_MASK_ITEMS bits has room for all */
    uint16_t *label_room;
    uint64_t item_bytes; /* of rows once they are cut, in the mean of all items at most */
} itemset_partners;

/* Of the top node, with the pairs of all ranks.  Not collective, and the same on every rank; free
 * it whatever is returned.  RESOURCE. */
patron_status itemset_partners_create(const itemset_node *node, const itemset_pairs *pairs,
                                      uint64_t min_count, bool judged, itemset_partners *partners);
void itemset_partners_free(itemset_partners *partners);

/* Bytes of all rows cut to what matters to each branch, at most; of branches whose rows are masks
 * or tokens. */
uint64_t itemset_partners_bytes(const itemset_node *node, const itemset_pairs *pairs,
                                uint64_t min_count, bool judged);

#endif
