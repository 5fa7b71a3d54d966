/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of items: each thread counts those that it meets; counts of all are sorted by item and
 * label, and the most frequent label of an item is its own, the bytewise least on ties. */
#ifndef PATRON_INGEST_LABELS_H
#define PATRON_INGEST_LABELS_H

#include "ingest/intern.h"
#include "shuffle/shuffle.h"

/* The label of an item that was counted last. */
typedef struct patron_latest_label {
    uint64_t offset, length; /* of its bytes in `pairs`; a length of 0: there is none */
    uint32_t pair;
} patron_latest_label;

/* A label on its way to being counted. */
typedef struct patron_waiting_label {
    uint32_t item, length; /* a length of 0: there is none */
    char bytes[56];
} patron_waiting_label;

enum { PATRON_LABELS_WAITING = 16 };

/* The counts of one thread.  Start from a zeroed struct. */
typedef struct patron_label_counts {
    patron_interner pairs; /* number of the item, then the label */
    uint64_t *counts;      /* of each pair */
    uint64_t room;
    patron_latest_label *latest; /* of each item */
    uint64_t latest_room, latest_known;
    patron_waiting_label waiting[PATRON_LABELS_WAITING]; /* the next to be counted at `turn` */
    uint32_t turn;
    char *key;
    uint64_t key_room;
} patron_label_counts;

/* Counts `label`, not empty, for the item that the thread numbers so.  RESOURCE. */
patron_status patron_label_counts_add(patron_label_counts *counts, uint32_t item,
                                      patron_slice label);

/* Bytes that the counts take, about. */
uint64_t patron_label_counts_bytes(const patron_label_counts *counts);

/* Puts all counts into the outbox of `thread`, under the items' common numbers, and starts anew.
 * RESOURCE. */
patron_status patron_label_counts_put(patron_label_counts *counts, const uint32_t *common,
                                      patron_shuffle *shuffle, int thread, uint64_t lanes);

void patron_label_counts_free(patron_label_counts *counts);

/* Chooses the labels from a shuffle that is finished; `place` is where an item of a common number
 * stands among `items`.  Collective; all ranks get all labels.  RESOURCE, IO. */
patron_status patron_labels_choose(const patron_comm *comm, patron_shuffle *shuffle, int lanes,
                                   const uint32_t *place, uint64_t items, patron_texts *labels);

#endif
