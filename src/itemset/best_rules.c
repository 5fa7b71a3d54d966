/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank ranks its own slice; the leaders of all slices are ranked again, and the ranks that
 * hold the winners give their items. */
#include "itemset/best_rules.h"

#include "itemset/top_rules.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

typedef struct leader {
    uint64_t key; /* of the measure */
    double confidence;
    uint64_t support_count, antecedent_count, consequent_count;
    uint64_t number;
} leader;

/* Whether `a` comes before `b`. */
static bool is_better(const leader *a, const leader *b)
{
    if (a->key != b->key)
        return a->key > b->key;
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence;
    if (a->support_count != b->support_count)
        return a->support_count > b->support_count;
    return a->number < b->number;
}

/* Puts `candidate` into leaders[*count], best first, of which at most `most` are kept. */
static void enter(leader *leaders, uint32_t *count, uint32_t most, const leader *candidate)
{
    if (*count == most && (most == 0 || !is_better(candidate, &leaders[most - 1])))
        return;
    uint32_t at = *count < most ? (*count)++ : most - 1;
    for (; at > 0 && is_better(candidate, &leaders[at - 1]); --at)
        leaders[at] = leaders[at - 1];
    leaders[at] = *candidate;
}

static void rank_slice(const patron_itemset_result *result, patron_itemset_measure_kind by,
                       uint32_t most, leader *leaders, uint32_t *count)
{
    const patron_itemset_rules *rules = &result->rules;
    for (uint64_t i = 0; i < rules->count; ++i) {
        patron_itemset_measures measures =
            patron_itemset_measure(result->baskets, rules->support_count[i],
                                   rules->antecedent_count[i], rules->consequent_count[i]);
        leader candidate = {.key = itemset_rank_key(patron_itemset_measure_value(&measures, by)),
                            .confidence = measures.confidence,
                            .support_count = rules->support_count[i],
                            .antecedent_count = rules->antecedent_count[i],
                            .consequent_count = rules->consequent_count[i],
                            .number = rules->first + i};
        enter(leaders, count, most, &candidate);
    }
}

/* Replaces each rank's leaders by those of all. */
static patron_status merge_leaders(const patron_comm *comm, uint32_t most, leader *leaders,
                                   uint32_t *count)
{
    uint64_t ranks = (uint64_t)comm->size, bytes = 0;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    leader *all = NULL;
    patron_status status = patron_comm_agree(comm, bytes_of == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        patron_comm_gather_u64(comm, *count * sizeof *leaders, bytes_of);
        for (uint64_t r = 0; r < ranks; ++r)
            bytes += bytes_of[r];
        all = patron_allocate(bytes, 1);
        status = patron_comm_agree(comm, all == NULL ? PATRON_RESOURCE : PATRON_OK);
    }
    if (status == PATRON_OK) {
        patron_comm_gather_bytes(comm, leaders, bytes_of, all);
        *count = 0;
        for (uint64_t i = 0; i < bytes / sizeof *all; ++i)
            enter(leaders, count, most, &all[i]);
    }
    free(all);
    free(bytes_of);
    return status;
}

/* One side of rule `number`, from the rank that holds it to all. */
static patron_status share_side(const patron_comm *comm, int owner, const uint64_t *offsets,
                                const uint32_t *items, uint64_t local, uint32_t *length,
                                uint32_t **side)
{
    if (comm->rank == owner)
        *length = (uint32_t)(offsets[local + 1] - offsets[local]);
    patron_comm_broadcast(comm, length, sizeof *length, owner);
    *side = patron_allocate(*length, sizeof **side);
    patron_status status = patron_comm_agree(comm, *side == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK && comm->rank == owner)
        memcpy(*side, items + offsets[local], *length * sizeof **side);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, *side, *length * sizeof **side, owner);
    return status;
}

static patron_status share_rule(const patron_comm *comm, const patron_itemset_result *result,
                                const leader *from, patron_itemset_rule *rule)
{
    const patron_itemset_rules *rules = &result->rules;
    bool holds = from->number >= rules->first && from->number - rules->first < rules->count;
    int64_t owner = holds ? comm->rank : -1;
    uint64_t local = holds ? from->number - rules->first : 0;
    patron_comm_reduce_i64(comm, &owner, 1, PATRON_MAX);
    rule->number = from->number;
    rule->support_count = from->support_count;
    rule->measures = patron_itemset_measure(result->baskets, from->support_count,
                                            from->antecedent_count, from->consequent_count);
    patron_status status =
        share_side(comm, (int)owner, rules->antecedent_offsets, rules->antecedent_items, local,
                   &rule->antecedent_length, &rule->antecedent);
    if (status == PATRON_OK)
        status = share_side(comm, (int)owner, rules->consequent_offsets, rules->consequent_items,
                            local, &rule->consequent_length, &rule->consequent);
    return status;
}

patron_status patron_itemset_best_rules(const patron_comm *comm,
                                        const patron_itemset_result *result,
                                        patron_itemset_measure_kind by, uint32_t wanted,
                                        patron_itemset_rule *best, uint32_t *found)
{
    uint32_t count = 0;
    leader *leaders = patron_allocate(wanted, sizeof *leaders);
    patron_status status = patron_comm_agree(comm, leaders == NULL ? PATRON_RESOURCE : PATRON_OK);
    *found = 0;
    if (status == PATRON_OK) {
        rank_slice(result, by, wanted, leaders, &count);
        status = merge_leaders(comm, wanted, leaders, &count);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        best[i] = (patron_itemset_rule){0};
        ++*found;
        status = share_rule(comm, result, &leaders[i], &best[i]);
    }
    free(leaders);
    return status;
}

void patron_itemset_rule_free(patron_itemset_rule *rule)
{
    free(rule->antecedent);
    free(rule->consequent);
    *rule = (patron_itemset_rule){0};
}
