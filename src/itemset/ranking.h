/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of sets without the sets: how many have each count, from the highest down to a level
 * that rises once as many sets as are wanted lie on it or above. */
#ifndef PATRON_ITEMSET_RANKING_H
#define PATRON_ITEMSET_RANKING_H

#include "patron/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* The most sets that can be wanted: twice as many of each rank still add up in 64 bits. */
#define ITEMSET_MOST_RANKED (UINT64_C(1) << 40)

/* Sets of one count. */
typedef struct itemset_ranked {
    uint64_t count;
    uint64_t sets;
} itemset_ranked;

typedef struct itemset_ranking {
    uint64_t wanted;      /* sets, from 1 to ITEMSET_MOST_RANKED */
    uint64_t first;       /* the least count that is tallied */
    uint64_t most;        /* no set has a higher count; at least `first` */
    uint64_t level;       /* lower counts do not matter */
    uint64_t held;        /* sets from `level` on */
    uint64_t held_counts; /* that they have; at most `wanted` */
    unsigned room_bits;
    itemset_ranked *sets; /* 2^room_bits, by hash: at most `wanted` sets each, 0 where it is free */
    uint64_t *heap;       /* held_counts of 2^room_bits / 2: the counts, the least first */
    patron_status status; /* RESOURCE where memory was short, and sets were passed over */
} itemset_ranking;

/* The wanted-th highest count. */
typedef struct itemset_threshold {
    uint64_t count; /* the least that was looked at where there are too few sets */
    uint64_t above; /* sets with a higher count; with this one or a higher where they are too few */
    bool is_reached; /* there are as many sets as are wanted */
} itemset_threshold;

/* Free it whatever is returned; RESOURCE where memory is short. */
patron_status itemset_ranking_create(itemset_ranking *ranking, uint64_t wanted, uint64_t first,
                                     uint64_t most);
void itemset_ranking_free(itemset_ranking *ranking);

/* Adds `sets` sets that `count` baskets hold, `count` at most ranking->most. */
void itemset_ranking_add(itemset_ranking *ranking, uint64_t count, uint64_t sets);

/* The sets with this count, so far as they matter. */
uint64_t itemset_ranking_sets(const itemset_ranking *ranking, uint64_t count);

/* The least count that still matters: where enough sets are known, only higher ones than theirs. */
uint64_t itemset_ranking_least(const itemset_ranking *ranking);

/* Forgets the sets, which will come again, but not that so many reach the level. */
void itemset_ranking_restart(itemset_ranking *ranking);

/* Lower counts than `level` do not matter. */
void itemset_ranking_raise(itemset_ranking *ranking, uint64_t level);

/* The highest level of all ranks.  Collective. */
uint64_t itemset_ranking_level(const patron_comm *comm, const itemset_ranking *ranking);

/* The threshold over the sets of all ranks, each of which was added by one of them, unless its
 * count did not matter there; `most` is the same on all.  Collective; RESOURCE, also where memory
 * was short before. */
patron_status itemset_ranking_settle(const patron_comm *comm, const itemset_ranking *ranking,
                                     itemset_threshold *threshold);

/* How many subsets of n have `low` to `high` members; UINT64_MAX where that is too large. */
uint64_t itemset_count_subsets(uint64_t n, uint64_t low, uint64_t high);

#endif
