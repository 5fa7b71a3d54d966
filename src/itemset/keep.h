/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint keeps of mining, by name: numbers, and the tasks with what of them is left. */
#ifndef PATRON_ITEMSET_KEEP_H
#define PATRON_ITEMSET_KEEP_H

#include "itemset/tasks.h"
#include "patron/checkpoint.h"

/* Whose records they are. */
typedef struct itemset_keep {
    patron_checkpoint *checkpoint; /* NULL: nothing is kept, nor recalled */
    const char *phase;
    uint32_t number; /* of the mining, see patron_itemset_options */
} itemset_keep;

/* Of all that is mined with these options. */
#define ITEMSET_PHASE_MINING "mining"
/* Of the search for the least count of top sets. */
#define ITEMSET_PHASE_RANKING "ranking"

itemset_keep itemset_keep_of(const patron_itemset_options *options, const char *phase);

/* The name of a record. */
void itemset_keep_name(const itemset_keep *keep, const char *what,
                       char name[PATRON_CHECKPOINT_NAME]);

/* Keeps, or recalls, a number; false where there is none.  Not collective.  RESOURCE. */
patron_status itemset_keep_number(const itemset_keep *keep, const char *what, uint64_t value);
bool itemset_recall_number(const itemset_keep *keep, const char *what, uint64_t *value);

/* Keeps all tasks. */
patron_status itemset_keep_tasks(const itemset_keep *keep, const itemset_task *tasks,
                                 uint64_t count);

/* Recalls them, not dealt to ranks, the caller's to free; *found is false where there are none.
 * `width`: items of the top node.  The same on every rank but for RESOURCE; DATA. */
patron_status itemset_recall_tasks(const itemset_keep *keep, uint32_t width, itemset_task **tasks,
                                   uint64_t *count, bool *found);

/* Forgets all records of the phase and number. */
void itemset_keep_forget(const itemset_keep *keep);

#endif
