/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's level is never above that of all ranks, so that what it passes over does not matter. */
#include "itemset/ranking.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

patron_status itemset_ranking_create(itemset_ranking *ranking, uint64_t wanted, uint64_t first,
                                     uint64_t most)
{
    *ranking = (itemset_ranking){.wanted = wanted, .first = first, .most = most, .level = first};
    ranking->sets = patron_allocate(most - first + 1, sizeof *ranking->sets);
    return ranking->sets == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_ranking_free(itemset_ranking *ranking)
{
    free(ranking->sets);
    *ranking = (itemset_ranking){0};
}

uint64_t itemset_ranking_least(const itemset_ranking *ranking)
{
    return ranking->level + (ranking->held >= ranking->wanted);
}

void itemset_ranking_add(itemset_ranking *ranking, uint64_t count, uint64_t sets)
{
    if (count < itemset_ranking_least(ranking))
        return;
    uint64_t *here = &ranking->sets[count - ranking->first];
    uint64_t room = ranking->wanted - *here;
    uint64_t added = sets < room ? sets : room;
    *here += added;
    ranking->held += added;
    while (ranking->level < ranking->most &&
           ranking->held - ranking->sets[ranking->level - ranking->first] >= ranking->wanted) {
        ranking->held -= ranking->sets[ranking->level - ranking->first];
        ++ranking->level;
    }
}

void itemset_ranking_restart(itemset_ranking *ranking)
{
    ranking->held = 0;
    memset(ranking->sets, 0, (ranking->most - ranking->first + 1) * sizeof *ranking->sets);
}

void itemset_ranking_raise(itemset_ranking *ranking, uint64_t level)
{
    if (level > ranking->level)
        ranking->level = level;
}

patron_status itemset_ranking_sum(const patron_comm *comm, const itemset_ranking *ranking,
                                  itemset_ranking *sum)
{
    patron_status status = patron_comm_agree(
        comm, itemset_ranking_create(sum, ranking->wanted, ranking->first, ranking->most));
    if (status != PATRON_OK)
        return status;
    uint64_t counts = ranking->most - ranking->first + 1;
    sum->level = ranking->level;
    memcpy(sum->sets, ranking->sets, counts * sizeof *sum->sets);
    patron_comm_reduce_u64(comm, &sum->level, 1, PATRON_MAX);
    patron_comm_reduce_u64(comm, sum->sets, counts, PATRON_SUM);
    return PATRON_OK;
}

itemset_threshold itemset_ranking_settle(const patron_comm *comm, itemset_ranking *ranking)
{
    uint64_t level = ranking->level;
    patron_comm_reduce_u64(comm, &level, 1, PATRON_MAX);
    uint64_t *sets = ranking->sets + (level - ranking->first);
    uint64_t counts = ranking->most - level + 1;
    patron_comm_reduce_u64(comm, sets, counts, PATRON_SUM);
    itemset_threshold threshold = {.count = level};
    for (uint64_t i = counts; i-- > 0;) {
        if (sets[i] >= ranking->wanted - threshold.above) {
            threshold.count = level + i;
            threshold.is_reached = true;
            break;
        }
        threshold.above += sets[i];
    }
    return threshold;
}

/* Holds a 64-bit number times a 64-bit number. */
__extension__ typedef unsigned __int128 wide;

static bool is_between(uint64_t value, uint64_t low, uint64_t high)
{
    return value >= low && value <= high;
}

uint64_t itemset_count_subsets(uint64_t n, uint64_t low, uint64_t high)
{
    wide total = 0;
    wide subsets = 1;
    for (uint64_t chosen = 0; chosen <= n / 2; ++chosen) {
        uint64_t left = n - chosen;
        if (chosen > 0)
            subsets = subsets * (left + 1) / chosen;
        if (subsets > UINT64_MAX) { /* as are all up to `left` members */
            if (low <= left && high >= chosen)
                return UINT64_MAX;
            break;
        }
        total += is_between(chosen, low, high) ? subsets : 0;
        total += left != chosen && is_between(left, low, high) ? subsets : 0;
    }
    return total > UINT64_MAX ? UINT64_MAX : (uint64_t)total;
}
