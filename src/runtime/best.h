/* SPDX-License-Identifier: Apache-2.0 */
/* The best few of many numbered things. */
#ifndef PATRON_RUNTIME_BEST_H
#define PATRON_RUNTIME_BEST_H

#include "patron/comm.h"

#include <stdint.h>

enum { PATRON_BEST_KEYS = 3 };

/* A higher first key is better, then a higher second, ..., then a lower number. */
typedef struct patron_best_entry {
    uint64_t key[PATRON_BEST_KEYS];
    uint64_t number;
} patron_best_entry;

typedef struct patron_best {
    uint32_t most, count;
    patron_best_entry *entries; /* most; best first */
} patron_best;

/* Keeps at most `most` entries.  Release with patron_best_free in any case.  RESOURCE. */
patron_status patron_best_create(uint32_t most, patron_best *best);
void patron_best_free(patron_best *best);

/* Takes the entry in where it is among the best so far. */
void patron_best_offer(patron_best *best, const patron_best_entry *entry);

/* Brings the best of all ranks to all.  Collective; RESOURCE. */
patron_status patron_best_merge(const patron_comm *comm, patron_best *best);

#endif
