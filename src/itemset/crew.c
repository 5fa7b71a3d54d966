/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take tasks in the order of the search, so that text has to wait for few of them. */
#include "itemset/crew.h"

#include "patron/memory.h"
#include "runtime/usage.h"

#include <omp.h>
#include <stdlib.h>

/* Rules come from all sets.  The top maximal sets are cut from all maximal ones. */
itemset_wanted itemset_crew_wanted(const patron_itemset_options *options)
{
    bool rules = options->rules && !options->count_only;
    itemset_wanted wanted = {.kind = rules ? PATRON_ITEMSET_ALL : options->kind,
                             .min_count = options->min_count,
                             .shortest = rules ? 1 : options->min_length,
                             .longest = UINT32_MAX};
    wanted.count_only =
        options->count_only && (options->top == 0 || options->kind != PATRON_ITEMSET_MAXIMAL);
    if (options->text != NULL && !wanted.count_only)
        wanted.text_names = options->text->names;
    if (!rules && options->max_length > 0)
        wanted.longest = options->max_length;
    return wanted;
}

itemset_database_use itemset_crew_use(const itemset_wanted *wanted)
{
    return (itemset_database_use){.divided = true, .judged = wanted->kind != PATRON_ITEMSET_ALL};
}

static void dismiss_miners(itemset_crew *crew)
{
    for (int i = 0; i < crew->size && crew->miners != NULL; ++i)
        itemset_miner_free(&crew->miners[i]);
    free(crew->miners);
    crew->miners = NULL;
}

void itemset_crew_free(itemset_crew *crew)
{
    dismiss_miners(crew);
    for (int i = 0; i < crew->size && crew->found != NULL; ++i)
        itemset_found_free(&crew->found[i]);
    free(crew->found);
    itemset_sharing_free(crew->sharing);
    free(crew->turns);
    itemset_outlet_free(crew->outlet);
    free(crew->short_names);
    *crew = (itemset_crew){0};
}

/* Turns are those of the jobs; rank 0 has one before, for what comes before the first task. */
static uint64_t turns_before(const patron_comm *comm)
{
    return comm->rank == 0 ? 1 : 0;
}

