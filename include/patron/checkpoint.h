/* SPDX-License-Identifier: Apache-2.0 */
/* What a long piece of work must know to go on where it was stopped: records with names, kept while
 * it runs, and saved at safe points when a signal or the clock asks for it.  A record is the same
 * on every rank, or, where it is large, each rank has a share of it. Engines keep records and look
 * them up when they begin; how records are saved is the affair of whoever made the checkpoint.  A
 * NULL checkpoint keeps nothing, is never due and has no record. */
#ifndef PATRON_CHECKPOINT_H
#define PATRON_CHECKPOINT_H

#include "patron/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct patron_checkpoint patron_checkpoint;

/* ---- the bytes of a record ---- */

/* Put together piece by piece; start from a zeroed struct. */
typedef struct patron_packing {
    unsigned char *bytes;
    uint64_t count, capacity;
    bool failed; /* memory was short: what comes then is not added */
} patron_packing;

void patron_pack(patron_packing *packing, const void *data, uint64_t bytes);

/* Taken apart in the same order. */
typedef struct patron_unpacking {
    const unsigned char *bytes;
    uint64_t left;
    bool failed; /* there was less than asked for: what was asked for is zeroed */
} patron_unpacking;

void patron_unpack(patron_unpacking *unpacking, void *data, uint64_t bytes);

/* ---- records ---- */

enum { PATRON_CHECKPOINT_NAME = 64 };

/* Keeps what was packed as the record `name` (below PATRON_CHECKPOINT_NAME bytes), in place of one
 * that has the name; the packing is empty afterwards.  RESOURCE, also where the packing failed. */
patron_status patron_checkpoint_keep(patron_checkpoint *checkpoint, const char *name,
                                     patron_packing *packing);

/* Whether there is the record `name`; its bytes, which stay the checkpoint's until it is kept anew
 * or forgotten. */
bool patron_checkpoint_recall(const patron_checkpoint *checkpoint, const char *name,
                              patron_unpacking *unpacking);

/* Adds what was packed to this rank's share of the record `name`, which every rank adds to at the
 * same place of its work, in whatever order of names all have in common; the packing is empty
 * afterwards.  Pieces are recalled one behind the other, and where work goes on, any rank may get
 * them, all pieces of one rank together.  RESOURCE, also where the packing failed. */
patron_status patron_checkpoint_add(patron_checkpoint *checkpoint, const char *name,
                                    patron_packing *packing);

/* Forgets all records whose names begin with `prefix`. */
void patron_checkpoint_forget(patron_checkpoint *checkpoint, const char *prefix);

/* DATA: the record `name` is not what this program keeps under that name. */
patron_status patron_checkpoint_fail(const char *name);

/* ---- safe points ---- */

/* Whether this rank wishes that all save: it has got a signal, or, on rank 0, the time is up.  Not
 * collective; any thread may ask. */
bool patron_checkpoint_is_wished(const patron_checkpoint *checkpoint);

/* Whether records are to be brought up to date and saved now: a rank has got a signal, or the time
 * is up.  Collective; the same on every rank. */
bool patron_checkpoint_is_due(patron_checkpoint *checkpoint);

/* Saves all records, where `so_far` is OK on all ranks.  Collective; all ranks return the same:
 * STOPPED after a signal, else OK even where a write failed (that is logged, and tried again when
 * the time is up); `so_far` of the lowest failing rank; after a signal IO and CANT_CREATE. */
patron_status patron_checkpoint_save(patron_checkpoint *checkpoint, patron_status so_far);

/* A safe point where nothing new is to be kept.  Collective; as patron_checkpoint_save. */
patron_status patron_checkpoint_pass(patron_checkpoint *checkpoint);

/* One in work that keeps nothing and is done again from its start: only a stop saves.  Collective;
 * as patron_checkpoint_save. */
patron_status patron_checkpoint_heed(patron_checkpoint *checkpoint);

/* ---- for whoever makes one ---- */

/* Writes all records away, collectively, and tells all ranks alike how that went. */
typedef patron_status (*patron_checkpoint_write)(void *argument,
                                                 const patron_checkpoint *checkpoint);

/* An empty one, saved by write(argument, ...) every `period` seconds (0: at every safe point), or
 * less often, so that it takes no more than a fiftieth of the time; `path` is what messages call
 * it.  `comm`, `path` and `argument` are borrowed.  Release with patron_checkpoint_free.  Not
 * collective.  NULL: out of memory, recorded. */
patron_checkpoint *patron_checkpoint_create(const patron_comm *comm, const char *path,
                                            double period, patron_checkpoint_write write,
                                            void *argument);
void patron_checkpoint_free(patron_checkpoint *checkpoint);

uint64_t patron_checkpoint_count(const patron_checkpoint *checkpoint);

/* Record `index`, in the order in which they were first kept; the name is the checkpoint's. */
const char *patron_checkpoint_at(const patron_checkpoint *checkpoint, uint64_t index,
                                 patron_unpacking *unpacking);

/* Whether each rank has a share of record `index`. */
bool patron_checkpoint_is_shared(const patron_checkpoint *checkpoint, uint64_t index);

#endif
