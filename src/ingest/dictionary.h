/* SPDX-License-Identifier: Apache-2.0 */
/* The items of all ranks.  Threads number the items that they meet by themselves; when ranks meet,
 * they give each new one the same number on every rank.  All ranks hold all items: these are few
 * beside the rows. */
#ifndef PATRON_INGEST_DICTIONARY_H
#define PATRON_INGEST_DICTIONARY_H

#include "ingest/intern.h"
#include "patron/comm.h"

/* The items of one thread.  Start from a zeroed struct. */
typedef struct patron_own_items {
    patron_interner names;
    uint32_t *common; /* the common number of each of the first `known` */
    uint64_t known, room;
} patron_own_items;

void patron_own_items_free(patron_own_items *own);

/* Start from a zeroed struct. */
typedef struct patron_dictionary {
    patron_interner names; /* by common number, until it is sorted */
    uint32_t *place;       /* of each common number in the sorted names */
} patron_dictionary;

/* Gives all items of own[threads] their common numbers.  Collective; RESOURCE. */
patron_status patron_dictionary_meet(const patron_comm *comm, patron_dictionary *dictionary,
                                     patron_own_items *const *own, int threads);

/* Sorts the names bytewise; no more may come.  Each rank for itself; RESOURCE. */
patron_status patron_dictionary_sort(patron_dictionary *dictionary);

void patron_dictionary_free(patron_dictionary *dictionary);

#endif
