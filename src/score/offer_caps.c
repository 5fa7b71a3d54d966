/* SPDX-License-Identifier: Apache-2.0 */
/* Deferred acceptance (Gale and Shapley, "College Admissions and the Stability of Marriage", 1962),
 * by all rows at once: rows ask for their best offers, an item that too many ask for keeps the best
 * `cap` of them and is closed from there on, and rows that lost one ask for their next.  As rows
 * and items rank offers alike there is one stable outcome only, that of the greedy list.
 *
 * An item's last offer is found by counting: first those by each rule, of which there is one number
 * a rule and item, then, of the rule where the cap falls, those of each rank, whose rows follow
 * each other.  So nothing that grows with the rows leaves its rank.  Each round closes an item
 * further; whoever is pushed out goes on to an item of theirs by a worse rule, so that there are no
 * more rounds than rules have consequents, and as a rule few.
 *
 * As the list is read from its best end, what comes later in it takes nothing back: rules go by in
 * blocks, and of a block only what is left of caps and places counts. */
#include "score/offer_caps.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* A slot is a rule and an item of its consequent. */
typedef struct capping {
    const patron_comm *comm;
    const patron_offer_ground *ground;
    patron_offer_places *places;
    patron_offer_caps *caps;
    uint64_t items, slots;
    uint64_t *first;     /* items + 1: slots of each item */
    uint64_t *rank;      /* slots: of the rule, ascending within an item */
    uint64_t *own, *all; /* slots: offers of this rank, and of all */
    uint64_t *last;      /* items: the slot in which the cap falls; UINT64_MAX: in none */
    uint64_t *want;      /* items: which of the offers in that slot is the last, from 1 */
    uint64_t *before;    /* items: offers in that slot of lower ranks; then counts on */
    uint64_t *row;       /* items: of the last offer */
} capping;

static patron_status make_slots(capping *run)
{
    const patron_offer_rules *rules = run->ground->index->rules;
    run->items = rules->item_count;
    run->slots = rules->consequent_offsets[rules->count];
    uint64_t **const of_items[] = {&run->last, &run->want, &run->before, &run->row};
    uint64_t **const of_slots[] = {&run->rank, &run->own, &run->all};
    run->first = patron_allocate(run->items + 2, sizeof *run->first);
    bool is_short = run->first == NULL;
    for (size_t i = 0; i < sizeof of_items / sizeof of_items[0]; ++i)
        is_short |= (*of_items[i] = patron_allocate(run->items, sizeof(uint64_t))) == NULL;
    for (size_t i = 0; i < sizeof of_slots / sizeof of_slots[0]; ++i)
        is_short |= (*of_slots[i] = patron_allocate(run->slots, sizeof(uint64_t))) == NULL;
    if (is_short)
        return PATRON_RESOURCE;
    /* first[item + 2] counts, then first[item + 1] is where the item's next slot goes */
    for (uint64_t i = 0; i < run->slots; ++i)
        ++run->first[rules->consequent_items[i] + 2];
    for (uint64_t item = 2; item < run->items + 2; ++item)
        run->first[item] += run->first[item - 1];
    for (uint64_t rule = 0; rule < rules->count; ++rule)
        for (uint64_t i = rules->consequent_offsets[rule]; i < rules->consequent_offsets[rule + 1];
             ++i)
            run->rank[run->first[rules->consequent_items[i] + 1]++] = rules->before + rule + 1;
    return PATRON_OK;
}

static void free_slots(capping *run)
{
    uint64_t *const arrays[] = {run->first, run->rank, run->own,    run->all,
                                run->last,  run->want, run->before, run->row};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; ++i)
        free(arrays[i]);
}

