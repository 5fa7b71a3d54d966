/* SPDX-License-Identifier: Apache-2.0 */
/* An inverted index over antecedents: a rule stands under its rarest item alone, so that it is
 * looked at once at most for a customer, and lists of common items stay short.  Lists are in the
 * order of offers, so that each is left once its rules cannot be among the best any more. */
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

/* What the order of rules hangs on. */
typedef struct rank_of_rule {
    double confidence, lift;
    uint64_t rule;
} rank_of_rule;

/* Negative where `a` is the better rule. */
static int compare_rules(const void *left, const void *right)
{
    const rank_of_rule *a = left, *b = right;
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence ? -1 : 1;
    if (a->lift != b->lift)
        return a->lift > b->lift ? -1 : 1;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

/* All rules, the best first, to free(). */
static rank_of_rule *sort_rules(const patron_offer_rules *rules)
{
    rank_of_rule *order = patron_allocate(rules->count, sizeof *order);
    for (uint64_t rule = 0; order != NULL && rule < rules->count; ++rule)
        order[rule] = (rank_of_rule){rules->confidence[rule], rules->lift[rule], rule};
    if (order != NULL)
        qsort(order, rules->count, sizeof *order, compare_rules);
    return order;
}

/* Puts the rules' ranks under their items, the best first. */
static void list_rules(patron_offer_index *index, const uint64_t *uses)
{
    const patron_offer_rules *rules = index->rules;
    /* first[item + 2] counts, then first[item + 1] is where the next rule of the item goes */
    for (uint64_t rule = 0; rule < rules->count; ++rule)
        ++index->first[key_of(rules, uses, rule) + 2];
    for (uint64_t item = 2; item < (uint64_t)rules->item_count + 2; ++item)
        index->first[item] += index->first[item - 1];
    for (uint64_t rank = 1; rank <= rules->count; ++rank)
        index->listed[index->first[key_of(rules, uses, index->order[rank - 1]) + 1]++] = rank;
}

/* Copies the antecedents in the order in which they are looked at, so that they lie side by side.
 */
static void copy_others(patron_offer_index *index, const uint64_t *uses)
{
    const patron_offer_rules *rules = index->rules;
    uint64_t used = 0;
    for (uint64_t j = 0; j < rules->count; ++j) {
        uint64_t rule = index->order[index->listed[j] - 1];
        uint32_t key = key_of(rules, uses, rule);
        for (uint64_t i = rules->antecedent_offsets[rule]; i < rules->antecedent_offsets[rule + 1];
             ++i)
            if (rules->antecedent_items[i] != key)
                index->others[used++] = rules->antecedent_items[i];
        index->rest[j + 1] = used;
    }
}

patron_status patron_offer_index_create(const patron_offer_rules *rules, patron_offer_index *index)
{
    uint64_t antecedents = rules->antecedent_offsets[rules->count];
    uint64_t *uses = patron_allocate(rules->item_count, sizeof *uses);
    rank_of_rule *order = sort_rules(rules);
    *index = (patron_offer_index){
        .rules = rules,
        .order = patron_allocate(rules->count, sizeof *index->order),
        .first = patron_allocate((uint64_t)rules->item_count + 2, sizeof *index->first),
        .listed = patron_allocate(rules->count, sizeof *index->listed),
        .rest = patron_allocate(rules->count + 1, sizeof *index->rest),
        .others = patron_allocate(antecedents, sizeof *index->others)};
    patron_status status = uses == NULL || order == NULL || index->order == NULL ||
                                   index->first == NULL || index->listed == NULL ||
                                   index->rest == NULL || index->others == NULL
                               ? PATRON_RESOURCE
                               : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < antecedents; ++i)
        ++uses[rules->antecedent_items[i]];
    for (uint64_t i = 0; i < rules->count; ++i)
        index->order[i] = order[i].rule;
    list_rules(index, uses);
    copy_others(index, uses);
cleanup:
    free(uses);
    free(order);
    return status;
}

void patron_offer_index_free(patron_offer_index *index)
{
    free(index->order);
    free(index->first);
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
    uint64_t rule = run->index->order[rank - 1];
    for (uint64_t i = rules->consequent_offsets[rule]; i < rules->consequent_offsets[rule + 1];
         ++i) {
        uint32_t item = rules->consequent_items[i];
        const patron_offer offer = {
            .item = item, .rule = rule, .rank = rank, .score = rules->confidence[rule]};
        if (!has[item] &&
            (run->limits == NULL || patron_offer_is_open(&run->limits[item], rank, run->row)))
            take(run, &offer);
    }
}

uint32_t patron_offers_find(const patron_offer_index *index, const patron_offer_limit *limits,
                            const patron_offer_taker *taker, uint8_t *has, uint32_t most,
                            patron_offer *offers)
{
    offering run = {
        .index = index, .limits = limits, .row = taker->row, .most = most, .offers = offers};
    if (most == 0)
        return 0;
    for (uint64_t i = 0; i < taker->count; ++i)
        has[taker->items[i]] = 1;
    for (uint64_t i = 0; i < taker->count; ++i) {
        uint64_t end = index->first[taker->items[i] + 1];
        for (uint64_t j = index->first[taker->items[i]];
             j < end && !is_too_late(&run, index->listed[j]); ++j)
            if (has_all(has, index->others + index->rest[j], index->rest[j + 1] - index->rest[j]))
                offer_consequent(&run, has, index->listed[j]);
    }
    for (uint64_t i = 0; i < taker->count; ++i)
        has[taker->items[i]] = 0;
    return run.count;
}
