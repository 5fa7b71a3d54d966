/* SPDX-License-Identifier: Apache-2.0 */
/* Mining from end to end: one database on all ranks, branches dealt to ranks and threads, found
 * sets sorted over ranks, then listed. */
#include "itemset/database.h"
#include "itemset/listing.h"
#include "itemset/slices.h"
#include "itemset/tasks.h"
#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>

/* The miners of this rank. */
typedef struct crew {
    itemset_miner *miners;
    itemset_found *found; /* theirs, after mining */
    int size;
} crew;

/* Closed and maximal sets of the greatest length are judged by sets of one item more. */
static itemset_wanted what_is_wanted(const patron_itemset_options *options)
{
    bool rules = options->rules && !options->count_only;
    itemset_wanted wanted = {.min_count = options->min_count,
                             .shortest = rules ? 1 : options->min_length,
                             .longest = UINT32_MAX};
    wanted.count_only = options->count_only && options->kind == PATRON_ITEMSET_ALL;
    if (!rules && options->max_length > 0 && options->max_length < UINT32_MAX)
        wanted.longest = options->max_length + (options->kind != PATRON_ITEMSET_ALL);
    return wanted;
}

static void dismiss_miners(crew *c)
{
    for (int i = 0; i < c->size && c->miners != NULL; ++i)
        itemset_miner_free(&c->miners[i]);
    free(c->miners);
    c->miners = NULL;
}

static void free_crew(crew *c)
{
    dismiss_miners(c);
    for (int i = 0; i < c->size && c->found != NULL; ++i)
        itemset_found_free(&c->found[i]);
    free(c->found);
}

static patron_status create_crew(const patron_comm *comm, const itemset_database *database,
                                 const patron_itemset_options *options, crew *c)
{
    const itemset_wanted wanted = what_is_wanted(options);
    uint32_t included = database->projected ? database->included_count : 0;
    uint64_t limit = UINT64_MAX / 2 / (uint64_t)comm->size / (uint64_t)options->threads;
    uint32_t longest = database->longest + included;
    patron_status status = PATRON_OK;
    c->size = options->threads;
    c->miners = patron_allocate((uint64_t)c->size, sizeof *c->miners);
    c->found = patron_allocate((uint64_t)c->size, sizeof *c->found);
    if (c->miners == NULL || c->found == NULL)
        return PATRON_RESOURCE;
    for (int i = 0; i < c->size && status == PATRON_OK; ++i)
        status = itemset_miner_create(&c->miners[i], &wanted, database->node.width, longest, limit);
    return status;
}

/* The included items of a projected database are in every set: they start each path. */
static void start_paths(const itemset_database *database, const crew *c)
{
    for (int i = 0; i < c->size; ++i)
        for (uint32_t k = 0; k < database->included_count; ++k)
            itemset_miner_push(&c->miners[i], database->included[k]);
}

/* Mines tasks[count] by dynamic threads; after a failure the tasks that are left are passed over.
 */
static void run_tasks(const itemset_database *database, const itemset_task *tasks, uint64_t count,
                      patron_progress *progress, const crew *c)
{
    uint64_t done = 0;
    bool failed = false;
    patron_progress_begin(progress, "mining", "branches", count);
#pragma omp parallel for schedule(dynamic, 1) num_threads(c->size)
    for (uint64_t i = 0; i < count; ++i) {
        itemset_miner *miner = &c->miners[omp_get_thread_num()];
        bool stop;
        uint64_t now;
#pragma omp atomic read
        stop = failed;
        if (stop)
            continue;
        miner->status =
            itemset_mine_batch(miner, &database->node, &database->pairs, tasks[i].batch);
        if (miner->status != PATRON_OK) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp atomic capture
        now = ++done;
        if (omp_get_thread_num() == 0)
            patron_progress_update(progress, now, NULL);
    }
    patron_progress_end(progress);
}

/* Fills the crew's found sets.  Collective. */
static patron_status mine_branches(const patron_comm *comm, const itemset_database *database,
                                   const patron_itemset_options *options, crew *c)
{
    itemset_task *tasks = NULL;
    uint64_t count = 0;
    patron_status status = create_crew(comm, database, options, c);
    if (status == PATRON_OK)
        status = itemset_deal_tasks(&database->node, &database->pairs, options->min_count,
                                    options->threads, comm->rank, comm->size, &tasks, &count);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        itemset_miner *first = &c->miners[0];
        if (database->projected)
            start_paths(database, c);
        if (database->projected && comm->rank == 0 && database->selected >= options->min_count)
            status = itemset_miner_emit(first, database->selected);
        if (status == PATRON_OK)
            run_tasks(database, tasks, count, options->progress, c);
        for (int i = 0; i < c->size; ++i) {
            status = c->miners[i].status != PATRON_OK ? c->miners[i].status : status;
            c->found[i] = c->miners[i].found;
            c->miners[i].found = (itemset_found){0};
        }
        dismiss_miners(c);
        status = patron_comm_agree_idle(comm, status);
    }
    free(tasks);
    return status;
}

/* Only counts by length.  Collective. */
static patron_status sum_lengths(const patron_comm *comm, const crew *c,
                                 patron_itemset_result *result)
{
    uint64_t longest = c->found[0].longest;
    uint64_t *counts = patron_allocate(longest + 1, sizeof *counts);
    patron_status status = patron_comm_agree(comm, counts == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        for (int i = 0; i < c->size; ++i)
            for (uint64_t length = 0; length <= longest; ++length)
                counts[length] += c->found[i].buckets[length].count;
        status = itemset_list_lengths(comm, counts, longest, result);
    }
    free(counts);
    return status;
}

/* Sorted slices, listed, and rules.  Collective. */
static patron_status list_sets(const patron_comm *comm, const itemset_database *database,
                               const patron_itemset_options *options, crew *c,
                               patron_itemset_result *result)
{
    itemset_splitters splitters = {0};
    patron_status status = itemset_found_sort(c->found, c->size, database->item_count,
                                              options->threads, &result->sets);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = itemset_slices_sort(comm, &result->sets, &splitters);
    if (status == PATRON_OK)
        status = itemset_list(comm, database, options, &splitters, result);
    if (options->count_only)
        itemset_sets_free(&result->sets);
    itemset_splitters_free(&splitters);
    return status;
}

patron_status patron_itemset_mine(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                  const patron_itemset_options *options,
                                  patron_itemset_result *result)
{
    itemset_database database = {0};
    crew c = {0};
    *result = (patron_itemset_result){0};
    patron_status status = itemset_database_create(comm, baskets, options, &database);
    if (status == PATRON_OK)
        status = mine_branches(comm, &database, options, &c);
    result->baskets = database.baskets;
    if (status == PATRON_OK && what_is_wanted(options).count_only)
        status = sum_lengths(comm, &c, result);
    else if (status == PATRON_OK)
        status = list_sets(comm, &database, options, &c, result);
    free_crew(&c);
    itemset_database_free(&database);
    if (status != PATRON_OK)
        patron_itemset_result_free(result);
    return status;
}
