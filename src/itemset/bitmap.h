/* SPDX-License-Identifier: Apache-2.0 */
/* The lower part of the search: few rows, or at most 64 items, as one bitmap of rows an item. */
#ifndef PATRON_ITEMSET_BITMAP_H
#define PATRON_ITEMSET_BITMAP_H

#include "itemset/miner.h"

enum { ITEMSET_MASK_ITEMS = 64 };

/* Rows as masks of at most 64 items, each with a weight. */
typedef struct itemset_masks {
    uint64_t count;
    uint64_t *masks;
    uint64_t *weights;
} itemset_masks;

/* The frequent items beside a branch: those that may extend it, and behind them those that it has
 * passed (see miner.h). */
typedef struct itemset_candidates {
    uint32_t count;
    uint32_t passed;
    uint32_t *items;  /* count + passed: original index */
    uint64_t *counts; /* baskets that hold the path and the item */
} itemset_candidates;

static inline uint32_t itemset_candidates_all(const itemset_candidates *candidates)
{
    return candidates->count + candidates->passed;
}

/* Rows of candidates, ascending, one after the other; the last of a row is marked.  Candidates are
 * below ITEMSET_LAST_TOKEN. */
typedef struct itemset_tokens {
    uint64_t count;
    uint16_t *labels;
} itemset_tokens;

enum { ITEMSET_LAST_TOKEN = 0x8000, ITEMSET_NO_TOKEN = 0xffff };

/* All wanted sets of the path and one or more candidates.  `masks` (bit i: candidate i, passed ones
 * too; rows of fewer than two may be missing) is used up. */
patron_status itemset_mine_masks(itemset_miner *miner, itemset_masks *masks,
                                 const itemset_candidates *candidates, itemset_part part);

/* The same for at most 64 rows, each up to its item `end`, or whole where that is ITEMSET_NO_END;
 * candidate of item i is miner->labels[i] - 1, none where that is 0. */
patron_status itemset_mine_few_rows(itemset_miner *miner, const itemset_rows *rows,
                                    const uint64_t *which, uint64_t count, uint32_t end,
                                    const itemset_candidates *candidates, itemset_part part);

/* The same for any number of candidates; weights[rows], one a row of the tokens. */
patron_status itemset_mine_tokens(itemset_miner *miner, const itemset_tokens *tokens,
                                  const uint64_t *weights, uint64_t rows,
                                  const itemset_candidates *candidates, itemset_part part);

/* The same for rows of candidates that are used up. */
patron_status itemset_mine_rows(itemset_miner *miner, itemset_rows *rows,
                                const itemset_candidates *candidates, itemset_part part);

#endif
