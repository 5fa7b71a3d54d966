/* SPDX-License-Identifier: Apache-2.0 */
/* What customers may want next: the consequents of rules whose antecedents they have.  Rules are
 * found by an index, so that a customer meets only rules of which they have one item at least.
 * Nothing here is collective. */
#ifndef PATRON_SCORE_OFFERS_H
#define PATRON_SCORE_OFFERS_H

#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Rules that follow each other in the order of offers, by confidence, then lift, then the lower
 * number: those of the ranks before + 1 to before + count of all.  In CSR form, items below
 * item_count; borrowed. */
typedef struct patron_offer_rules {
    uint64_t count, before;
    uint32_t item_count;
    const uint64_t *antecedent_offsets, *consequent_offsets; /* count + 1 */
    const uint32_t *antecedent_items, *consequent_items;
    const double *confidence; /* count */
    const uint64_t *number;   /* count: of each among all rules */
} patron_offer_rules;

/* An item, and the rule that is the reason to offer it. */
typedef struct patron_offer {
    uint32_t item;
    uint64_t rule; /* its number */
    uint64_t rank; /* its place among all rules in the order of offers, from 1 */
    double score;  /* its confidence */
} patron_offer;

/* Rules of one key and one second item. */
typedef struct patron_offer_group {
    uint64_t best, from; /* its lowest rank; into `listed`, where the next group begins it ends */
    uint32_t second;
} patron_offer_group;

/* Rules by their key, the item of their antecedent that is in the fewest antecedents (ties: the
 * lowest), and within it by the second of these (of one item: the key again); the group of the best
 * rule first, and in a group the best rule. */
typedef struct patron_offer_index {
    const patron_offer_rules *rules;
    uint64_t *first;            /* item_count + 1: into `groups` */
    patron_offer_group *groups; /* and one that only ends the last */
    uint64_t *listed;           /* rules->count: ranks */
    uint64_t *rest;             /* rules->count + 1: into `others`, as `listed` */
    uint32_t *others;           /* what else the antecedents hold */
} patron_offer_index;

/* Release with patron_offer_index_free in any case; `rules` outlive it.  RESOURCE. */
patron_status patron_offer_index_create(const patron_offer_rules *rules, patron_offer_index *index);
void patron_offer_index_free(patron_offer_index *index);

/* The last offer of an item that is made: those of a worse rank, or of this rank to a higher row,
 * are not.  Rank 0: none is; UINT64_MAX: all are. */
typedef struct patron_offer_limit {
    uint64_t rank, row;
} patron_offer_limit;

/* Whether an offer by the rule of `rank` to `row` is made. */
static inline bool patron_offer_is_open(const patron_offer_limit *limit, uint64_t rank,
                                        uint64_t row)
{
    return rank < limit->rank || (rank == limit->rank && row <= limit->row && rank > 0);
}

/* Who gets offers. */
typedef struct patron_offer_taker {
    uint64_t row;
    const uint32_t *items; /* what they have, each once */
    uint64_t count;
} patron_offer_taker;

/* The at most `most` best offers to `taker`, of those that limits[item_count] leave open (NULL:
 * all), each item once, into offers[most]; best first: by confidence, then lift, then the lower
 * rule, then the lower item.  The first `known` are there already, by rules of better ranks than
 * those of the index.  Of the rules for an item the best that is open is its reason.  An item that
 * they have is never one.  has[item_count] is all 0 before and after.  Returns how many there are.
 */
uint32_t patron_offers_find(const patron_offer_index *index, const patron_offer_limit *limits,
                            const patron_offer_taker *taker, uint8_t *has, uint32_t most,
                            uint32_t known, patron_offer *offers);

#endif
