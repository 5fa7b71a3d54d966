/* SPDX-License-Identifier: Apache-2.0 */
#include "itemset/keep.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

itemset_keep itemset_keep_of(const patron_itemset_options *options, const char *phase)
{
    return (itemset_keep){options->checkpoint, phase, options->number};
}

void itemset_keep_name(const itemset_keep *keep, const char *what,
                       char name[PATRON_CHECKPOINT_NAME])
{
    snprintf(name, PATRON_CHECKPOINT_NAME, "%s.%" PRIu32 ".%s", keep->phase, keep->number, what);
}

void itemset_keep_forget(const itemset_keep *keep)
{
    char prefix[PATRON_CHECKPOINT_NAME];
    itemset_keep_name(keep, "", prefix);
    patron_checkpoint_forget(keep->checkpoint, prefix);
}

/* ---- numbers ---- */

patron_status itemset_keep_number(const itemset_keep *keep, const char *what, uint64_t value)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_packing packing = {0};
    if (keep->checkpoint == NULL)
        return PATRON_OK;
    itemset_keep_name(keep, what, name);
    patron_pack(&packing, &value, sizeof value);
    return patron_checkpoint_keep(keep->checkpoint, name, &packing);
}

bool itemset_recall_number(const itemset_keep *keep, const char *what, uint64_t *value)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_unpacking record;
    itemset_keep_name(keep, what, name);
    if (!patron_checkpoint_recall(keep->checkpoint, name, &record))
        return false;
    patron_unpack(&record, value, sizeof *value);
    return !record.failed;
}

/* ---- tasks ---- */

/* A task without its number and rank. */
typedef struct kept_task {
    uint64_t cost;
    uint32_t first, end, index, count, done;
    uint32_t filler; /* 0 */
} kept_task;

static const char TASKS[] = "tasks";

patron_status itemset_keep_tasks(const itemset_keep *keep, const itemset_task *tasks,
                                 uint64_t count)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_packing packing = {0};
    itemset_keep_name(keep, TASKS, name);
    for (uint64_t i = 0; i < count; ++i) {
        const itemset_batch *batch = &tasks[i].batch;
        const kept_task kept = {.cost = tasks[i].cost,
                                .first = batch->first,
                                .end = batch->end,
                                .index = batch->part.index,
                                .count = batch->part.count,
                                .done = batch->part.done};
        patron_pack(&packing, &kept, sizeof kept);
    }
    return patron_checkpoint_keep(keep->checkpoint, name, &packing);
}

patron_status itemset_recall_tasks(const itemset_keep *keep, uint32_t width, itemset_task **tasks,
                                   uint64_t *count, bool *found)
{
    char name[PATRON_CHECKPOINT_NAME];
    patron_unpacking record;
    itemset_keep_name(keep, TASKS, name);
    *found = patron_checkpoint_recall(keep->checkpoint, name, &record);
    if (!*found)
        return PATRON_OK;
    *count = record.left / sizeof(kept_task);
    *tasks = patron_allocate(*count, sizeof **tasks);
    if (*tasks == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < *count; ++i) {
        kept_task kept;
        patron_unpack(&record, &kept, sizeof kept);
        if (kept.first > kept.end || kept.end > width || kept.index >= kept.count)
            return patron_checkpoint_fail(name);
        (*tasks)[i] = (itemset_task){
            .number = i,
            .cost = kept.cost,
            .batch = {kept.first,
                      kept.end,
                      {.index = kept.index, .count = kept.count, .done = kept.done}}};
    }
    return record.left == 0 ? PATRON_OK : patron_checkpoint_fail(name);
}
