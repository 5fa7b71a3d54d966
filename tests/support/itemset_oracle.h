/* SPDX-License-Identifier: Apache-2.0 */
/* Itemsets and rules by their definitions: every set is counted by looking at every basket. */
#ifndef PATRON_TEST_ITEMSET_ORACLE_H
#define PATRON_TEST_ITEMSET_ORACLE_H

#include "patron/itemset.h"

enum { ORACLE_MOST_ITEMS = 128, ORACLE_MOST_BASKETS = 512, ORACLE_LONGEST = 16, ORACLE_NAMED = 3 };

typedef struct oracle_case {
    uint32_t item_count;
    uint64_t basket_count;
    bool holds[ORACLE_MOST_BASKETS][ORACLE_MOST_ITEMS];
    uint32_t include[ORACLE_NAMED];
    uint32_t exclude[ORACLE_NAMED];
    patron_itemset_options options; /* include and exclude are set by oracle_mine */
} oracle_case;

/* A case of few items and baskets, of any density, with random options; a function of `seed`. */
void oracle_draw(uint64_t seed, oracle_case *drawn);

/* A case with more than 64 items that occur together in more than 64 baskets, and a planted set. */
void oracle_draw_wide(uint64_t seed, oracle_case *drawn);

/* This rank's share of the baskets: every size-th, or none at all on rank `idle`, and the options
 * made to point to their items; until the next call. */
patron_itemset_baskets oracle_share(const patron_comm *comm, oracle_case *drawn, int idle);

/* Runs patron_itemset_mine on this rank's share.  Collective. */
patron_status oracle_mine(const patron_comm *comm, oracle_case *drawn, int idle,
                          patron_itemset_result *result);

/* Whether this rank's slices and all totals are what the definitions say; prints what is not. */
bool oracle_agrees(const oracle_case *drawn, const patron_itemset_result *result);

#endif
