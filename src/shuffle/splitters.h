/* SPDX-License-Identifier: Apache-2.0 */
/* Where the order of keys is cut into ranges of about equal weight, by samples of all ranks. */
#ifndef PATRON_SHUFFLE_SPLITTERS_H
#define PATRON_SHUFFLE_SPLITTERS_H

#include "patron/comm.h"
#include "patron/texts.h"

/* Range r holds the keys from text r - 1 to before text r. */
typedef struct patron_splitters {
    patron_texts keys; /* ascending; fewer than ranges - 1 where samples are few */
} patron_splitters;

/* Cuts into `ranges` by the keys that all ranks drew.  Collective; the same on every rank.
 * RESOURCE. */
patron_status patron_splitters_choose(const patron_comm *comm, const patron_texts *samples,
                                      uint64_t ranges, patron_splitters *splitters);

/* The range of a key.  Keys that have a splitter as their start come to one range with it. */
uint64_t patron_splitters_range(const patron_splitters *splitters, const char *key,
                                uint64_t length);

void patron_splitters_free(patron_splitters *splitters);

#endif
