/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the top node cut to what matters to each branch, ready to be bundled into sheaves. */
#ifndef PATRON_ITEMSET_CUTTING_H
#define PATRON_ITEMSET_CUTTING_H

#include "itemset/partners.h"
#include "itemset/sheaves.h"

/* What one thread cuts. */
typedef struct itemset_cutting {
    const itemset_partners *partners;
    itemset_pick_kernel pick;
    bool weighted;
    itemset_branch_rows *rows; /* by branch: of the rows that were cut last */
    uint64_t *words;           /* that these point into, and how many are used */
    uint64_t word_count, word_room;
    uint64_t *bits; /* of each row, which items it holds */
    uint64_t bit_room;
    uint64_t *held; /* of each item, which rows hold it, */
    uint64_t held_room;
    uint64_t *counts;  /* and how many */
    uint64_t *weights; /* of the rows of the branch in hand */
    uint64_t weight_room;
} itemset_cutting;

/* For the partners, which outlive it; `weighted`: rows have weights.  Free it whatever is
 * returned.  RESOURCE. */
patron_status itemset_cutting_create(const itemset_partners *partners, bool weighted,
                                     itemset_cutting *cutting);
void itemset_cutting_free(itemset_cutting *cutting);

/* Cuts rows [first, end); what was cut before is gone.  RESOURCE. */
patron_status itemset_cut(itemset_cutting *cutting, const itemset_rows *rows, uint64_t first,
                          uint64_t end);

/* One sheaf of what was cut for branches[count]: its words, then itself; returns its end. */
uint64_t itemset_cutting_words(const itemset_cutting *cutting, const uint32_t *branches,
                               uint64_t count);
uint64_t *itemset_cutting_bundle(const itemset_cutting *cutting, const uint32_t *branches,
                                 uint64_t count, uint64_t *sheaf);

#endif