static uint64_t slot_of(const capping *run, uint64_t item, uint64_t rank)
{
    uint64_t low = run->first[item], high = run->first[item + 1];
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (run->rank[middle] <= rank)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void count_offers(capping *run)
{
    const patron_offer_places *places = run->places;
    memset(run->own, 0, run->slots * sizeof *run->own);
    for (uint64_t i = 0; i < places->rows * places->most; ++i)
        if (places->rank[i] > run->ground->index->rules->before)
            ++run->own[slot_of(run, (uint64_t)places->item[i], places->rank[i])];
    memcpy(run->all, run->own, run->slots * sizeof *run->all);
    patron_comm_reduce_u64(run->comm, run->all, run->slots, PATRON_SUM);
}

/* Finds the slots in which the cap falls, and closes items of which nothing was left.  Returns how
 * many items are offered too often. */
static uint64_t find_last(capping *run)
{
    uint64_t crowded = 0;
    for (uint64_t item = 0; item < run->items; ++item) {
        uint64_t offers = 0, slot = run->first[item];
        uint64_t left = run->caps->cap - run->caps->given[item];
        run->last[item] = UINT64_MAX;
        run->before[item] = run->row[item] = 0;
        for (uint64_t s = slot; s < run->first[item + 1]; ++s)
            offers += run->all[s];
        if (offers <= left)
            continue;
        ++crowded;
        if (left == 0) {
            run->caps->limits[item] = run->caps->last[item];
            continue;
        }
        for (offers = 0; offers + run->all[slot] < left; ++slot)
            offers += run->all[slot];
        run->last[item] = slot;
        run->want[item] = left - offers;
        run->before[item] = run->own[slot];
    }
    return crowded;
}

/* Rows lie in the order of ranks, so that the last offer of a slot is on the rank at which the
 * offers counted through reach its number. */
static void close_items(capping *run)
{
    const patron_offer_places *places = run->places;
    patron_comm_prefixes_u64(run->comm, run->before, run->items);
    for (uint64_t i = 0; i < places->rows * places->most; ++i) {
        uint64_t item = places->item[i] >= 0 ? (uint64_t)places->item[i] : 0;
        uint64_t last = run->last[item];
        if (places->item[i] >= 0 && last != UINT64_MAX && run->rank[last] == places->rank[i] &&
            ++run->before[item] == run->want[item])
            run->row[item] = places->first + i / places->most;
    }
    patron_comm_reduce_u64(run->comm, run->row, run->items, PATRON_MAX);
    for (uint64_t item = 0; item < run->items; ++item)
        if (run->last[item] != UINT64_MAX)
            run->caps->limits[item] =
                (patron_offer_limit){.rank = run->rank[run->last[item]], .row = run->row[item]};
}

/* Takes down what was given, and the last of it. */
static void settle(capping *run)
{
    const patron_offer_places *places = run->places;
    memset(run->row, 0, run->items * sizeof *run->row);
    for (uint64_t item = 0; item < run->items; ++item)
        for (uint64_t slot = run->first[item]; slot < run->first[item + 1]; ++slot) {
            run->caps->given[item] += run->all[slot];
            if (run->all[slot] > 0)
                run->caps->last[item].rank = run->rank[slot];
        }
    for (uint64_t i = 0; i < places->rows * places->most; ++i)
        if (places->item[i] >= 0 && run->caps->last[places->item[i]].rank == places->rank[i])
            run->row[places->item[i]] = places->first + i / places->most;
    patron_comm_reduce_u64(run->comm, run->row, run->items, PATRON_MAX);
    for (uint64_t item = 0; item < run->items; ++item)
        run->caps->last[item].row = run->row[item];
}

patron_status patron_offer_caps_keep(const patron_comm *comm, const patron_offer_ground *ground,
                                     patron_offer_caps *caps, patron_offer_places *places)
{
    capping run = {.comm = comm, .ground = ground, .places = places, .caps = caps};
    patron_status status = patron_comm_agree(comm, make_slots(&run));
    while (status == PATRON_OK) {
        count_offers(&run);
        if (find_last(&run) == 0)
            break;
        close_items(&run);
        status = patron_comm_agree(comm, patron_offer_places_mend(ground, places));
    }
    if (status == PATRON_OK)
        settle(&run);
    free_slots(&run);
    return status;
}

patron_status patron_offer_caps_create(uint64_t items, uint64_t cap, patron_offer_limit *limits,
                                       patron_offer_caps *caps)
{
    *caps = (patron_offer_caps){.cap = cap,
                                .given = patron_allocate(items, sizeof *caps->given),
                                .last = patron_allocate(items, sizeof *caps->last),
                                .limits = limits};
    return caps->given == NULL || caps->last == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void patron_offer_caps_free(patron_offer_caps *caps)
{
    free(caps->given);
    free(caps->last);
    *caps = (patron_offer_caps){0};
}
