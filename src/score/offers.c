/* SPDX-License-Identifier: Apache-2.0 */
/* An inverted index over antecedents: a rule stands under its rarest item alone, so that it is
 * looked at once at most for a customer, and lists of common items stay short.  Within a list,
 * rules stand together by their next rarest item: most of a long list is passed over group by
 * group. Groups and their rules are in the order of offers, so that each is left once its rules
 * cannot be among the best any more. */
#include "score/offers.h"

#include "patron/memory.h"

#include <stdlib.h>

/* ---- the index ---- */

/* The two items of an antecedent that the fewest antecedents hold. */
typedef struct pair {
    uint32_t key, second; /* the same where there is one item only */
} pair;

static bool is_rarer(const uint64_t *uses, uint32_t a, uint32_t b)
{
    return uses[a] != uses[b] ? uses[a] < uses[b] : a < b;
}

/* uses[item]: antecedents that hold it. */
static pair pair_of(const patron_offer_rules *rules, const uint64_t *uses, uint64_t rule)
{
    uint64_t from = rules->antecedent_offsets[rule], to = rules->antecedent_offsets[rule + 1];
    pair found = {rules->antecedent_items[from], rules->antecedent_items[from]};
    for (uint64_t i = from + 1; i < to; ++i) {
        uint32_t item = rules->antecedent_items[i];
        if (is_rarer(uses, item, found.key))
            found = (pair){item, found.key};
        else if (found.second == found.key || is_rarer(uses, item, found.second))
            found.second = item;
    }
    return found;
}

/* What the index is made with. */
typedef struct building {
    patron_offer_index *index;
    const uint64_t *uses; /* items */
    pair *pairs;          /* rules */
    uint64_t *by_key;     /* rules: by key, the best first */
    uint64_t *until;      /* items + 2: where those of a key below the item end in by_key */
    uint64_t *group;      /* items: of a second item, under the key that was last */
} building;

static void sort_by_key(const building *run)
{
    const patron_offer_rules *rules = run->index->rules;
    /* until[item + 2] counts, then until[item + 1] is where the next rule of the item goes */
    for (uint64_t i = 0; i < rules->count; ++i) {
        run->pairs[i] = pair_of(rules, run->uses, i);
        ++run->until[run->pairs[i].key + 2];
    }
    for (uint64_t item = 2; item < (uint64_t)rules->item_count + 2; ++item)
        run->until[item] += run->until[item - 1];
    for (uint64_t i = 0; i < rules->count; ++i)
        run->by_key[run->until[run->pairs[i].key + 1]++] = i;
}

/* Puts the rules of a key, by_key[from] to by_key[to - 1], into groups from number `used` on.  As
 * these are the best first, groups are met by their best.  Returns how many groups there then are.
 */
static uint64_t group_rules(const building *run, uint64_t from, uint64_t to, uint64_t used)
{
    patron_offer_group *groups = run->index->groups;
    uint64_t first = used, before = run->index->rules->before;
    for (uint64_t j = from; j < to; ++j) {
        uint64_t rule = run->by_key[j];
        uint32_t second = run->pairs[rule].second;
        uint64_t known = run->group[second];
        if (known < first || known >= used || groups[known].second != second) {
            run->group[second] = known = used++;
            groups[known] = (patron_offer_group){.second = second, .best = before + rule + 1};
        }
        ++groups[known].from; /* counts, until all are known */
    }
    for (uint64_t g = first, at = from; g < used; ++g) {
        uint64_t count = groups[g].from;
        groups[g].from = at;
        at += count;
    }
    for (uint64_t j = from; j < to; ++j)
        run->index->listed[groups[run->group[run->pairs[run->by_key[j]].second]].from++] =
            before + run->by_key[j] + 1;
    for (uint64_t g = used; g > first; --g) /* each ended where the next begins */
        groups[g - 1].from = g - 1 == first ? from : groups[g - 2].from;
    return used;
}

static void list_rules(const building *run)
{
    const patron_offer_rules *rules = run->index->rules;
    uint64_t used = 0;
    for (uint64_t item = 0; item < rules->item_count; ++item) {
        run->index->first[item] = used;
        used = group_rules(run, run->until[item], run->until[item + 1], used);
    }
    run->index->first[rules->item_count] = used;
    run->index->groups[used].from = rules->count;
}

/* Copies the antecedents in the order in which they are looked at, so that they lie side by side.
 */
static void copy_others(const building *run)
{
    patron_offer_index *index = run->index;
    const patron_offer_rules *rules = index->rules;
    uint64_t used = 0;
    for (uint64_t j = 0; j < rules->count; ++j) {
        uint64_t rule = index->listed[j] - rules->before - 1;
        const pair *own = &run->pairs[rule];
        for (uint64_t i = rules->antecedent_offsets[rule]; i < rules->antecedent_offsets[rule + 1];
             ++i)
            if (rules->antecedent_items[i] != own->key && rules->antecedent_items[i] != own->second)
                index->others[used++] = rules->antecedent_items[i];
        index->rest[j + 1] = used;
    }
}

