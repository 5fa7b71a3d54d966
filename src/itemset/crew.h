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

    uint64_t cpu; /* nanoseconds of all threads in their jobs */
    itemset_miner *miners;
    itemset_found *found; /* theirs, after mining */
    int size;
    itemset_sharing *sharing;
    uint64_t *turns; /* of text: the task of each, 0 for what comes before the first task */
    itemset_outlet *outlet;
    itemset_short_name *short_names; /* of items, for text */
} itemset_crew;

/* What all miners of these options find. */
itemset_wanted itemset_crew_wanted(const patron_itemset_options *options);

/* What they need a database for. */
itemset_database_use itemset_crew_use(const itemset_wanted *wanted);

/* Fills the crew's found sets, or passes on their text, or ranks counts.  Where a budget is spent,
 * that rank finds no more, and OK is returned.  Collective; free it whatever is returned. */
patron_status itemset_crew_mine(const patron_comm *comm, const itemset_database *database,
                                const patron_itemset_options *options, itemset_crew *crew);
void itemset_crew_free(itemset_crew *crew);

#endif
