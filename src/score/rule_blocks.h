/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of which each rank holds a share go by all ranks in the order of offers, a block at a time,
 * so that none ever holds all of them. */
#ifndef PATRON_SCORE_RULE_BLOCKS_H
#define PATRON_SCORE_RULE_BLOCKS_H

#include "patron/comm.h"
#include "score/offers.h"

/* Rules of the numbers `first` and on, in CSR form, items below item_count; borrowed. */
typedef struct patron_rule_share {
    uint64_t first, count;
    uint32_t item_count;
    const uint64_t *antecedent_offsets, *consequent_offsets; /* count + 1 */
    const uint32_t *antecedent_items, *consequent_items;
    const double *confidence, *lift; /* count */
} patron_rule_share;

typedef struct patron_rule_blocks {
    const patron_comm *comm;
    const patron_rule_share *share;
    uint64_t most;        /* rules of a block */
    uint64_t total, done; /* rules of all ranks, and those in blocks so far */
    uint64_t *order;      /* share->count: the share's rules, the best first */
    uint64_t next;        /* into `order` */
} patron_rule_blocks;

/* A block, the same on every rank. */
typedef struct patron_rule_block {
    patron_offer_rules rules; /* whose arrays are the block's */
    void *arrays[6];
} patron_rule_block;

/* Shares follow each other in the order of ranks.  `comm` and `share` outlive the blocks, of at
 * most `most` rules each, at least 1.  Release with patron_rule_blocks_free in any case.
 * Collective; RESOURCE. */
patron_status patron_rule_blocks_begin(const patron_comm *comm, const patron_rule_share *share,
                                       uint64_t most, patron_rule_blocks *blocks);
void patron_rule_blocks_free(patron_rule_blocks *blocks);

/* The next block, where blocks->done is below blocks->total.  Release with patron_rule_block_free
 * in any case.  Collective; RESOURCE. */
patron_status patron_rule_blocks_next(patron_rule_blocks *blocks, patron_rule_block *block);
void patron_rule_block_free(patron_rule_block *block);

#endif
