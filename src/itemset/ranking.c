/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's level is never above that of all ranks, so that what it passes over does not matter.
 *
 * Counts that matter are few beside the baskets: of those above the level there are fewer than sets
 * are wanted.  They lie in a table by hash, where sets of a count add up, and in a heap, whose
 * least is left out when enough lie above it.  The threshold over all ranks is found as in a radix
 * sort, from the highest digit of the count down, by sums of as many numbers as a digit has values.
 */
#include "itemset/ranking.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_ROOM = 64, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* ---- the table ---- */

static uint64_t slot_of(const itemset_ranking *ranking, uint64_t count)
{
    return (count * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - ranking->room_bits);
}

/* Where the count is in the table, or would be. */
static itemset_ranked *find(const itemset_ranking *ranking, uint64_t count)
{
    uint64_t mask = (UINT64_C(1) << ranking->room_bits) - 1;
    uint64_t slot = slot_of(ranking, count);
    while (ranking->sets[slot].sets != 0 && ranking->sets[slot].count != count)
        slot = (slot + 1) & mask;
    return &ranking->sets[slot];
}

/* Takes an entry out, and moves those behind it that would not be found across the gap. */
static void take_out(itemset_ranking *ranking, itemset_ranked *entry)
{
    uint64_t mask = (UINT64_C(1) << ranking->room_bits) - 1;
    uint64_t gap = (uint64_t)(entry - ranking->sets);
    for (uint64_t slot = (gap + 1) & mask; ranking->sets[slot].sets != 0; slot = (slot + 1) & mask)
        if (((slot - slot_of(ranking, ranking->sets[slot].count)) & mask) >=
            ((slot - gap) & mask)) {
            ranking->sets[gap] = ranking->sets[slot];
            gap = slot;
        }
    ranking->sets[gap] = (itemset_ranked){0};
}

