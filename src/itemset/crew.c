/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take tasks in the order of the search, so that text has to wait for few of them. */
#include "itemset/crew_keep.h"

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

itemset_database_use itemset_crew_use(const itemset_wanted *wanted, const itemset_keep *keep)
{
    return (itemset_database_use){
        .divided = true, .judged = wanted->kind != PATRON_ITEMSET_ALL, .keep = *keep};
}

static void dismiss_miners(itemset_crew *crew)
{
    for (int i = 0; i < crew->size && crew->miners != NULL; ++i)
        itemset_miner_free(&crew->miners[i]);
    free(crew->miners);
    crew->miners = NULL;
}

/* What is of one shift. */
static void end_shift(itemset_crew *crew)
{
    if (crew->sharing != NULL)
        crew->bytes_sent += itemset_sharing_bytes(crew->sharing);
    itemset_sharing_free(crew->sharing);
    free(crew->turns);
    itemset_outlet_free(crew->outlet);
    crew->sharing = NULL;
    crew->turns = NULL;
    crew->outlet = NULL;
}

void itemset_crew_free(itemset_crew *crew)
{
    dismiss_miners(crew);
    for (int i = 0; i < crew->parts && crew->found != NULL; ++i)
        itemset_found_free(&crew->found[i]);
    free(crew->found);
    itemset_found_free(&crew->before);
    end_shift(crew);
    free(crew->reached);
    free(crew->scripts.bytes);
    free(crew->short_names);
    *crew = (itemset_crew){0};
}

/* ---- the crew ---- */

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

/* Any thread asks for itself. */
static bool is_to_pause(void *sharing)
{
    return itemset_sharing_is_to_pause(sharing, omp_get_thread_num() == 0);
}

/* The included items of a projected database are in every set: they start each path. */
static void push_included(const itemset_database *database, itemset_miner *miner)
{
    for (uint32_t k = 0; k < database->included_count && database->projected; ++k)
        itemset_miner_push(miner, database->included[k]);
}

static patron_status create_miners(const patron_comm *comm, const itemset_database *database,
                                   const itemset_wanted *wanted, itemset_crew *crew)
{
    uint32_t longest = itemset_database_longest(database);
    uint64_t most = UINT64_MAX / 2, kept = itemset_crew_kept_sets(&crew->keep);
    uint64_t limit = (most - kept) / (uint64_t)comm->size / (uint64_t)crew->size;
    crew->miners = patron_allocate((uint64_t)crew->size, sizeof *crew->miners);
    crew->found = patron_allocate((uint64_t)crew->parts, sizeof *crew->found);
    patron_status status =
        crew->miners == NULL || crew->found == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = itemset_found_create(&crew->before, longest, most, &crew->budget);
    for (int i = 0; i < crew->size && status == PATRON_OK; ++i) {
        status =
            itemset_miner_create(&crew->miners[i], wanted, database->node.width, longest, limit);
        if (status == PATRON_OK)
            push_included(database, &crew->miners[i]);
    }
    return status;
}

static patron_status create_crew(const patron_comm *comm, const itemset_database *database,
                                 const patron_itemset_options *options, itemset_crew *crew)
{
    itemset_wanted wanted = choose_wanted(options, crew);
    crew->size = options->threads;
    crew->parts = crew->size + 1;
    if (wanted.text_names != NULL) {
        crew->text = itemset_crew_text(crew, options->text);
        if (!options->text->as_scripts)
            wanted.short_names = crew->short_names = itemset_short_names_create(wanted.text_names);
        if (!options->text->as_scripts && crew->short_names == NULL)
            return PATRON_RESOURCE;
    }
    if (crew->keep.checkpoint != NULL) {
        crew->reached = patron_allocate(database->task_count, sizeof *crew->reached);
        if (crew->reached == NULL)
            return PATRON_RESOURCE;
    }
    return create_miners(comm, database, &wanted, crew);
}

/* ---- a shift ---- */

/* Turns are those of the jobs; rank 0 has one before, for what comes before the first task. */
static uint64_t turns_before(const patron_comm *comm)
{
    return comm->rank == 0 ? 1 : 0;
}

