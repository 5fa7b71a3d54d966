/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank ranks its own slice; the ranks that hold the best of all give their items. */
#include "itemset/best_rules.h"

#include "itemset/leaders.h"
#include "itemset/top_rules.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static void rank_slice(const patron_itemset_result *result, patron_itemset_measure_kind by,
                       uint32_t most, itemset_leader *leaders, uint32_t *count)
{
    const patron_itemset_rules *rules = &result->rules;
    for (uint64_t i = 0; i < rules->count; ++i) {
        uint64_t both = rules->support_count[i];
        patron_itemset_measures measures = patron_itemset_measure(
            result->baskets, both, rules->antecedent_count[i], rules->consequent_count[i]);
        itemset_leader candidate = {
            .keys = {itemset_rank_key(patron_itemset_measure_value(&measures, by)),
                     itemset_rank_key(measures.confidence), both},
            .number = rules->first + i,
            .figures = {both, rules->antecedent_count[i], rules->consequent_count[i]}};
        itemset_leaders_enter(leaders, count, most, &candidate);
    }
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

patron_status itemset_rule_share(const patron_comm *comm, const patron_itemset_rules *rules,
                                 uint64_t number, patron_itemset_rule *rule)
{
    bool holds = number >= rules->first && number - rules->first < rules->count;
    int64_t owner = holds ? comm->rank : -1;
    uint64_t local = holds ? number - rules->first : 0;
    patron_comm_reduce_i64(comm, &owner, 1, PATRON_MAX);
    rule->number = number;
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
    itemset_leader *leaders = patron_allocate(wanted, sizeof *leaders);
    patron_status status = patron_comm_agree(comm, leaders == NULL ? PATRON_RESOURCE : PATRON_OK);
    *found = 0;
    if (status == PATRON_OK) {
        rank_slice(result, by, wanted, leaders, &count);
        status = itemset_leaders_merge(comm, wanted, leaders, &count);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        const uint64_t *counts = leaders[i].figures;
        best[i] = (patron_itemset_rule){
            .support_count = counts[0],
            .measures = patron_itemset_measure(result->baskets, counts[0], counts[1], counts[2])};
        ++*found;
        status = itemset_rule_share(comm, &result->rules, leaders[i].number, &best[i]);
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
