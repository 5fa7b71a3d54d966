/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal tells what would do: the least count with which the sets are few enough; and for bytes,
 * of which a rank has its own share, one with which counting them shows that they fit. */
#include "itemset/limits.h"

#include "itemset/crew.h"
#include "itemset/threshold.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void itemset_excess_find(const patron_comm *comm, const itemset_budget *budget,
                         itemset_excess *excess)
{
    bool is_short_of_bytes = budget->most_bytes > 0 && budget->bytes > budget->most_bytes;
    uint64_t sums[4] = {budget->sets, budget->bytes, budget->is_spent ? 1 : 0,
                        is_short_of_bytes ? 1 : 0};
    patron_comm_reduce_u64(comm, sums, 4, PATRON_SUM);
    bool is_too_much = budget->most_sets > 0 && sums[0] > budget->most_sets;
    *excess = (itemset_excess){.is_found = sums[2] > 0 || is_too_much,
                               .is_of_sets = is_too_much || sums[3] == 0,
                               .set_bytes = 1 + sums[1] / (sums[0] + 1)};
}

/* Bytes of the sets that this rank would keep. */
static patron_status count_bytes(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                 const patron_itemset_options *options, uint64_t *bytes)
{
    itemset_database database = {0};
    itemset_crew crew = {.counts_only = true};
    const itemset_wanted wanted = itemset_crew_wanted(options);
    patron_status status = itemset_database_create(
        comm, baskets, options, itemset_crew_use(&wanted, &crew.keep), &database);
    status = itemset_crew_mine(comm, status, &database, options, &crew);
    *bytes = 0;
    for (int i = 0; i < crew.parts && status == PATRON_OK; ++i)
        for (uint64_t length = 0; length <= crew.found[i].longest; ++length)
            *bytes += crew.found[i].buckets[length].count * itemset_found_bytes(length);
    itemset_crew_free(&crew);
    itemset_database_free(&database);
    return status;
}

/* The least count with which at most `sets` sets are found, and how many there are then (0: no
 * count that a set has would do).  Maximal sets are fewer than the closed ones, of which it speaks
 * then: their number does not always fall with the count. */
static patron_status find_fitting(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                  const patron_itemset_options *options, uint64_t sets,
                                  uint64_t *min_count, uint64_t *fitting)
{
    itemset_threshold threshold = {0};
    uint64_t wanted = sets < ITEMSET_MOST_RANKED ? sets + 1 : ITEMSET_MOST_RANKED;
    patron_itemset_options search = *options;
    if (search.kind == PATRON_ITEMSET_MAXIMAL)
        search.kind = PATRON_ITEMSET_CLOSED;
    patron_status status = itemset_threshold_find(comm, baskets, &search, wanted, &threshold);
    *min_count = threshold.count + threshold.is_reached;
    *fitting = threshold.above;
    return status;
}

static patron_status find_fitting_bytes(const patron_comm *comm,
                                        const patron_itemset_baskets *baskets,
                                        const patron_itemset_options *options, uint64_t set_bytes,
                                        uint64_t *min_count, uint64_t *fitting)
{
    patron_itemset_options counted = *options;
    counted.text = NULL;
    patron_status status = PATRON_OK;
    uint64_t sets = options->most_bytes / set_bytes;
    if (sets < ITEMSET_MOST_RANKED)
        sets *= (uint64_t)comm->size;
    uint64_t bytes = UINT64_MAX;
    do {
        status = find_fitting(comm, baskets, options, sets, min_count, fitting);
        counted.min_count = *min_count;
        if (status == PATRON_OK && *fitting > 0)
            status = count_bytes(comm, baskets, &counted, &bytes);
        patron_comm_reduce_u64(comm, &bytes, 1, PATRON_MAX);
        sets = *fitting / 4 * 3;
    } while (status == PATRON_OK && *fitting > 0 && bytes > options->most_bytes);
    return status;
}

/* The shortest share that means this count. */
static void write_support(uint64_t count, uint64_t baskets, char *text, size_t capacity)
{
    enum { MOST_DIGITS = 17 };
    int digits = 0;
    do
        snprintf(text, capacity, "%.*g", ++digits, (double)count / (double)baskets);
    while (digits < MOST_DIGITS && patron_itemset_min_count(strtod(text, NULL), baskets) != count);
}

patron_status itemset_excess_refuse(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                    const patron_itemset_options *options,
                                    const itemset_excess *excess)
{
    const itemset_wanted wanted = itemset_crew_wanted(options);
    patron_itemset_options search = *options;
    search.most_sets = search.most_bytes = 0;
    search.checkpoint = NULL;
    uint64_t min_count = 0, fitting = 0;
    uint64_t all = baskets->count;
    patron_comm_reduce_u64(comm, &all, 1, PATRON_SUM);
    char found[128], fits[128], support[32];
    patron_status status = PATRON_OK;
    if (excess->is_of_sets) {
        status = find_fitting(comm, baskets, &search, options->most_sets, &min_count, &fitting);
        snprintf(found, sizeof found, "more than %" PRIu64 " sets", options->most_sets);
    } else {
        search.most_bytes = options->most_bytes;
        status =
            find_fitting_bytes(comm, baskets, &search, excess->set_bytes, &min_count, &fitting);
        snprintf(found, sizeof found, "sets for which %" PRIu64 " bytes of a rank do not suffice",
                 options->most_bytes);
    }
    if (status != PATRON_OK)
        return status;
    if (fitting == 0) {
        snprintf(fits, sizeof fits, "and so are those with the highest count");
    } else {
        write_support(min_count, all, support, sizeof support);
        snprintf(fits, sizeof fits,
                 "a min-count of %" PRIu64 " or a min-support of %s gives %s%" PRIu64, min_count,
                 support, wanted.kind == PATRON_ITEMSET_MAXIMAL ? "at most " : "", fitting);
    }
    return patron_fail(PATRON_RESOURCE, "%s are in at least %" PRIu64 " of %" PRIu64 " baskets; %s",
                       found, options->min_count, all, fits);
}