static patron_status open_outlet(const patron_comm *comm, uint64_t tasks, itemset_crew *crew)
{
    uint64_t turns = turns_before(comm) + tasks;
    crew->turns = patron_allocate(turns, sizeof *crew->turns);
    if (crew->turns == NULL)
        return PATRON_RESOURCE;
    crew->outlet = itemset_outlet_create(&crew->text, crew->turns, turns);
    for (int i = 0; i < crew->size; ++i)
        crew->miners[i].pen.outlet = crew->outlet;
    return crew->outlet == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status begin_shift(const patron_comm *comm, const itemset_database *database,
                                 const patron_itemset_options *options, itemset_crew *crew)
{
    const itemset_wanted *wanted = &crew->miners[0].wanted;
    /* What fits the memory of a rank must not depend on who helped whom. */
    const itemset_sharing_mode mode = {.whole_rows = wanted->kind != PATRON_ITEMSET_ALL,
                                       .settled = options->most_bytes > 0};
    patron_status status = PATRON_OK;
    if (wanted->text_names != NULL)
        status = open_outlet(comm, database->task_count, crew);
    if (status == PATRON_OK)
        crew->sharing = itemset_sharing_create(comm, database, mode, crew->keep.checkpoint);
    crew->pausing = (itemset_pausing){is_to_pause, crew->sharing};
    for (int i = 0; i < crew->size && crew->keep.checkpoint != NULL; ++i)
        crew->miners[i].pausing = &crew->pausing;
    return crew->sharing == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* The included items of a projected database are a set themselves. */
static patron_status emit_included(const patron_comm *comm, const itemset_database *database,
                                   uint64_t min_count, const itemset_crew *crew)
{
    itemset_miner *first = &crew->miners[0];
    patron_status status = PATRON_OK;
    if (comm->rank != 0)
        return PATRON_OK;
    first->pen.turn = 0;
    bool is_closed = database->node.width == 0 || database->node.counts[0] < database->selected;
    if (crew->shift == 0 && database->projected && database->selected >= min_count &&
        (is_closed || !itemset_miner_judges(first)))
        status = itemset_miner_emit(first, database->selected, database->node.width);
    if (status == PATRON_OK && crew->outlet != NULL)
        status = itemset_miner_end_turn(first);
    return status;
}

/* Notes how far a job came; STOPPED is no failure. */
static patron_status note_reached(const itemset_crew *crew, const itemset_job *job,
                                  const itemset_miner *miner, patron_status status)
{
    itemset_place place = {.item = job->task->batch.end};
    if (crew->reached == NULL || (status != PATRON_OK && status != PATRON_STOPPED))
        return status;
    if (status == PATRON_STOPPED)
        place = miner->reached;
    crew->reached[job->task->number] = (uint64_t)place.item << 32 | place.done;
    return PATRON_OK;
}

static patron_status run_job(const patron_comm *comm, const itemset_database *database,
                             const itemset_crew *crew, const itemset_job *job, itemset_miner *miner)
{
    const itemset_batch batch = job->task->batch;
    patron_status status = PATRON_OK;
    if (crew->outlet != NULL) {
        miner->pen.turn = turns_before(comm) + job->turn;
        crew->turns[miner->pen.turn] = (job->task->number + 1) << 32 | crew->shift;
    }
    if (crew->ranking == NULL || job->node->counts[batch.first] >= miner->wanted.min_count)
        status = itemset_mine_batch(miner, job->node, &database->pairs, batch);
    status = note_reached(crew, job, miner, status);
    if (crew->ranking != NULL)
        itemset_miner_rank(miner);
    if (status == PATRON_OK && crew->outlet != NULL)
        status = itemset_miner_end_turn(miner);
    return status;
}

/* One thread of the crew, until no rank has tasks; after a failure those that are left to this rank
 * are passed over.  `done`: tasks of this rank that were so before. */
static void run_jobs(const patron_comm *comm, const itemset_database *database,
                     patron_progress *progress, uint64_t done, const itemset_crew *crew,
                     itemset_miner *miner)
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
            patron_progress_update(progress, done + job.turn, NULL);
    }
}

