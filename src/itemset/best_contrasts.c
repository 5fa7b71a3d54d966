/* SPDX-License-Identifier: Apache-2.0 */
/* Leaders of each rank's slice, then of all. */
#include "itemset/best_contrasts.h"

#include "itemset/leaders.h"
#include "itemset/top_rules.h"
#include "patron/memory.h"

#include <stdlib.h>

/* ---- items ---- */

static void rank_items(const patron_itemset_groups *groups,
                       const patron_itemset_item_contrast *contrast, uint32_t group,
                       uint64_t min_count, uint32_t wanted, itemset_leader *leaders,
                       uint32_t *count)
{
    for (uint64_t i = 0; i < contrast->count; ++i) {
        uint64_t held = contrast->held[i * groups->count + group], all = contrast->held_by_all[i];
        double lift =
            patron_itemset_contrast_lift(groups->total, held, groups->baskets[group], all);
        if (held < min_count || !(lift > 1.0))
            continue;
        const itemset_leader candidate = {.keys = {itemset_rank_key(lift), held},
                                          .number = contrast->first + i,
                                          .figures = {contrast->items[i], held, all}};
        itemset_leaders_enter(leaders, count, wanted, &candidate);
    }
}

patron_status patron_itemset_best_items(const patron_comm *comm,
                                        const patron_itemset_groups *groups,
                                        const patron_itemset_item_contrast *contrast,
                                        uint32_t group, uint64_t min_count, uint32_t wanted,
                                        patron_itemset_group_item *best, uint32_t *found)
{
    itemset_leader *leaders = patron_allocate(wanted, sizeof *leaders);
    patron_status status = patron_comm_agree(comm, leaders == NULL ? PATRON_RESOURCE : PATRON_OK);
    *found = 0;
    if (status == PATRON_OK) {
        rank_items(groups, contrast, group, min_count, wanted, leaders, found);
        status = itemset_leaders_merge(comm, wanted, leaders, found);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < *found; ++i) {
        const uint64_t *figures = leaders[i].figures;
        uint64_t baskets = groups->baskets[group];
        best[i] = (patron_itemset_group_item){
            .item = (uint32_t)figures[0],
            .held = figures[1],
            .held_by_all = figures[2],
            .lift = patron_itemset_contrast_lift(groups->total, figures[1], baskets, figures[2]),
            .p_value = patron_itemset_p_value(groups->total, figures[1], baskets, figures[2])};
    }
    free(leaders);
    return status;
}

/* ---- rules ---- */

static void rank_rules(const patron_itemset_groups *groups,
                       const patron_itemset_rule_contrast *contrast, uint32_t group,
                       uint64_t min_count, uint32_t wanted, itemset_leader *leaders,
                       uint32_t *count)
{
    const patron_itemset_rules *rules = &contrast->rules;
    for (uint64_t i = 0; i < rules->count; ++i) {
        uint64_t cell = i * groups->count + group;
        const uint64_t both = contrast->support_count[cell];
        const uint64_t antecedent = contrast->antecedent_count[cell];
        const uint64_t consequent = contrast->consequent_count[cell];
        double here =
            patron_itemset_contrast_lift(groups->baskets[group], both, antecedent, consequent);
        double in_all =
            patron_itemset_contrast_lift(groups->total, rules->support_count[i],
                                         rules->antecedent_count[i], rules->consequent_count[i]);
        if (both < min_count || !(here > in_all))
            continue;
        const itemset_leader candidate = {
            .keys = {itemset_rank_key(here - in_all), itemset_rank_key(here), both},
            .number = rules->first + i,
            .figures = {both, antecedent, consequent, rules->support_count[i],
                        rules->antecedent_count[i], rules->consequent_count[i]}};
        itemset_leaders_enter(leaders, count, wanted, &candidate);
    }
}

patron_status patron_itemset_best_group_rules(const patron_comm *comm,
                                              const patron_itemset_groups *groups,
                                              const patron_itemset_rule_contrast *contrast,
                                              uint32_t group, uint64_t min_count, uint32_t wanted,
                                              patron_itemset_group_rule *best, uint32_t *found)
{
    uint32_t count = 0;
    itemset_leader *leaders = patron_allocate(wanted, sizeof *leaders);
    patron_status status = patron_comm_agree(comm, leaders == NULL ? PATRON_RESOURCE : PATRON_OK);
    *found = 0;
    if (status == PATRON_OK) {
        rank_rules(groups, contrast, group, min_count, wanted, leaders, &count);
        status = itemset_leaders_merge(comm, wanted, leaders, &count);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        const uint64_t *figures = leaders[i].figures;
        best[i] = (patron_itemset_group_rule){
            .rule = {.support_count = figures[0],
                     .measures = patron_itemset_measure(groups->baskets[group], figures[0],
                                                        figures[1], figures[2])},
            .lift_in_all =
                patron_itemset_contrast_lift(groups->total, figures[3], figures[4], figures[5])};
        ++*found;
        status = itemset_rule_share(comm, &contrast->rules, leaders[i].number, &best[i].rule);
    }
    free(leaders);
    return status;
}
