/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks of a rank, which its threads take; ranks that have none left are given some of others'.
 *
 * One thread of a rank, the only one that talks to other ranks, attends to their requests between
 * its own tasks. */
#ifndef PATRON_ITEMSET_SHARING_H
#define PATRON_ITEMSET_SHARING_H

#include "itemset/database.h"
#include "patron/checkpoint.h"

#include <pthread.h>

typedef struct itemset_sharing itemset_sharing;

/* A task in hand. */
typedef struct itemset_job {
    const itemset_task *task;
    const itemset_node *node; /* with the rows that it needs */
    uint64_t turn;            /* jobs that this rank's threads took before it */
} itemset_job;

typedef struct itemset_sharing_mode {
    bool whole_rows; /* tasks need these */
    bool settled;    /* tasks stay with the rank that they were dealt to */
} itemset_sharing_mode;

/* Shares the tasks of `database`, which outlives it, that are not done.  NULL where memory is short
 * (recorded).  Once all ranks have one, each calls itemset_sharing_next until that is false.  Where
 * a rank wishes to save the checkpoint (NULL: none), tasks are left undone. */
itemset_sharing *itemset_sharing_create(const patron_comm *comm, const itemset_database *database,
                                        itemset_sharing_mode mode,
                                        const patron_checkpoint *checkpoint);
void itemset_sharing_free(itemset_sharing *sharing);

/* The next job of a thread, which has ended its previous one; false where there will be none on
 * this rank.  `speaks`: this is the thread that talks to other ranks. */
bool itemset_sharing_next(itemset_sharing *sharing, bool speaks, itemset_job *job);

/* Whether the jobs in hand are to be left where they can be; of a thread that has one. */
bool itemset_sharing_is_to_pause(itemset_sharing *sharing, bool speaks);

/* The job is done, or was left. */
void itemset_sharing_done(itemset_sharing *sharing);

/* No more jobs are taken by this rank, which failed; other ranks still get their answers. */
void itemset_sharing_abandon(itemset_sharing *sharing);

/* After the last job, with the last words of a pause.  Collective. */
void itemset_sharing_settle(itemset_sharing *sharing);

/* Tasks not done that were dealt to this rank. */
uint64_t itemset_sharing_dealt(const itemset_sharing *sharing);

/* After the last job: RESOURCE where tasks that were given to this rank found no memory. */
patron_status itemset_sharing_status(const itemset_sharing *sharing);

/* Bytes that this rank sent with the tasks that it gave away. */
uint64_t itemset_sharing_bytes(const itemset_sharing *sharing);

#endif
