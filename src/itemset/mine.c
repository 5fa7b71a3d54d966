/* SPDX-License-Identifier: Apache-2.0 */
/* Mining from end to end: tasks dealt to ranks with the rows that they need, found sets sorted over
 * ranks, then listed. */
#include "itemset/crew.h"
#include "itemset/limits.h"
#include "itemset/listing.h"
#include "itemset/slices.h"
#include "itemset/threshold.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

/* Only counts by length.  Collective. */
static patron_status sum_lengths(const patron_comm *comm, const itemset_crew *c,
                                 patron_itemset_result *result)
{
    uint32_t longest = c->found[0].longest;
    uint64_t *counts = patron_allocate((uint64_t)longest + 1, sizeof *counts);
    patron_status status = patron_comm_agree(comm, counts == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK) {
        free(counts);
        return status;
    }
    for (int i = 0; i < c->parts; ++i)
        for (uint64_t length = 0; length <= longest; ++length)
            counts[length] += c->found[i].buckets[length].count;
    itemset_list_lengths(comm, counts, longest, result);
    return PATRON_OK;
}

/* Found sets, cut to those that are listed, as sorted slices, and rules.  Collective. */
static patron_status list_sets(const patron_comm *comm, const itemset_database *database,
                               const patron_itemset_options *options, itemset_crew *c,
                               patron_itemset_result *result)
{
    patron_progress_stage(options->progress, "sorting");
    patron_span span = patron_meter_enter(PATRON_STEP_SORT);
    patron_status status = itemset_found_sort(c->found, c->parts, database->item_count,
                                              options->threads, &result->sets);
    if (options->rules)
        status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && itemset_makes_rules(options))
        status = itemset_sets_deal(comm, &result->sets);
    patron_meter_leave(span, 0, 0);
    span = patron_meter_enter(PATRON_STEP_LIST);
    patron_progress_stage(options->progress, "listing");
    if (status == PATRON_OK && options->rules)
        status = patron_checkpoint_pass(options->checkpoint);
    status = itemset_list(comm, status, database, options, result);
    patron_meter_leave(span, 0, 0);
    if (options->count_only)
        itemset_sets_free(&result->sets);
    span = patron_meter_enter(PATRON_STEP_SORT);
    if (status == PATRON_OK && !options->count_only)
        status = itemset_slices_sort(comm, &result->sets);
    patron_meter_leave(span, 0, 0);
    return status;
}

/* From options->min_count on; of `top` only what is to be cut from maximal sets.  Collective. */
static patron_status mine(const patron_comm *comm, const patron_itemset_baskets *baskets,
                          const patron_itemset_options *options, patron_itemset_result *result)
{
    itemset_database database = {0};
    itemset_excess excess = {0};
    itemset_crew c = {
        .budget = {.most_sets = options->most_sets, .most_bytes = options->most_bytes},
        .keep = itemset_keep_of(options, ITEMSET_PHASE_MINING)};
    const itemset_wanted wanted = itemset_crew_wanted(options);
    *result = (patron_itemset_result){0};
    patron_span span = patron_meter_enter(PATRON_STEP_BUILD);
    patron_status status = itemset_database_create(comm, baskets, options,
                                                   itemset_crew_use(&wanted, &c.keep), &database);
    patron_meter_leave(span, 0, 0);
    span = patron_meter_enter(PATRON_STEP_MINE);
    status = itemset_crew_mine(comm, status, &database, options, &c);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        itemset_excess_find(comm, &c.budget, &excess);
    result->baskets = database.baskets;
    result->min_count = options->min_count;
    result->effort = (patron_itemset_effort){.bytes_sent = database.bytes_sent + c.bytes_sent,
                                             .mining_cpu = c.cpu};
    if (excess.is_found)
        status = PATRON_RESOURCE;
    else if (status == PATRON_OK && (wanted.count_only || wanted.text_names != NULL))
        status = sum_lengths(comm, &c, result);
    else if (status == PATRON_OK)
        status = list_sets(comm, &database, options, &c, result);
    itemset_crew_free(&c);
    itemset_database_free(&database);
    if (excess.is_found)
        status = itemset_excess_refuse(comm, baskets, options, &excess);
    if (status != PATRON_OK)
        patron_itemset_result_free(result);
    return status;
}

patron_status patron_itemset_mine(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                  const patron_itemset_options *options,
                                  patron_itemset_result *result)
{
    patron_itemset_options settled = *options;
    patron_status status = PATRON_OK;
    *result = (patron_itemset_result){0};
    if (options->top > 0) {
        patron_span span = patron_meter_enter(PATRON_STEP_RANK);
        status = itemset_threshold_of_top(comm, baskets, options, &settled.min_count);
        patron_meter_leave(span, 0, 0);
    }
    return status == PATRON_OK ? mine(comm, baskets, &settled, result) : status;
}
