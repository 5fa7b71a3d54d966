/* SPDX-License-Identifier: Apache-2.0 */
/* Records of all ranks, dealt to lanes and sorted there by key, in bounded memory.
 *
 * Every rank has as many lanes as it has threads; lane l of rank r is lane r * lanes + l of all.
 * Threads put records into their outboxes; an exchange brings them to their lanes; when all have
 * been exchanged, each lane is read in order by one thread. */
#ifndef PATRON_SHUFFLE_SHUFFLE_H
#define PATRON_SHUFFLE_SHUFFLE_H

#include "patron/comm.h"
#include "shuffle/sorter.h"

typedef struct patron_shuffle patron_shuffle;

typedef struct patron_shuffle_options {
    int threads;         /* of this rank, that put; the same on every rank, as are lanes */
    const char *folder;  /* for what does not fit; outlives the shuffle */
    const char *name;    /* of the output, for messages; outlives the shuffle */
    uint64_t sorted;     /* bytes of this rank for records in lanes */
    uint64_t on_the_way; /* at most so many bytes of this rank for records in outboxes and in the
                            exchange */
} patron_shuffle_options;

/* RESOURCE.  Collective. */
patron_status patron_shuffle_create(const patron_comm *comm, const patron_shuffle_options *options,
                                    patron_shuffle **shuffle);

/* Puts a record for `lane` (of all) into the outbox of `thread`.  RESOURCE. */
patron_status patron_shuffle_put(patron_shuffle *shuffle, int thread, uint64_t lane,
                                 const patron_record *record);

/* Whether that outbox holds its share, so that it is time for an exchange. */
bool patron_shuffle_is_full(const patron_shuffle *shuffle, int thread);

/* Shows every record of a thread's outbox, whose value may be changed in place. */
void patron_shuffle_visit(patron_shuffle *shuffle, int thread,
                          void (*visit)(void *context, char *value, uint32_t length),
                          void *context);

/* Brings what is in all outboxes to the lanes.  Collective; the errors of patron_sorter_append. */
patron_status patron_shuffle_exchange(patron_shuffle *shuffle);

/* Ends the exchanges and sorts.  Collective; the errors of patron_sorter_finish. */
patron_status patron_shuffle_finish(patron_shuffle *shuffle);

/* Lane `lane` of this rank, to be read; owned by the shuffle. */
patron_sorter *patron_shuffle_lane(patron_shuffle *shuffle, int lane);

/* Frees a lane that has been read. */
void patron_shuffle_close_lane(patron_shuffle *shuffle, int lane);

/* NULL is allowed. */
void patron_shuffle_free(patron_shuffle *shuffle);

#endif
