/* SPDX-License-Identifier: Apache-2.0 */
/* An inverted index over antecedents: a rule stands under its rarest item alone, so that it is
 * looked at once at most for a customer, and lists of common items stay short. */
#include "score/offers.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>

/* ---- the index ---- */

/* The item that rule `rule` stands under; uses[item]: antecedents that hold it. */
static uint32_t key_of(const patron_offer_rules *rules, const uint64_t *uses, uint64_t rule)
{
    uint64_t from = rules->antecedent_offsets[rule], to = rules->antecedent_offsets[rule + 1];
    uint32_t key = rules->antecedent_items[from];
    for (uint64_t i = from + 1; i < to; ++i)
        if (uses[rules->antecedent_items[i]] < uses[key])
            key = rules->antecedent_items[i];
    return key;
}

patron_status patron_offer_index_create(const patron_offer_rules *rules, patron_offer_index *index)
{
    uint64_t *uses = patron_allocate(rules->item_count, sizeof *uses);
    *index = (patron_offer_index){
        .rules = rules,
        .first = patron_allocate((uint64_t)rules->item_count + 2, sizeof *index->first),
        .listed = patron_allocate(rules->count, sizeof *index->listed)};
    patron_status status =
        uses == NULL || index->first == NULL || index->listed == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < rules->antecedent_offsets[rules->count]; ++i)
        ++uses[rules->antecedent_items[i]];
    /* first[item + 2] counts, then first[item + 1] is where the next rule of the item goes */
    for (uint64_t rule = 0; rule < rules->count; ++rule)
        ++index->first[key_of(rules, uses, rule) + 2];
    for (uint64_t item = 2; item < (uint64_t)rules->item_count + 2; ++item)
        index->first[item] += index->first[item - 1];
    for (uint64_t rule = 0; rule < rules->count; ++rule)
        index->listed[index->first[key_of(rules, uses, rule) + 1]++] = rule;
cleanup:
    free(uses);
    return status;
}

void patron_offer_index_free(patron_offer_index *index)
{
    free(index->first);
    free(index->listed);
    *index = (patron_offer_index){0};
}

/* ---- the best ---- */

typedef struct offering {
    const patron_offer_rules *rules;
    uint32_t most, count;
    patron_offer *offers;
} offering;

static bool is_better(const patron_offer_rules *rules, const patron_offer *a, const patron_offer *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    if (rules->lift[a->rule] != rules->lift[b->rule])
        return rules->lift[a->rule] > rules->lift[b->rule];
    return a->rule != b->rule ? a->rule < b->rule : a->item < b->item;
}

/* Takes the offer in where it is among the best; an item keeps its best rule.  What falls out is
 * worse than `most` other items, which only rise. */
static void take(offering *run, const patron_offer *offer)
{
    uint32_t place = 0;
    while (place < run->count && run->offers[place].item != offer->item)
        ++place;
    if (place < run->count && !is_better(run->rules, offer, &run->offers[place]))
        return;
    if (place == run->count && run->count < run->most)
        ++run->count;
    else if (place == run->count &&
             (run->most == 0 || !is_better(run->rules, offer, &run->offers[--place])))
        return;
    for (; place > 0 && is_better(run->rules, offer, &run->offers[place - 1]); --place)
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

static void try_rule(offering *run, const uint8_t *has, uint64_t rule)
{
    const patron_offer_rules *rules = run->rules;
    uint64_t from = rules->antecedent_offsets[rule];
    if (!has_all(has, rules->antecedent_items + from, rules->antecedent_offsets[rule + 1] - from))
        return;
    for (uint64_t i = rules->consequent_offsets[rule]; i < rules->consequent_offsets[rule + 1]; ++i)
        if (!has[rules->consequent_items[i]]) {
            const patron_offer offer = {
                .item = rules->consequent_items[i], .rule = rule, .score = rules->confidence[rule]};
            take(run, &offer);
        }
}

uint32_t patron_offers_find(const patron_offer_index *index, const uint32_t *items, uint64_t count,
                            uint8_t *has, uint32_t most, patron_offer *offers)
{
    offering run = {.rules = index->rules, .most = most, .offers = offers};
    for (uint64_t i = 0; i < count; ++i)
        has[items[i]] = 1;
    for (uint64_t i = 0; i < count; ++i)
        for (uint64_t j = index->first[items[i]]; j < index->first[items[i] + 1]; ++j)
            try_rule(&run, has, index->listed[j]);
    for (uint64_t i = 0; i < count; ++i)
        has[items[i]] = 0;
    return run.count;
}
