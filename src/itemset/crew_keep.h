/* SPDX-License-Identifier: Apache-2.0 */
/* What a crew knows when it pauses, for a checkpoint, and takes over from one. */
#ifndef PATRON_ITEMSET_CREW_KEEP_H
#define PATRON_ITEMSET_CREW_KEEP_H

#include "itemset/crew.h"

/* Sets of all ranks that the checkpoint of a crew knows by number alone. */
uint64_t itemset_crew_kept_sets(const itemset_keep *keep);

/* Takes over what was found before.  Collective; DATA, RESOURCE. */
patron_status itemset_crew_recall(const patron_comm *comm, const itemset_database *database,
                                  itemset_crew *crew);

/* Cuts from all tasks what crew->reached says is done; returns how many are left.  Collective. */
uint64_t itemset_crew_settle(const patron_comm *comm, itemset_database *database,
                             itemset_crew *crew);

/* Keeps what is found, and the tasks.  Collective; RESOURCE. */
patron_status itemset_crew_keep(const patron_comm *comm, const itemset_database *database,
                                itemset_crew *crew);

/* Text that passes through the crew, of which its checkpoint gets a copy. */
patron_itemset_text itemset_crew_text(itemset_crew *crew, const patron_itemset_text *text);

#endif
