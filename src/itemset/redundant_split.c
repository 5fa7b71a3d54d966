/* SPDX-License-Identifier: Apache-2.0 */
/* Rules are counted by a hash of their consequent over all ranks.  Splitting costs a letter an item
 * of the antecedent instead of one a rule, so it is done where these, dealt to all ranks, are still
 * fewer than the rules, of which one rank would have all, beside its share of the others. */
#include "itemset/redundant_split.h"

#include "itemset/hash.h"
#include "patron/memory.h"

#include <stdlib.h>

/* By insertion: antecedents are short. */
void itemset_split_order(const itemset_split *split, uint32_t *items, uint32_t count)
{
    for (uint32_t i = 1; i < count; ++i) {
        uint32_t item = items[i], at = i;
        for (;
             at > 0 && (split->uses[items[at - 1]] > split->uses[item] ||
                        (split->uses[items[at - 1]] == split->uses[item] && items[at - 1] > item));
             --at)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static uint64_t count_items(const itemset_slice *slice)
{
    const patron_itemset_sets *sets = slice->sets;
    uint64_t count = 0;
    for (uint64_t i = 0; i < sets->offsets[sets->count]; ++i)
        count = sets->items[i] >= count ? (uint64_t)sets->items[i] + 1 : count;
    patron_comm_reduce_u64(slice->comm, &count, 1, PATRON_MAX);
    return count;
}

/* counts: rules by bucket, then the items of their antecedents. */
static void count_rules(const patron_itemset_sets *sets, const itemset_rule_list *list,
                        uint64_t *counts, uint64_t *uses)
{
    for (uint64_t i = 0; i < list->count; ++i) {
        uint32_t length = 0;
        const uint32_t *consequent = itemset_rule_consequent(list, i, &length);
        uint64_t bucket =
            itemset_hash_items(consequent, length) >> 32 & (ITEMSET_SPLIT_BUCKETS - 1);
        uint64_t set = list->rules[i].antecedent;
        ++counts[bucket];
        counts[ITEMSET_SPLIT_BUCKETS + bucket] += itemset_set_length(sets, set);
        for (uint64_t j = sets->offsets[set]; j < sets->offsets[set + 1]; ++j)
            ++uses[sets->items[j]];
    }
}

patron_status itemset_split_find(const itemset_slice *slice, const itemset_rule_list *list,
                                 itemset_split *split)
{
    const patron_comm *comm = slice->comm;
    *split = (itemset_split){0};
    if (comm->size == 1)
        return PATRON_OK;
    uint64_t items = count_items(slice), all = list->count;
    uint64_t *counts = patron_allocate(2 * (uint64_t)ITEMSET_SPLIT_BUCKETS, sizeof *counts);
    split->uses = patron_allocate(items, sizeof *split->uses);
    patron_status status = patron_comm_agree(
        comm, counts == NULL || split->uses == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        count_rules(slice->sets, list, counts, split->uses);
        patron_comm_reduce_u64(comm, &all, 1, PATRON_SUM);
        patron_comm_reduce_u64(comm, counts, 2 * (uint64_t)ITEMSET_SPLIT_BUCKETS, PATRON_SUM);
        patron_comm_reduce_u64(comm, split->uses, items, PATRON_SUM);
    }
    for (uint64_t i = 0; status == PATRON_OK && i < ITEMSET_SPLIT_BUCKETS; ++i) {
        double rules = (double)counts[i], letters = (double)counts[ITEMSET_SPLIT_BUCKETS + i];
        split->is_split[i] = rules * rules * comm->size > letters * (double)all;
    }
    free(counts);
    return status;
}

void itemset_split_free(itemset_split *split)
{
    free(split->uses);
    split->uses = NULL;
}