static patron_status make_tables(itemset_ranking *ranking)
{
    uint64_t room = UINT64_C(1) << ranking->room_bits;
    ranking->sets = patron_allocate(room, sizeof *ranking->sets);
    ranking->heap = patron_allocate(room / 2, sizeof *ranking->heap);
    return ranking->sets == NULL || ranking->heap == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status make_room(itemset_ranking *ranking)
{
    itemset_ranking larger = *ranking;
    if (ranking->held_counts < UINT64_C(1) << (ranking->room_bits - 1))
        return PATRON_OK;
    ++larger.room_bits;
    patron_status status = make_tables(&larger);
    if (status != PATRON_OK) {
        free(larger.sets);
        free(larger.heap);
        return status;
    }
    for (uint64_t i = 0; i < ranking->held_counts; ++i) {
        larger.heap[i] = ranking->heap[i];
        *find(&larger, ranking->heap[i]) = *find(ranking, ranking->heap[i]);
    }
    free(ranking->sets);
    free(ranking->heap);
    *ranking = larger;
    return PATRON_OK;
}

/* ---- the heap ---- */

static void push(itemset_ranking *ranking, uint64_t count)
{
    uint64_t *heap = ranking->heap, at = ranking->held_counts++;
    for (; at > 0 && heap[(at - 1) / 2] > count; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = count;
}

static void pop(itemset_ranking *ranking)
{
    uint64_t *heap = ranking->heap, left = --ranking->held_counts, last = heap[left], at = 0;
    for (uint64_t child = 1; child < left; child = 2 * at + 1) {
        child += child + 1 < left && heap[child + 1] < heap[child] ? 1 : 0;
        if (heap[child] >= last)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
}

/* ---- a rank's sets ---- */

static void drop_least(itemset_ranking *ranking)
{
    itemset_ranked *least = find(ranking, ranking->heap[0]);
    ranking->held -= least->sets;
    take_out(ranking, least);
    pop(ranking);
}

patron_status itemset_ranking_create(itemset_ranking *ranking, uint64_t wanted, uint64_t first,
                                     uint64_t most)
{
    *ranking = (itemset_ranking){.wanted = wanted, .first = first, .most = most, .level = first};
    while (UINT64_C(1) << ranking->room_bits < LEAST_ROOM)
        ++ranking->room_bits;
    return make_tables(ranking);
}

void itemset_ranking_free(itemset_ranking *ranking)
{
    free(ranking->sets);
    free(ranking->heap);
    *ranking = (itemset_ranking){0};
}

uint64_t itemset_ranking_sets(const itemset_ranking *ranking, uint64_t count)
{
    return find(ranking, count)->sets;
}

uint64_t itemset_ranking_least(const itemset_ranking *ranking)
{
    return ranking->level + (ranking->held >= ranking->wanted);
}

void itemset_ranking_add(itemset_ranking *ranking, uint64_t count, uint64_t sets)
{
    if (count < itemset_ranking_least(ranking) || sets == 0 || ranking->status != PATRON_OK)
        return;
    itemset_ranked *here = find(ranking, count);
    if (here->sets == 0) {
        ranking->status = make_room(ranking);
        if (ranking->status != PATRON_OK)
            return;
        here = find(ranking, count);
        here->count = count;
        push(ranking, count);
    }
    uint64_t room = ranking->wanted - here->sets;
    uint64_t added = sets < room ? sets : room;
    here->sets += added;
    ranking->held += added;
    while (ranking->held >= ranking->wanted) {
        ranking->level = ranking->heap[0];
        if (ranking->held - itemset_ranking_sets(ranking, ranking->level) < ranking->wanted)
            break;
        drop_least(ranking);
    }
}

void itemset_ranking_restart(itemset_ranking *ranking)
{
    ranking->held = ranking->held_counts = 0;
    memset(ranking->sets, 0, (sizeof *ranking->sets) << ranking->room_bits);
}

void itemset_ranking_raise(itemset_ranking *ranking, uint64_t level)
{
    if (level > ranking->level)
        ranking->level = level;
    while (ranking->held_counts > 0 && ranking->heap[0] < ranking->level)
        drop_least(ranking);
}

/* ---- of all ranks ---- */

uint64_t itemset_ranking_level(const patron_comm *comm, const itemset_ranking *ranking)
{
    uint64_t level = ranking->level;
    patron_comm_reduce_u64(comm, &level, 1, PATRON_MAX);
    return level;
}

/* The sets of all ranks by the digit at `shift` of how far their count is above `low`, of those
 * counts that are low to low + DIGITS << shift. */
static void tally(const patron_comm *comm, const itemset_ranking *ranking, uint64_t low,
                  unsigned shift, uint64_t *tallies)
{
    memset(tallies, 0, DIGITS * sizeof *tallies);
    for (uint64_t i = 0; i < ranking->held_counts; ++i) {
        uint64_t count = ranking->heap[i];
        if (count >= low && (count - low) >> shift < DIGITS)
            tallies[(count - low) >> shift] += find(ranking, count)->sets;
    }
    patron_comm_reduce_u64(comm, tallies, DIGITS, PATRON_SUM);
}

patron_status itemset_ranking_settle(const patron_comm *comm, const itemset_ranking *ranking,
                                     itemset_threshold *threshold)
{
    uint64_t tallies[DIGITS];
    unsigned shift = 0;
    patron_status status = patron_comm_agree(comm, ranking->status);
    if (status != PATRON_OK)
        return status;
    uint64_t low = itemset_ranking_level(comm, ranking);
    *threshold = (itemset_threshold){.count = low};
    while ((ranking->most - low) >> shift >= DIGITS)
        shift += DIGIT_BITS;
    for (;; shift -= DIGIT_BITS) {
        unsigned digit = DIGITS;
        tally(comm, ranking, low, shift, tallies);
        while (digit > 0 && tallies[digit - 1] < ranking->wanted - threshold->above)
            threshold->above += tallies[--digit];
        if (digit == 0) /* of the first digit, or else there are enough */
            return PATRON_OK;
        low += (uint64_t)(digit - 1) << shift;
        if (shift == 0)
            break;
    }
    threshold->count = low;
    threshold->is_reached = true;
    return PATRON_OK;
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