static patron_status open_outlet(const patron_comm *comm, const patron_itemset_text *text,
                                 uint64_t tasks, itemset_crew *crew)
{
    uint64_t turns = turns_before(comm) + tasks;
    crew->turns = patron_allocate(turns, sizeof *crew->turns);
    if (crew->turns == NULL)
        return PATRON_RESOURCE;
    crew->outlet = itemset_outlet_create(text, crew->turns, turns);
    for (int i = 0; i < crew->size; ++i)
        crew->miners[i].pen.outlet = crew->outlet;
    return crew->outlet == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* What the miners of this crew find. */
static itemset_wanted choose_wanted(const patron_itemset_options *options, itemset_crew *crew)
{
    itemset_wanted wanted = itemset_crew_wanted(options);
    wanted.budget = &crew->budget;
    wanted.ranking = crew->ranking;
    if (crew->ranking != NULL)
        wanted.min_count = itemset_ranking_least(crew->ranking);
    if (crew->ranking != NULL || crew->counts_only) {
        wanted.count_only = true;
        wanted.text_names = NULL;
    }
    return wanted;
}

static patron_status create_crew(const patron_comm *comm, const itemset_database *database,
                                 const patron_itemset_options *options, itemset_crew *crew)
{
    itemset_wanted wanted = choose_wanted(options, crew);
    uint32_t included = database->projected ? database->included_count : 0;
    uint64_t limit = UINT64_MAX / 2 / (uint64_t)comm->size / (uint64_t)options->threads;
    uint32_t longest = database->longest + included;
    if (wanted.text_names != NULL && !options->text->as_scripts) {
        wanted.short_names = crew->short_names = itemset_short_names_create(wanted.text_names);
        if (crew->short_names == NULL)
            return PATRON_RESOURCE;
    }
    crew->size = options->threads;
    crew->miners = patron_allocate((uint64_t)crew->size, sizeof *crew->miners);
    crew->found = patron_allocate((uint64_t)crew->size, sizeof *crew->found);
    patron_status status =
        crew->miners == NULL || crew->found == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (int i = 0; i < crew->size && status == PATRON_OK; ++i)
        status =
            itemset_miner_create(&crew->miners[i], &wanted, database->node.width, longest, limit);
    if (status == PATRON_OK && wanted.text_names != NULL)
        status = open_outlet(comm, options->text, database->task_count, crew);
    if (status != PATRON_OK)
        return status;
    /* What fits the memory of a rank must not depend on who helped whom. */
    const itemset_sharing_mode mode = {.whole_rows = wanted.kind != PATRON_ITEMSET_ALL,
                                       .settled = options->most_bytes > 0};
    crew->sharing = itemset_sharing_create(comm, database, mode);
    return crew->sharing == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* The included items of a projected database are in every set: they start each path, and are a set
 * themselves. */
static patron_status start_paths(const patron_comm *comm, const itemset_database *database,
                                 uint64_t min_count, const itemset_crew *crew)
{
    itemset_miner *first = &crew->miners[0];
    patron_status status = PATRON_OK;
    for (int i = 0; i < crew->size && database->projected; ++i)
        for (uint32_t k = 0; k < database->included_count; ++k)
            itemset_miner_push(&crew->miners[i], database->included[k]);
    if (comm->rank != 0)
        return PATRON_OK;
    bool is_closed = database->node.width == 0 || database->node.counts[0] < database->selected;
    if (database->projected && database->selected >= min_count &&
        (is_closed || !itemset_miner_judges(first)))
        status = itemset_miner_emit(first, database->selected, database->node.width);
    if (status == PATRON_OK && crew->outlet != NULL)
        status = itemset_miner_end_turn(first);
    return status;
}

static patron_status run_job(const patron_comm *comm, const itemset_database *database,
                             const itemset_crew *crew, const itemset_job *job, itemset_miner *miner)
{
    const itemset_batch batch = job->task->batch;
    patron_status status = PATRON_OK;
    if (crew->outlet != NULL) {
        miner->pen.turn = turns_before(comm) + job->turn;
        crew->turns[miner->pen.turn] = job->task->number + 1;
    }
    if (crew->ranking == NULL || job->node->counts[batch.first] >= miner->wanted.min_count)
        status = itemset_mine_batch(miner, job->node, &database->pairs, batch);
    if (crew->ranking != NULL)
        itemset_miner_rank(miner);
    if (status == PATRON_OK && crew->outlet != NULL)
        status = itemset_miner_end_turn(miner);
    return status;
}

/* One thread of the crew, until no rank has tasks; after a failure those that are left to this rank
 * are passed over. */
static void run_jobs(const patron_comm *comm, const itemset_database *database,
                     patron_progress *progress, const itemset_crew *crew, itemset_miner *miner)
{
    bool speaks = omp_get_thread_num() == 0;
    itemset_job job;
    while (itemset_sharing_next(crew->sharing, speaks, &job)) {
        uint64_t start = patron_usage_thread_cpu();
        miner->status = run_job(comm, database, crew, &job, miner);
        miner->cpu += patron_usage_thread_cpu() - start;
        itemset_sharing_done(crew->sharing);
        if (miner->status != PATRON_OK) {
            itemset_sharing_abandon(crew->sharing);
            if (crew->outlet != NULL)
                itemset_outlet_abandon(crew->outlet, miner->status);
        }
        if (speaks && job.turn < itemset_sharing_dealt(crew->sharing))
            patron_progress_update(progress, job.turn, NULL);
    }
}

static patron_status run_crew(const patron_comm *comm, const itemset_database *database,
                              const patron_itemset_options *options, itemset_crew *crew)
{
    patron_status status = start_paths(comm, database, options->min_count, crew);
    if (status != PATRON_OK)
        itemset_sharing_abandon(crew->sharing);
    patron_progress_begin(options->progress, "mining", "branches",
                          itemset_sharing_dealt(crew->sharing));
#pragma omp parallel num_threads(crew->size)
    run_jobs(comm, database, options->progress, crew, &crew->miners[omp_get_thread_num()]);
    patron_progress_end(options->progress);
    for (int i = 0; i < crew->size && status == PATRON_OK; ++i)
        status = crew->miners[i].status;
    return status == PATRON_OK ? itemset_sharing_status(crew->sharing) : status;
}

patron_status itemset_crew_mine(const patron_comm *comm, const itemset_database *database,
                                const patron_itemset_options *options, itemset_crew *crew)
{
    patron_status status = patron_comm_agree(comm, create_crew(comm, database, options, crew));
    if (status != PATRON_OK)
        return status;
    status = run_crew(comm, database, options, crew);
    if (crew->ranking != NULL)
        itemset_miner_rank(&crew->miners[0]); /* it started the paths */
    for (int i = 0; i < crew->size; ++i) {
        itemset_found_tell(&crew->miners[i].found);
        crew->cpu += crew->miners[i].cpu;
        crew->found[i] = crew->miners[i].found;
        crew->miners[i].found = (itemset_found){0};
    }
    dismiss_miners(crew);
    return patron_comm_agree_idle(comm, crew->budget.is_spent ? PATRON_OK : status);
}
