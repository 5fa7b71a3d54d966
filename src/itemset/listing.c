/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules are wanted, all frequent sets are at hand, and one walk over all their subsets of one
 * item less makes the rules and finds what is not closed or not maximal: only a superset of one
 * item more can be the witness, since every frequent superset has a frequent subset of that size on
 * the way. */
#include "itemset/listing.h"

#include "itemset/rule_search.h"
#include "itemset/subsets.h"
#include "itemset/threshold.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

typedef struct judgement {
    patron_itemset_kind kind;
    const patron_itemset_sets *sets;
    bool *dropped; /* by set: not of the kind */
    itemset_rule_search search;
    patron_progress *progress;
    uint64_t visited; /* sets */
} judgement;

static patron_status meet_superset(void *context, uint64_t subset, uint32_t dropped, uint64_t count)
{
    judgement *j = context;
    uint64_t subset_count = j->sets->support_count[subset];
    if (j->kind == PATRON_ITEMSET_MAXIMAL ||
        (j->kind == PATRON_ITEMSET_CLOSED && count == subset_count))
        j->dropped[subset] = true;
    return itemset_rule_search_meet(&j->search, subset, dropped, count);
}

/* A safe point, too. */
static patron_status end_round(void *context, uint64_t sets)
{
    judgement *j = context;
    patron_status status = itemset_rule_search_widen(&j->search);
    j->visited += sets;
    patron_progress_update(j->progress, j->visited, NULL);
    return status == PATRON_OK ? patron_checkpoint_heed(j->search.options->checkpoint) : status;
}

/* How many of `wanted` (a flag an item) a set holds. */
static uint64_t count_wanted(const patron_itemset_sets *sets, uint64_t set, const bool *wanted)
{
    uint64_t held = 0;
    for (uint64_t i = sets->offsets[set]; i < sets->offsets[set + 1]; ++i)
        held += wanted[sets->items[i]];
    return held;
}

/* Drops sets that lack an included item or have a length that is not wanted. */
static patron_status drop_unwanted(const itemset_database *database,
                                   const patron_itemset_options *options,
                                   const patron_itemset_sets *sets, bool *dropped)
{
    uint64_t required = database->projected ? 0 : database->included_count;
    bool *included = patron_allocate(database->item_count, sizeof *included);
    if (included == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < required; ++i)
        included[database->included[i]] = true;
    for (uint64_t set = 0; set < sets->count; ++set) {
        uint64_t length = sets->offsets[set + 1] - sets->offsets[set];
        if (length < options->min_length ||
            (options->max_length > 0 && length > options->max_length) ||
            (required > 0 && count_wanted(sets, set, included) < required))
            dropped[set] = true;
    }
    free(included);
    return PATRON_OK;
}

/* Closes the gaps. */
static void compact(patron_itemset_sets *sets, const bool *dropped)
{
    uint64_t kept = 0;
    uint64_t start = 0;
    for (uint64_t set = 0; set < sets->count; ++set) {
        uint64_t end = sets->offsets[set + 1];
        if (!dropped[set]) {
            uint64_t to = sets->offsets[kept];
            memmove(sets->items + to, sets->items + start, (end - start) * sizeof *sets->items);
            sets->support_count[kept] = sets->support_count[set];
            sets->offsets[++kept] = to + end - start;
        }
        start = end;
    }
    sets->count = kept;
}

/* Leaves the sets of the highest counts.  Collective. */
static patron_status cut_to_top(const patron_comm *comm, uint64_t top, patron_itemset_sets *sets,
                                bool *dropped)
{
    itemset_threshold threshold = {0};
    patron_status status =
        itemset_threshold_of_counts(comm, sets->support_count, sets->count, top, &threshold);
    if (status != PATRON_OK)
        return status;
    for (uint64_t set = 0; set < sets->count; ++set)
        dropped[set] = sets->support_count[set] < threshold.count;
    compact(sets, dropped);
    return status;
}

void itemset_list_lengths(const patron_comm *comm, uint64_t *counts, uint32_t most,
                          patron_itemset_result *result)
{
    patron_comm_reduce_u64(comm, counts, (uint64_t)most + 1, PATRON_SUM);
    while (most > 0 && counts[most] == 0)
        --most;
    result->count_by_length = counts;
    result->longest = most;
}

/* Sets j->dropped by kind, and makes the rules. */
static patron_status judge(const itemset_slice *slice, judgement *j, patron_itemset_rules *rules)
{
    patron_progress_begin(j->progress, "rules", "sets",
                          slice->sets->count - itemset_subsets_single(slice->sets));
    patron_status status = itemset_subsets_visit(slice, meet_superset, end_round, j);
    patron_progress_end(j->progress);
    if (status == PATRON_OK)
        status = itemset_rule_search_end(&j->search, rules);
    itemset_rule_search_free(&j->search);
    return status;
}

patron_status itemset_list(const patron_comm *comm, patron_status so_far,
                           const itemset_database *database, const patron_itemset_options *options,
                           patron_itemset_result *result)
{
    patron_itemset_sets *sets = &result->sets;
    itemset_index index = {0};
    const itemset_slice slice = {comm, sets, &index, options->threads};
    judgement j = {.kind = options->kind,
                   .sets = sets,
                   .progress = options->progress,
                   .search = itemset_rule_search_begin(&slice, options, database->baskets,
                                                       database->item_counts)};
    bool rules = itemset_makes_rules(options);
    uint32_t longest = itemset_database_longest(database);
    uint64_t *counts = patron_allocate((uint64_t)longest + 1, sizeof *counts);
    j.dropped = patron_allocate(sets->count, sizeof *j.dropped);
    patron_status status = so_far;
    if (status == PATRON_OK && (j.dropped == NULL || counts == NULL))
        status = PATRON_RESOURCE;
    patron_span span = patron_meter_enter(rules ? PATRON_STEP_RULES : PATRON_STEP_LIST);
    if (status == PATRON_OK && rules)
        status = itemset_index_create(&index, sets);
    if (rules)
        status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && rules)
        status = judge(&slice, &j, &result->rules);
    patron_meter_leave(span, 0, 0);
    itemset_index_free(&index);
    if (status == PATRON_OK)
        status = drop_unwanted(database, options, sets, j.dropped);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK || counts == NULL) /* clang-tidy asks for the second */
        goto cleanup;
    compact(sets, j.dropped);
    if (options->top > 0 && options->kind == PATRON_ITEMSET_MAXIMAL)
        status = cut_to_top(comm, options->top, sets, j.dropped);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t set = 0; set < sets->count; ++set)
        ++counts[sets->offsets[set + 1] - sets->offsets[set]];
    itemset_list_lengths(comm, counts, longest, result);
    counts = NULL;

cleanup:
    free(counts);
    free(j.dropped);
    return status;
}
