/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers are summed over ranks; of ranked counts, sets and scripts each rank keeps its own, of the
 * latter two those that are new since the last time. */
#include "itemset/crew_keep.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const char SHIFT[] = "shift", LENGTHS[] = "lengths", RANKED[] = "ranked", FOUND[] = "found";

/* ---- scripts ---- */

static patron_status copy_script(void *context, uint64_t task, const char *script, uint64_t length)
{
    itemset_crew *crew = context;
    patron_packing *scripts = &crew->scripts;
    patron_pack(scripts, &task, sizeof task);
    patron_pack(scripts, &length, sizeof length);
    patron_pack(scripts, script, length);
    return scripts->failed ? PATRON_RESOURCE
                           : crew->passed_to->write(crew->passed_to->context, task, script, length);
}

patron_itemset_text itemset_crew_text(itemset_crew *crew, const patron_itemset_text *text)
{
    patron_itemset_text own = *text;
    crew->passed_to = text;
    if (crew->keep.checkpoint != NULL) {
        own.write = copy_script;
        own.context = crew;
    }
    return own;
}

/* Passes on the scripts of a checkpoint. */
static patron_status pass_scripts(const itemset_crew *crew, patron_unpacking *share)
{
    const patron_itemset_text *text = crew->passed_to;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && share->left > 0) {
        uint64_t task, length;
        patron_unpack(share, &task, sizeof task);
        patron_unpack(share, &length, sizeof length);
        if (share->failed || length > share->left)
            return PATRON_DATA;
        status = text->write(text->context, task, (const char *)share->bytes, length);
        share->bytes += length;
        share->left -= length;
    }
    return status;
}

/* ---- numbers by length ---- */

static patron_status keep_lengths(const patron_comm *comm, const itemset_crew *crew)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_packing packing = {0};
    uint64_t longest = crew->miners[0].found.longest;
    uint64_t *sets = patron_allocate(longest + 1, sizeof *sets);
    patron_status status = patron_comm_agree(comm, sets == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        for (uint64_t length = 0; length <= longest; ++length) {
            sets[length] = crew->before.buckets[length].count;
            for (int i = 0; i < crew->size; ++i)
                sets[length] += crew->miners[i].found.buckets[length].count;
        }
        patron_comm_reduce_u64(comm, sets, longest + 1, PATRON_SUM);
        patron_pack(&packing, sets, (longest + 1) * sizeof *sets);
        itemset_keep_name(&crew->keep, LENGTHS, name);
        status = patron_checkpoint_keep(crew->keep.checkpoint, name, &packing);
    }
    free(sets);
    return status;
}

static bool recall_lengths(const itemset_keep *keep, patron_unpacking *record)
{
    char name[PATRON_CHECKPOINT_NAME];
    itemset_keep_name(keep, LENGTHS, name);
    return patron_checkpoint_recall(keep->checkpoint, name, record);
}

uint64_t itemset_crew_kept_sets(const itemset_keep *keep)
{
    patron_unpacking record;
    uint64_t total = 0, sets;
    if (!recall_lengths(keep, &record))
        return 0;
    for (; record.left > 0; total += sets)
        patron_unpack(&record, &sets, sizeof sets);
    return total;
}

/* Rank 0 has counted them all. */
static patron_status take_lengths(const patron_comm *comm, itemset_crew *crew)
{
    patron_unpacking record;
    patron_status status = PATRON_OK;
    if (!recall_lengths(&crew->keep, &record) || comm->rank != 0)
        return PATRON_OK;
    for (uint32_t length = 0; status == PATRON_OK && record.left > 0; ++length) {
        uint64_t sets;
        patron_unpack(&record, &sets, sizeof sets);
        status = length > crew->before.longest
                     ? PATRON_DATA
                     : itemset_found_tally(&crew->before, length, &sets, 1);
    }
    return status;
}

/* ---- ranked counts ---- */

/* Each rank its own, behind the level of all. */
static patron_status keep_ranked(const patron_comm *comm, const itemset_crew *crew)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_packing packing = {0};
    const itemset_ranking *ranking = crew->ranking;
    itemset_miner_rank(&crew->miners[0]); /* it started the paths */
    const itemset_ranked level = {.count = itemset_ranking_level(comm, ranking), .sets = 0};
    patron_pack(&packing, &level, sizeof level);
    for (uint64_t i = 0; i < ranking->held_counts; ++i) {
        const itemset_ranked one = {ranking->heap[i],
                                    itemset_ranking_sets(ranking, ranking->heap[i])};
        if (one.count >= level.count)
            patron_pack(&packing, &one, sizeof one);
    }
    itemset_keep_name(&crew->keep, RANKED, name);
    patron_checkpoint_forget(crew->keep.checkpoint, name); /* all that was kept is here again */
    patron_status status = patron_checkpoint_add(crew->keep.checkpoint, name, &packing);
    return ranking->status == PATRON_OK ? status : ranking->status;
}

