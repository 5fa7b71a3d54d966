/* SPDX-License-Identifier: Apache-2.0 */
/* Records in the order of their keys, as many as the disk holds, in bounded memory.  Nothing here
 * is collective; a sorter is used by one thread at a time. */
#ifndef PATRON_SHUFFLE_SORTER_H
#define PATRON_SHUFFLE_SORTER_H

#include "patron/status.h"
#include "shuffle/record.h"

#include <stdbool.h>

typedef struct patron_sorter patron_sorter;

/* What does not fit into `memory` bytes waits in files without a name in `folder`; `name` is that
 * of the output, for messages.  Both texts outlive the sorter.  RESOURCE. */
patron_status patron_sorter_create(const char *folder, const char *name, uint64_t memory,
                                   patron_sorter **sorter);

/* Copies records that lie one behind the other in bytes[length].  RESOURCE; IO where the disk is
 * full; CANT_CREATE where the folder takes no file. */
patron_status patron_sorter_append(patron_sorter *sorter, const char *bytes, uint64_t length);

/* Ends appending.  The same errors. */
patron_status patron_sorter_finish(patron_sorter *sorter);

/* The next record in bytewise order of keys (in any order where they are equal), valid until the
 * next call; *found is false behind the last.  IO. */
patron_status patron_sorter_next(patron_sorter *sorter, patron_record *record, bool *found);

/* NULL is allowed. */
void patron_sorter_free(patron_sorter *sorter);

#endif