/* Until all tasks are done, or a pause, where all ranks' status so far is good.  Collective. */
static patron_status run_shift(const patron_comm *comm, patron_status so_far,
                               const itemset_database *database,
                               const patron_itemset_options *options, uint64_t dealt,
                               itemset_crew *crew)
{
    if (so_far == PATRON_OK)
        so_far = begin_shift(comm, database, options, crew);
    patron_status status = patron_comm_agree(comm, so_far);
    if (status != PATRON_OK)
        return status;
    uint64_t done = dealt - itemset_sharing_dealt(crew->sharing);
    status = emit_included(comm, database, options->min_count, crew);
    if (status != PATRON_OK)
        itemset_sharing_abandon(crew->sharing);
#pragma omp parallel num_threads(crew->size)
    run_jobs(comm, database, options->progress, done, crew, &crew->miners[omp_get_thread_num()]);
    for (int i = 0; i < crew->size && status == PATRON_OK; ++i)
        status = crew->miners[i].status;
    if (status == PATRON_OK)
        status = itemset_sharing_status(crew->sharing);
    status = patron_comm_agree(comm, crew->budget.is_spent ? PATRON_OK : status);
    itemset_sharing_settle(crew->sharing);
    end_shift(crew);
    return status;
}

/* After a shift: whether it was the last one, and what a checkpoint has to know.  Collective. */
static patron_status look_back(const patron_comm *comm, itemset_database *database,
                               const patron_itemset_options *options, itemset_crew *crew,
                               bool *is_over)
{
    patron_checkpoint *checkpoint = crew->keep.checkpoint;
    uint64_t spent = crew->budget.is_spent ? 1 : 0;
    *is_over = true;
    if (checkpoint == NULL)
        return PATRON_OK;
    uint64_t left = itemset_crew_settle(comm, database, crew);
    patron_comm_reduce_u64(comm, &spent, 1, PATRON_MAX);
    ++crew->shift;
    *is_over = left == 0 || spent > 0;
    if (spent > 0)
        return PATRON_OK;
    bool is_due = patron_checkpoint_is_due(checkpoint);
    bool has_rules = options->rules && crew->ranking == NULL; /* a stop among them finds all kept */
    if (!is_due && !(*is_over && (options->others_follow || has_rules)))
        return PATRON_OK;
    patron_status status = itemset_crew_keep(comm, database, crew);
    return is_due ? patron_checkpoint_save(checkpoint, status) : status;
}

static uint64_t count_dealt(const patron_comm *comm, const itemset_database *database, bool is_done)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < database->task_count; ++i)
        count += database->tasks[i].rank == comm->rank &&
                 (!is_done || itemset_task_is_done(&database->tasks[i]));
    return count;
}

static patron_status run_shifts(const patron_comm *comm, patron_status so_far,
                                itemset_database *database, const patron_itemset_options *options,
                                itemset_crew *crew)
{
    bool is_over = false;
    patron_status status = so_far;
    uint64_t dealt = 0;
    if (so_far == PATRON_OK) {
        dealt = count_dealt(comm, database, false);
        patron_progress_begin(options->progress, "mining", "branches", dealt);
        patron_progress_skip(options->progress, count_dealt(comm, database, true));
    }
    do {
        status = run_shift(comm, status, database, options, dealt, crew);
        if (status == PATRON_OK)
            status = look_back(comm, database, options, crew, &is_over);
    } while (status == PATRON_OK && !is_over);
    patron_progress_end(options->progress);
    return status;
}

/* Of all that was found. */
static void hand_over(itemset_crew *crew)
{
    if (crew->ranking != NULL)
        itemset_miner_rank(&crew->miners[0]); /* it started the paths */
    for (int i = 0; i < crew->size; ++i) {
        itemset_found_tell(&crew->miners[i].found);
        crew->cpu += crew->miners[i].cpu;
        crew->found[i] = crew->miners[i].found;
        crew->miners[i].found = (itemset_found){0};
    }
    crew->found[crew->size] = crew->before;
    crew->before = (itemset_found){0};
    dismiss_miners(crew);
}

patron_status itemset_crew_mine(const patron_comm *comm, patron_status so_far,
                                itemset_database *database, const patron_itemset_options *options,
                                itemset_crew *crew)
{
    patron_status status =
        so_far == PATRON_OK ? create_crew(comm, database, options, crew) : so_far;
    if (crew->keep.checkpoint != NULL) {
        status = patron_comm_agree(comm, status);
        if (status != PATRON_OK)
            return status;
        status = itemset_crew_recall(comm, database, crew);
    }
    status = run_shifts(comm, status, database, options, crew);
    if (status == PATRON_OK)
        hand_over(crew);
    return status;
}
