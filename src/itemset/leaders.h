/* SPDX-License-Identifier: Apache-2.0 */
/* The few best of what is spread over ranks. */
#ifndef PATRON_ITEMSET_LEADERS_H
#define PATRON_ITEMSET_LEADERS_H

#include "patron/comm.h"

enum { ITEMSET_LEADER_KEYS = 3, ITEMSET_LEADER_FIGURES = 6 };

/* Of two leaders the better has the higher first key that differs, or else the lower number. */
typedef struct itemset_leader {
    uint64_t keys[ITEMSET_LEADER_KEYS]; /* for reals, itemset_rank_key */
    uint64_t number;                    /* among those of all ranks */
    uint64_t figures[ITEMSET_LEADER_FIGURES];
} itemset_leader;

/* Puts `candidate` into leaders[*count], best first, of which at most `most` are kept. */
void itemset_leaders_enter(itemset_leader *leaders, uint32_t *count, uint32_t most,
                           const itemset_leader *candidate);

/* Replaces each rank's leaders[*count], which has room for `most`, by those of all.  Collective;
 * RESOURCE. */
patron_status itemset_leaders_merge(const patron_comm *comm, uint32_t most, itemset_leader *leaders,
                                    uint32_t *count);

#endif
