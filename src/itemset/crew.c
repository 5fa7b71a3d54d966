/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take tasks in the order of the search, so that text has to wait for few of them. */
#include "itemset/crew.h"

#include "patron/memory.h"

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
    free(crew->tasks);
    free(crew->turns);
    itemset_outlet_free(crew->outlet);
    free(crew->short_names);
    *crew = (itemset_crew){0};
}

/* Rank 0 has turn 0 for what comes before the first task. */
static uint64_t turn_of(const patron_comm *comm, uint64_t task)
{
    return task + (comm->rank == 0);
}

static patron_status open_outlet(const patron_comm *comm, const patron_itemset_text *text,
                                 itemset_crew *crew)
{
    crew->turns = patron_allocate(crew->task_count + 1, sizeof *crew->turns);
    if (crew->turns == NULL)
        return PATRON_RESOURCE;
    for (uint64_t task = 0; task < crew->task_count; ++task)
        crew->turns[turn_of(comm, task)] = crew->tasks[task].number + 1;
    crew->outlet = itemset_outlet_create(text, crew->turns, turn_of(comm, crew->task_count));
    for (int i = 0; i < crew->size; ++i)
        crew->miners[i].lines.outlet = crew->outlet;
    return crew->outlet == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status take_tasks(const patron_comm *comm, const itemset_database *database,
                                itemset_crew *crew)
{
    crew->tasks = patron_allocate(database->task_count, sizeof *crew->tasks);
    for (uint64_t i = 0; crew->tasks != NULL && i < database->task_count; ++i)
        if (database->tasks[i].rank == comm->rank)
            crew->tasks[crew->task_count++] = database->tasks[i];
    return crew->tasks == NULL ? PATRON_RESOURCE : PATRON_OK;
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
    if (wanted.text_names != NULL) {
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
    if (status == PATRON_OK)
        status = take_tasks(comm, database, crew);
    if (status == PATRON_OK && wanted.text_names != NULL)
        status = open_outlet(comm, options->text, crew);
    return status;
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
        status = itemset_lines_end(&first->lines);
    return status;
}

static patron_status run_task(const patron_comm *comm, const itemset_database *database,
                              const itemset_crew *crew, uint64_t task, itemset_miner *miner)
{
    const itemset_batch batch = crew->tasks[task].batch;
    miner->lines.turn = turn_of(comm, task);
    if (crew->ranking != NULL && database->node.counts[batch.first] < miner->wanted.min_count)
        return PATRON_OK;
    patron_status status = itemset_mine_batch(miner, &database->node, &database->pairs, batch);
    if (crew->ranking != NULL)
        itemset_miner_rank(miner);
    if (status == PATRON_OK && crew->outlet != NULL)
        status = itemset_lines_end(&miner->lines);
    return status;
}

/* Dynamic threads; after a failure the tasks that are left are passed over. */
static void run_tasks(const patron_comm *comm, const itemset_database *database,
                      patron_progress *progress, const itemset_crew *crew)
{
    uint64_t next = 0;
    bool failed = false;
    patron_progress_begin(progress, "mining", "branches", crew->task_count);
#pragma omp parallel num_threads(crew->size)
    {
        itemset_miner *miner = &crew->miners[omp_get_thread_num()];
        for (;;) {
            uint64_t task;
            bool stop;
#pragma omp atomic read
            stop = failed;
#pragma omp atomic capture
            task = next++;
            if (stop || task >= crew->task_count)
                break;
            miner->status = run_task(comm, database, crew, task, miner);
            if (miner->status != PATRON_OK) {
#pragma omp atomic write
                failed = true;
                if (crew->outlet != NULL)
                    itemset_outlet_abandon(crew->outlet, miner->status);
            }
            if (omp_get_thread_num() == 0)
                patron_progress_update(progress, task, NULL);
        }
    }
    patron_progress_end(progress);
}

patron_status itemset_crew_mine(const patron_comm *comm, const itemset_database *database,
                                const patron_itemset_options *options, itemset_crew *crew)
{
    patron_status status = patron_comm_agree(comm, create_crew(comm, database, options, crew));
    if (status != PATRON_OK)
        return status;
    status = start_paths(comm, database, options->min_count, crew);
    if (status == PATRON_OK)
        run_tasks(comm, database, options->progress, crew);
    if (crew->ranking != NULL)
        itemset_miner_rank(&crew->miners[0]); /* it started the paths */
    for (int i = 0; i < crew->size; ++i) {
        itemset_found_tell(&crew->miners[i].found);
        status = crew->miners[i].status != PATRON_OK ? crew->miners[i].status : status;
        crew->found[i] = crew->miners[i].found;
        crew->miners[i].found = (itemset_found){0};
    }
    dismiss_miners(crew);
    return patron_comm_agree_idle(comm, crew->budget.is_spent ? PATRON_OK : status);
}
