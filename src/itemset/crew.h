/* SPDX-License-Identifier: Apache-2.0 */
/* This rank's miners, one a thread, and the tasks that they run. */
#ifndef PATRON_ITEMSET_CREW_H
#define PATRON_ITEMSET_CREW_H

#include "itemset/database.h"
#include "itemset/sharing.h"

typedef struct itemset_crew {
    /* Set these, or leave them zero. */
    itemset_ranking *ranking; /* NULL, or learns the counts of all sets, of which none is found */
    bool counts_only;         /* sets are counted, whatever the options say */
    itemset_budget budget;    /* the limits, and what is found */
    itemset_keep keep;        /* what it goes on from, and is kept in */

    uint64_t cpu;        /* nanoseconds of all threads in their jobs */
    uint64_t bytes_sent; /* of tasks to other ranks */
    itemset_miner *miners;
    itemset_found *found; /* theirs, after mining, and what was found before */
    int size;
    int parts;            /* of what is found: size + 1 */
    itemset_found before; /* what a checkpoint had */
    uint32_t shift;       /* how often the search has been left and gone on with */
    uint64_t *reached;    /* with a checkpoint, of each task: item << 32 | done, as itemset_place */
    itemset_pausing pausing;
    itemset_sharing *sharing;
    uint64_t *turns; /* of text: the place of each in the order of all text */
    itemset_outlet *outlet;
    patron_itemset_text text;             /* that the outlet passes on */
    const patron_itemset_text *passed_to; /* who gets it then */
    patron_packing scripts;               /* of the text, since they were kept last */
    itemset_short_name *short_names;      /* of items, for text */
} itemset_crew;

/* What all miners of these options find. */
itemset_wanted itemset_crew_wanted(const patron_itemset_options *options);

/* What they need a database for. */
itemset_database_use itemset_crew_use(const itemset_wanted *wanted, const itemset_keep *keep);

/* Fills the crew's found sets, or passes on their text, or ranks counts.  Where a budget is spent,
 * that rank finds no more, and OK is returned.  Of the database the tasks become what is left of
 * them.  `so_far` is this rank's status before: where one rank's is a failure, all return it.
 * Collective; free it whatever is returned.  STOPPED where the checkpoint was saved for a signal.
 */
patron_status itemset_crew_mine(const patron_comm *comm, patron_status so_far,
                                itemset_database *database, const patron_itemset_options *options,
                                itemset_crew *crew);
void itemset_crew_free(itemset_crew *crew);

#endif
