/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted rules are cut at antecedents that are chosen from those of all rules, and travel and are
 * merged as sets are.  An antecedent's rules come from one rank, and stay together. */
#include "itemset/rules.h"

#include "itemset/runs.h"
#include "itemset/slices_internal.h"

#include <string.h>

/* What goes to each rank. */
typedef struct traffic {
    itemset_traffic rules, antecedent_items, consequent_items;
} traffic;

static patron_status create(traffic *t, const patron_comm *comm)
{
    patron_status status = itemset_traffic_create(&t->rules, comm);
    if (status == PATRON_OK)
        status = itemset_traffic_create(&t->antecedent_items, comm);
    if (status == PATRON_OK)
        status = itemset_traffic_create(&t->consequent_items, comm);
    return status;
}

static void copy_rule(const patron_itemset_rules *from, uint64_t place, patron_itemset_rules *to,
                      uint64_t rule)
{
    const uint64_t *antecedent = from->antecedent_offsets + place;
    const uint64_t *consequent = from->consequent_offsets + place;
    uint64_t length = antecedent[1] - antecedent[0], others = consequent[1] - consequent[0];
    memcpy(to->antecedent_items + to->antecedent_offsets[rule],
           from->antecedent_items + antecedent[0], length * sizeof *to->antecedent_items);
    memcpy(to->consequent_items + to->consequent_offsets[rule],
           from->consequent_items + consequent[0], others * sizeof *to->consequent_items);
    to->antecedent_offsets[rule + 1] = to->antecedent_offsets[rule] + length;
    to->consequent_offsets[rule + 1] = to->consequent_offsets[rule] + others;
    to->support_count[rule] = from->support_count[place];
    to->antecedent_count[rule] = from->antecedent_count[place];
    to->consequent_count[rule] = from->consequent_count[place];
    if (from->p_value != NULL && to->p_value != NULL) /* both, or none */
        to->p_value[rule] = from->p_value[place];
}

/* Makes one sorted run of the runs of run_rules[size] rules each. */
static patron_status merge_runs(patron_itemset_rules *rules, const uint64_t *run_rules, int size)
{
    patron_itemset_rules merged = {0};
    itemset_merge merge = {0};
    patron_status status =
        itemset_rules_allocate(&merged, rules->count, rules->antecedent_offsets[rules->count],
                               rules->consequent_offsets[rules->count], rules->p_value != NULL);
    if (status == PATRON_OK)
        status = itemset_merge_begin(&merge, rules->antecedent_offsets, rules->antecedent_items,
                                     run_rules, size);
    if (status == PATRON_OK) {
        for (uint64_t rule = 0; rule < merged.count; ++rule)
            copy_rule(rules, itemset_merge_next(&merge), &merged, rule);
        itemset_rules_free(rules);
        *rules = merged;
        merged = (patron_itemset_rules){0};
    }
    itemset_rules_free(&merged);
    itemset_merge_free(&merge);
    return status;
}

static void send_arrays(const traffic *t, patron_itemset_rules *rules, patron_itemset_rules *come)
{
    itemset_traffic_send_offsets(&t->rules, rules->antecedent_offsets, rules->count,
                                 come->antecedent_offsets, come->count);
    itemset_traffic_send_offsets(&t->rules, rules->consequent_offsets, rules->count,
                                 come->consequent_offsets, come->count);
    itemset_traffic_send(&t->antecedent_items, rules->antecedent_items, come->antecedent_items,
                         sizeof *come->antecedent_items);
    itemset_traffic_send(&t->consequent_items, rules->consequent_items, come->consequent_items,
                         sizeof *come->consequent_items);
    itemset_traffic_send(&t->rules, rules->support_count, come->support_count, sizeof(uint64_t));
    itemset_traffic_send(&t->rules, rules->antecedent_count, come->antecedent_count,
                         sizeof(uint64_t));
    itemset_traffic_send(&t->rules, rules->consequent_count, come->consequent_count,
                         sizeof(uint64_t));
    if (rules->p_value != NULL)
        itemset_traffic_send(&t->rules, rules->p_value, come->p_value, sizeof(double));
}

/* Replaces the rules, of which t->rules.to[r] go to each rank, by those that come, sorted. */
static patron_status move_rules(const patron_comm *comm, traffic *t, patron_itemset_rules *rules)
{
    patron_itemset_rules come = {0};
    itemset_traffic_follow(&t->antecedent_items, &t->rules, rules->antecedent_offsets);
    itemset_traffic_follow(&t->consequent_items, &t->rules, rules->consequent_offsets);
    uint64_t count = itemset_traffic_announce(&t->rules);
    uint64_t antecedent_items = itemset_traffic_announce(&t->antecedent_items);
    uint64_t consequent_items = itemset_traffic_announce(&t->consequent_items);
    patron_status status =
        patron_comm_agree(comm, itemset_rules_allocate(&come, count, antecedent_items,
                                                       consequent_items, rules->p_value != NULL));
    if (status == PATRON_OK) {
        send_arrays(t, rules, &come);
        itemset_rules_free(rules);
        *rules = come;
        come = (patron_itemset_rules){0};
        status = patron_comm_agree(comm, merge_runs(rules, t->rules.from, comm->size));
    }
    itemset_rules_free(&come);
    return status;
}

patron_status itemset_rules_sort(const patron_comm *comm, patron_itemset_rules *rules)
{
    traffic t = {0};
    itemset_splitters splitters = {0};
    const patron_itemset_sets antecedents = {.count = rules->count,
                                             .offsets = rules->antecedent_offsets,
                                             .items = rules->antecedent_items};
    patron_status status = PATRON_OK;
    if (comm->size > 1) {
        status = itemset_splitters_choose(comm, create(&t, comm), &antecedents, &splitters);
        if (status == PATRON_OK) {
            itemset_slices_cut(&antecedents, &splitters, comm->size, t.rules.to);
            status = move_rules(comm, &t, rules);
        }
    }
    if (status == PATRON_OK)
        itemset_rules_number(comm, rules);
    itemset_traffic_free(&t.rules);
    itemset_traffic_free(&t.antecedent_items);
    itemset_traffic_free(&t.consequent_items);
    itemset_splitters_free(&splitters);
    return status;
}