static patron_status build(patron_offer_index *index, const uint64_t *uses)
{
    uint64_t rules = index->rules->count, items = index->rules->item_count;
    const building run = {.index = index,
                          .uses = uses,
                          .pairs = patron_allocate(rules, sizeof *run.pairs),
                          .by_key = patron_allocate(rules, sizeof *run.by_key),
                          .until = patron_allocate(items + 2, sizeof *run.until),
                          .group = patron_allocate(items, sizeof *run.group)};
    bool is_short =
        run.pairs == NULL || run.by_key == NULL || run.until == NULL || run.group == NULL;
    if (!is_short) {
        sort_by_key(&run);
        list_rules(&run);
        copy_others(&run);
    }
    free(run.pairs);
    free(run.by_key);
    free(run.until);
    free(run.group);
    return is_short ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_offer_index_create(const patron_offer_rules *rules, patron_offer_index *index)
{
    uint64_t antecedents = rules->antecedent_offsets[rules->count];
    uint64_t *uses = patron_allocate(rules->item_count, sizeof *uses);
    *index = (patron_offer_index){
        .rules = rules,
        .first = patron_allocate((uint64_t)rules->item_count + 1, sizeof *index->first),
        .groups = patron_allocate(rules->count + 1, sizeof *index->groups),
        .listed = patron_allocate(rules->count, sizeof *index->listed),
        .rest = patron_allocate(rules->count + 1, sizeof *index->rest),
        .others = patron_allocate(antecedents, sizeof *index->others)};
    patron_status status = uses == NULL || index->first == NULL || index->groups == NULL ||
                                   index->listed == NULL || index->rest == NULL ||
                                   index->others == NULL
                               ? PATRON_RESOURCE
                               : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < antecedents; ++i)
        ++uses[rules->antecedent_items[i]];
    if (status == PATRON_OK)
        status = build(index, uses);
    free(uses);
    return status;
}

void patron_offer_index_free(patron_offer_index *index)
{
    free(index->first);
    free(index->groups);
    free(index->listed);
    free(index->rest);
    free(index->others);
    *index = (patron_offer_index){0};
}

/* ---- the best ---- */

typedef struct offering {
    const patron_offer_index *index;
    const patron_offer_limit *limits;
    uint64_t row;
    uint32_t most, count;
    patron_offer *offers;
} offering;

static bool is_better(const patron_offer *a, const patron_offer *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->item < b->item;
}

/* Whether no offer of the rule of this rank, or of a worse one, can be among the best. */
static bool is_too_late(const offering *run, uint64_t rank)
{
    return run->count == run->most && rank > run->offers[run->count - 1].rank;
}

/* Takes the offer in where it is among the best; an item keeps its best rule.  What falls out is
 * worse than `most` other items, which only rise. */
static void take(offering *run, const patron_offer *offer)
{
    uint32_t place = 0;
    while (place < run->count && run->offers[place].item != offer->item)
        ++place;
    if (place < run->count && !is_better(offer, &run->offers[place]))
        return;
    if (place == run->count && run->count < run->most)
        ++run->count;
    else if (place == run->count && !is_better(offer, &run->offers[--place]))
        return;
    for (; place > 0 && is_better(offer, &run->offers[place - 1]); --place)
        run->offers[place] = run->offers[place - 1];
    run->offers[place] = *offer;
}

static bool has_all(const uint8_t *has, const uint32_t *items, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        if (!has[items[i]])
            return false;
    return true;
}

static void offer_consequent(offering *run, const uint8_t *has, uint64_t rank)
{
    const patron_offer_rules *rules = run->index->rules;
    uint64_t rule = rank - rules->before - 1;
    for (uint64_t i = rules->consequent_offsets[rule]; i < rules->consequent_offsets[rule + 1];
         ++i) {
        uint32_t item = rules->consequent_items[i];
        const patron_offer offer = {.item = item,
                                    .rule = rules->number[rule],
                                    .rank = rank,
                                    .score = rules->confidence[rule]};
        if (!has[item] &&
            (run->limits == NULL || patron_offer_is_open(&run->limits[item], rank, run->row)))
            take(run, &offer);
    }
}

static void offer_group(offering *run, const uint8_t *has, const patron_offer_group *group)
{
    const patron_offer_index *index = run->index;
    for (uint64_t j = group[0].from; j < group[1].from && !is_too_late(run, index->listed[j]); ++j)
        if (has_all(has, index->others + index->rest[j], index->rest[j + 1] - index->rest[j]))
            offer_consequent(run, has, index->listed[j]);
}

uint32_t patron_offers_find(const patron_offer_index *index, const patron_offer_limit *limits,
                            const patron_offer_taker *taker, uint8_t *has, uint32_t most,
                            uint32_t known, patron_offer *offers)
{
    offering run = {.index = index,
                    .limits = limits,
                    .row = taker->row,
                    .most = most,
                    .count = known,
                    .offers = offers};
    if (known >= most)
        return known;
    for (uint64_t i = 0; i < taker->count; ++i)
        has[taker->items[i]] = 1;
    for (uint64_t i = 0; i < taker->count; ++i) {
        const patron_offer_group *group = index->groups + index->first[taker->items[i]];
        const patron_offer_group *end = index->groups + index->first[taker->items[i] + 1];
        for (; group < end && !is_too_late(&run, group->best); ++group)
            if (has[group->second])
                offer_group(&run, has, group);
    }
    for (uint64_t i = 0; i < taker->count; ++i)
        has[taker->items[i]] = 0;
    return run.count;
}
