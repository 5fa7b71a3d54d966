/* SPDX-License-Identifier: Apache-2.0 */
/* A sequence of bytes that is written once from its start to its end and then read so, in bounded
 * memory.  Nothing here is collective; a tape is used by one thread at a time. */
#ifndef PATRON_SHUFFLE_TAPE_H
#define PATRON_SHUFFLE_TAPE_H

#include "shuffle/spool.h"

typedef struct patron_tape {
    const char *folder, *name; /* as patron_sorter_create has them */
    uint64_t memory;
    uint64_t length; /* bytes written */
    char *bytes;     /* those behind the spool's; while reading, those that were read ahead */
    uint64_t used, room;
    patron_spool spool;
    uint64_t at, offset; /* read so far: of `bytes`, of the spool */
} patron_tape;

patron_tape patron_tape_create(const char *folder, const char *name, uint64_t memory);

/* RESOURCE; IO where the disk is full; CANT_CREATE. */
patron_status patron_tape_write(patron_tape *tape, const void *bytes, uint64_t length);

/* Looks at bytes before any have been taken; they were written by one call.  IO. */
patron_status patron_tape_peek(const patron_tape *tape, uint64_t offset, void *bytes,
                               uint64_t length);

/* Takes the next bytes; what is asked for in all is at most `length`.  IO. */
patron_status patron_tape_read(patron_tape *tape, void *bytes, uint64_t length);

/* A zeroed tape is fine. */
void patron_tape_free(patron_tape *tape);

#endif
