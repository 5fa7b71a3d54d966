/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of events: how many rows of each there are, and which of them become features.  All
 * ranks hold all kinds; these are few beside the rows. */
#ifndef PATRON_INGEST_KINDS_H
#define PATRON_INGEST_KINDS_H

#include "ingest/intern.h"
#include "patron/comm.h"

/* Rows of a kind. */
typedef struct patron_kind_rows {
    uint64_t all, valued; /* valued: those with a value */
} patron_kind_rows;

/* Start from a zeroed struct. */
typedef struct patron_kinds {
    patron_interner names; /* in bytewise order once they are shared */
    patron_kind_rows *rows;
    uint64_t room;
    uint32_t *slots; /* of each, once they are chosen */
    uint32_t slot_count;
    uint32_t own_count;   /* slots of one kind each come first, in the order of names */
    uint32_t *kind_of;    /* of these slots */
    uint64_t joined_rows; /* of kinds that have no slot of their own */
} patron_kinds;

/* The slot of kinds that no feature tells of. */
static const uint32_t PATRON_NO_SLOT = UINT32_MAX;

/* Counts a row.  RESOURCE. */
patron_status patron_kinds_add(patron_kinds *kinds, patron_slice name, bool has_value);

/* Adds what another thread has counted.  RESOURCE. */
patron_status patron_kinds_merge(patron_kinds *kinds, const patron_kinds *other);

/* Kinds of all ranks, on every rank, sorted bytewise.  Collective.  RESOURCE. */
patron_status patron_kinds_share(const patron_comm *comm, patron_kinds *kinds);

/* Gives a slot each to the `most` kinds of the most rows (the bytewise first on ties) that have at
 * least `least` of them.  The others share one slot, the last, where they have that many together;
 * a kind that is called as that slot is then joined with them.  RESOURCE. */
patron_status patron_kinds_choose(patron_kinds *kinds, uint32_t most, uint64_t least);

/* The slot of a kind, PATRON_NO_SLOT where it has none. */
uint32_t patron_kinds_slot(const patron_kinds *kinds, patron_slice name);

/* What a slot is called, and whether it has values that can be added up: those of different kinds
 * can not. */
patron_slice patron_kinds_slot_name(const patron_kinds *kinds, uint32_t slot);
bool patron_kinds_slot_has_values(const patron_kinds *kinds, uint32_t slot);

void patron_kinds_free(patron_kinds *kinds);

#endif
