/* SPDX-License-Identifier: Apache-2.0 */
/* Counts are searched from above, so that no search ever meets many more sets than are wanted: the
 * database of a high least count is mined, and of a quarter where it holds too few sets.
 * While it is mined, the least count rises to that of the best sets so far (TFP: Wang, Han, Lu,
 * Tzvetkov 2005), beginning with what single items and pairs tell. */
#include "itemset/threshold.h"

#include "itemset/counting.h"
#include "itemset/crew.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- one database ---- */

/* What single items and pairs tell before mining. */
static void rank_pairs(const itemset_database *database, const itemset_wanted *wanted,
                       itemset_ranking *ranking)
{
    uint32_t single = 1 + (database->projected ? database->included_count : 0);
    const itemset_node *node = &database->node;
    if (single >= wanted->shortest && single <= wanted->longest)
        for (uint32_t item = 0; item < node->width; ++item)
            itemset_ranking_add(ranking, node->counts[item], 1);
    if (single + 1 >= wanted->shortest && single < wanted->longest)
        for (uint32_t item = 0; item < database->pairs.width; ++item)
            for (uint32_t i = 0; i < item; ++i)
                itemset_ranking_add(ranking, itemset_pairs_below(&database->pairs, item)[i], 1);
    itemset_ranking_restart(ranking);
}

static uint64_t highest_count(const itemset_database *database)
{
    uint64_t of_items = database->node.width > 0 ? database->node.counts[0] : 0;
    return database->projected && database->selected > of_items ? database->selected : of_items;
}

/* The threshold among the sets that reach options->min_count. */
static patron_status rank_from(const patron_comm *comm, const patron_itemset_baskets *baskets,
                               const patron_itemset_options *options, uint64_t wanted,
                               itemset_threshold *threshold)
{
    itemset_database database = {0};
    itemset_ranking ranking = {0};
    itemset_crew crew = {.ranking = &ranking,
                         .keep = itemset_keep_of(options, ITEMSET_PHASE_RANKING)};
    const itemset_wanted sets = itemset_crew_wanted(options);
    itemset_database_use use = itemset_crew_use(&sets, &crew.keep);
    use.divided = false; /* the least count rises */
    patron_status status = itemset_database_create(comm, baskets, options, use, &database);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    uint64_t highest = highest_count(&database);
    if (highest < options->min_count)
        highest = options->min_count;
    status = itemset_ranking_create(&ranking, wanted, options->min_count, highest);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    if (sets.kind == PATRON_ITEMSET_ALL)
        rank_pairs(&database, &sets, &ranking);
    status = itemset_crew_mine(comm, status, &database, options, &crew);
    if (status == PATRON_OK)
        status = itemset_ranking_settle(comm, &ranking, threshold);

cleanup:
    itemset_crew_free(&crew);
    itemset_ranking_free(&ranking);
    itemset_database_free(&database);
    return status;
}

/* ---- from above ---- */

/* Where to begin: at the threshold or below it where single items are enough, else where so few
 * items are left that all their subsets would not be enough, or are too short. */
static uint64_t choose_start(const itemset_database *database,
                             const patron_itemset_options *options, uint64_t wanted)
{
    const itemset_wanted sets = itemset_crew_wanted(options);
    const itemset_node *node = &database->node;
    uint32_t single = 1 + (database->projected ? database->included_count : 0);
    if (single >= sets.shortest && single <= sets.longest && node->width >= wanted)
        return node->counts[wanted - 1];
    uint64_t item = 0;
    while (wanted >> item > 2)
        ++item;
    if (sets.shortest > single && sets.shortest - single > item)
        item = sets.shortest - single;
    return item < node->width ? node->counts[item] : options->min_count;
}

static patron_status find_start(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                const patron_itemset_options *options, uint64_t wanted,
                                uint64_t *start)
{
    itemset_selection selection = {0};
    itemset_database database = {0};
    uint32_t *labels = NULL;
    patron_status status = itemset_selection_create(&selection, baskets, options);
    status = itemset_count_items(comm, status, &selection, options->threads, &database);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, itemset_label_items(&selection, options->min_count,
                                                             &database.node, database.item_counts,
                                                             &labels));
    if (status == PATRON_OK)
        *start = choose_start(&database, options, wanted);
    free(labels);
    itemset_database_free(&database);
    itemset_selection_free(&selection);
    return status;
}

/* The least count of the database that is ranked. */
static const char FROM[] = "from";

patron_status itemset_threshold_find(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                     const patron_itemset_options *options, uint64_t wanted,
                                     itemset_threshold *threshold)
{
    enum { STEP = 4 }; /* a database costs more than sets that are met in vain */
    patron_itemset_options from = *options;
    from.text = NULL;
    from.others_follow = false;
    const itemset_keep keep = itemset_keep_of(options, ITEMSET_PHASE_RANKING);
    patron_status status = find_start(comm, baskets, options, wanted, &from.min_count);
    (void)itemset_recall_number(&keep, FROM, &from.min_count);
    while (status == PATRON_OK) {
        status = patron_comm_agree(comm, itemset_keep_number(&keep, FROM, from.min_count));
        if (status == PATRON_OK)
            status = rank_from(comm, baskets, &from, wanted, threshold);
        if (status != PATRON_STOPPED)
            itemset_keep_forget(&keep);
        if (status != PATRON_OK || threshold->is_reached || from.min_count == options->min_count)
            break;
        from.min_count /= STEP;
        if (from.min_count < options->min_count)
            from.min_count = options->min_count;
    }
    return status;
}

/* ---- the top sets ---- */

patron_status itemset_threshold_of_counts(const patron_comm *comm, const uint64_t *counts,
                                          uint64_t n, uint64_t top, itemset_threshold *threshold)
{
    uint64_t most = 1;
    for (uint64_t i = 0; i < n; ++i)
        most = counts[i] > most ? counts[i] : most;
    patron_comm_reduce_u64(comm, &most, 1, PATRON_MAX);
    itemset_ranking ranking = {0};
    patron_status status = patron_comm_agree(comm, itemset_ranking_create(&ranking, top, 1, most));
    for (uint64_t i = 0; i < n && status == PATRON_OK; ++i)
        itemset_ranking_add(&ranking, counts[i], 1);
    if (status == PATRON_OK)
        status = itemset_ranking_settle(comm, &ranking, threshold);
    itemset_ranking_free(&ranking);
    return status;
}

static const char LEAST_OF_TOP[] = "least";

patron_status itemset_threshold_of_top(const patron_comm *comm,
                                       const patron_itemset_baskets *baskets,
                                       const patron_itemset_options *options, uint64_t *min_count)
{
    patron_itemset_options from = *options;
    itemset_threshold threshold = {0};
    from.rules = from.count_only = false;
    *min_count = options->min_count;
    if (options->top >= ITEMSET_MOST_RANKED)
        return patron_fail(PATRON_USAGE, "%" PRIu64 " top sets, expected less than %" PRIu64,
                           options->top, ITEMSET_MOST_RANKED);
    const itemset_keep keep = itemset_keep_of(options, ITEMSET_PHASE_MINING);
    if (options->kind == PATRON_ITEMSET_MAXIMAL ||
        itemset_recall_number(&keep, LEAST_OF_TOP, min_count))
        return PATRON_OK;
    patron_status status = itemset_threshold_find(comm, baskets, &from, options->top, &threshold);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, itemset_keep_number(&keep, LEAST_OF_TOP, threshold.count));
    if (status == PATRON_OK)
        *min_count = threshold.count;
    return status;
}