/* Shares of ranks, each with the level of all first. */
static patron_status take_ranked(const patron_comm *comm, const itemset_crew *crew)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_unpacking record;
    itemset_ranking *ranking = crew->ranking;
    itemset_keep_name(&crew->keep, RANKED, name);
    if (!patron_checkpoint_recall(crew->keep.checkpoint, name, &record))
        return PATRON_OK;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && record.left > 0) {
        itemset_ranked one;
        patron_unpack(&record, &one, sizeof one);
        if (record.failed || one.count < ranking->first || one.count > ranking->most)
            status = PATRON_DATA;
        else if (one.sets == 0)
            itemset_ranking_raise(ranking, one.count);
        else
            itemset_ranking_add(ranking, one.count, one.sets);
    }
    itemset_ranking_raise(ranking, itemset_ranking_level(comm, ranking));
    return status == PATRON_OK ? ranking->status : status;
}

/* ---- sets ---- */

static patron_status keep_sets(const itemset_crew *crew, const char *name)
{
    patron_status status = PATRON_OK;
    patron_packing *packings = patron_allocate((uint64_t)crew->size, sizeof *packings);
    if (packings == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel for schedule(static, 1) num_threads(crew->size)
    for (int i = 0; i < crew->size; ++i)
        itemset_found_pack(&crew->miners[i].found, &packings[i]);
    for (int i = 0; i < crew->size; ++i) {
        patron_status one = patron_checkpoint_add(crew->keep.checkpoint, name, &packings[i]);
        status = status == PATRON_OK ? one : status;
    }
    free(packings);
    return status;
}

/* ---- all of it ---- */

typedef enum found_form { FORM_RANKED, FORM_NUMBERS, FORM_TEXT, FORM_SETS } found_form;

static found_form form_of(const itemset_crew *crew)
{
    const itemset_wanted *wanted = &crew->miners[0].wanted;
    if (crew->ranking != NULL)
        return FORM_RANKED;
    if (wanted->count_only)
        return FORM_NUMBERS;
    return wanted->text_names != NULL ? FORM_TEXT : FORM_SETS;
}

patron_status itemset_crew_keep(const patron_comm *comm, const itemset_database *database,
                                itemset_crew *crew)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_checkpoint *checkpoint = crew->keep.checkpoint;
    found_form form = form_of(crew);
    itemset_keep_name(&crew->keep, FOUND, name);
    patron_status status = itemset_keep_tasks(&crew->keep, database->tasks, database->task_count);
    if (status == PATRON_OK)
        status = itemset_keep_number(&crew->keep, SHIFT, crew->shift);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    if (form == FORM_RANKED)
        return patron_comm_agree(comm, keep_ranked(comm, crew));
    if (form == FORM_TEXT)
        status = patron_checkpoint_add(checkpoint, name, &crew->scripts);
    else if (form == FORM_SETS)
        status = keep_sets(crew, name);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && form != FORM_SETS)
        status = patron_comm_agree(comm, keep_lengths(comm, crew));
    return status;
}

patron_status itemset_crew_recall(const patron_comm *comm, const itemset_database *database,
                                  itemset_crew *crew)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_unpacking share;
    uint64_t shift = 0;
    found_form form = form_of(crew);
    patron_status status = PATRON_OK;
    if (!itemset_recall_number(&crew->keep, SHIFT, &shift))
        return PATRON_OK;
    crew->shift = (uint32_t)shift;
    itemset_keep_name(&crew->keep, FOUND, name);
    bool has_share = patron_checkpoint_recall(crew->keep.checkpoint, name, &share);
    if (form == FORM_RANKED)
        status = take_ranked(comm, crew);
    else if (form == FORM_SETS && has_share)
        status = itemset_found_unpack(&crew->before, database->item_count, &share);
    else if (form == FORM_TEXT && has_share)
        status = pass_scripts(crew, &share);
    if (status == PATRON_OK && (form == FORM_NUMBERS || form == FORM_TEXT))
        status = take_lengths(comm, crew);
    if (status == PATRON_DATA)
        status = patron_checkpoint_fail(name);
    return patron_comm_agree(comm, status);
}

uint64_t itemset_crew_settle(const patron_comm *comm, itemset_database *database,
                             itemset_crew *crew)
{
    uint64_t left = 0;
    patron_comm_reduce_u64(comm, crew->reached, database->task_count, PATRON_MAX);
    for (uint64_t i = 0; i < database->task_count; ++i) {
        itemset_batch *batch = &database->tasks[i].batch;
        itemset_place place = {(uint32_t)(crew->reached[i] >> 32), (uint32_t)crew->reached[i]};
        if (place.item > batch->first)
            *batch = (itemset_batch){place.item, batch->end, {.count = 1, .done = place.done}};
        else if (place.item == batch->first && place.done > batch->part.done)
            batch->part.done = place.done;
        left += itemset_task_is_done(&database->tasks[i]) ? 0 : 1;
    }
    memset(crew->reached, 0, database->task_count * sizeof *crew->reached);
    return left;
}
