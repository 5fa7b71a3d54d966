/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are each held once, under a number.  Nothing here is collective. */
#ifndef PATRON_INGEST_INTERN_H
#define PATRON_INGEST_INTERN_H

#include "ingest/text.h"
#include "patron/data.h"

/* Of the table by hash. */
typedef struct patron_interner_slot {
    uint64_t tag;   /* bits of the hash, the length, the number */
    uint64_t start; /* the first bytes of the text, zeros behind its end */
} patron_interner_slot;

/* Start from a zeroed struct. */
typedef struct patron_interner {
    patron_texts texts; /* by number */
    patron_interner_slot *slots;
    uint64_t slot_count;
    unsigned char key[16]; /* of the hash */
} patron_interner;

/* No number: what is absent. */
static const uint32_t PATRON_INTERN_NONE = UINT32_MAX;

/* *number of `text`, which is taken in as the next number where it is new.  RESOURCE where memory
 * is short or there are more than 2^32 - 2 texts. */
patron_status patron_interner_find(patron_interner *interner, patron_slice text, uint32_t *number);

/* Whether `text` was taken in. */
bool patron_interner_has(const patron_interner *interner, patron_slice text);

/* Sorts the texts bytewise: what had number i has rank[i] afterwards.  *rank is the caller's to
 * free(); find may not be called any more. */
patron_status patron_interner_sort(patron_interner *interner, uint32_t **rank);

/* Moves the texts out. */
patron_texts patron_interner_take(patron_interner *interner);

void patron_interner_free(patron_interner *interner);

#endif
