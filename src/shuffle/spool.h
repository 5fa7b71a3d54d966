/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that wait on disk until it is known where they belong, in a file without a name: nothing of
 * it stays, however the program ends.  Nothing here is collective. */
#ifndef PATRON_SHUFFLE_SPOOL_H
#define PATRON_SHUFFLE_SPOOL_H

#include "patron/status.h"

#include <stdint.h>

typedef struct patron_spool {
    int descriptor;   /* -1: none */
    const char *name; /* of what the bytes are for, for messages */
    uint64_t size;    /* bytes appended */
    uint64_t taken;   /* of these from the first on, all taken */
} patron_spool;

/* In `folder`; `name` outlives the spool.  CANT_CREATE. */
patron_status patron_spool_create(const char *folder, const char *name, patron_spool *spool);
void patron_spool_close(patron_spool *spool);

/* IO where the disk is full or the write fails. */
patron_status patron_spool_append(patron_spool *spool, const char *bytes, uint64_t length);

/* Reads bytes that have not been taken.  IO where fewer are there. */
patron_status patron_spool_read(const patron_spool *spool, uint64_t offset, char *bytes,
                                uint64_t length);

/* Takes out bytes, once: their place on the disk is free again where the file system can, and where
 * they are not taken in order, but for blocks that they share with others.  IO where fewer are
 * there. */
patron_status patron_spool_take(patron_spool *spool, uint64_t offset, char *bytes, uint64_t length);

#endif
