/* SPDX-License-Identifier: Apache-2.0 */
/* A pause of all ranks in the middle of the search: whoever wishes one for its checkpoint tells all
 * others, and every rank leaves its tasks where they are. */
#ifndef PATRON_ITEMSET_PAUSE_H
#define PATRON_ITEMSET_PAUSE_H

#include "patron/checkpoint.h"

/* The kind of the notes that tell of a pause; see patron_comm_note. */
enum { ITEMSET_PAUSE_NOTE = 8 };

/* Zero but for the first two. */
typedef struct itemset_pause {
    const patron_comm *comm;
    const patron_checkpoint *checkpoint; /* NULL: there is never a pause */
    bool is_wished;
    bool is_own; /* it was wished here */
    bool has_told;
    uint64_t heard; /* notes of other ranks */
    double listened;
} itemset_pause;

/* Whether this rank has to pause, or wishes to; of any thread. */
bool itemset_pause_is_wished(itemset_pause *pause);

/* Tells other ranks, and hears them; of the thread that talks to other ranks. */
void itemset_pause_listen(itemset_pause *pause);

/* When no rank has a task in hand: takes in what was not heard yet.  Collective. */
void itemset_pause_settle(itemset_pause *pause);

#endif
