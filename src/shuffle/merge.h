/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted runs in a spool, read as one.  Nothing here is collective. */
#ifndef PATRON_SHUFFLE_MERGE_H
#define PATRON_SHUFFLE_MERGE_H

#include "shuffle/record.h"
#include "shuffle/spool.h"

#include <stdbool.h>

/* Bytes [first, end) of the spool. */
typedef struct shuffle_run {
    uint64_t first, end;
} shuffle_run;

typedef struct shuffle_merge shuffle_merge;

/* Reads runs[count] through `bytes` bytes of memory each, which hold the longest record.  RESOURCE,
 * IO. */
patron_status shuffle_merge_create(patron_spool *spool, const shuffle_run *runs, uint64_t count,
                                   uint64_t bytes, shuffle_merge **merge);

/* As patron_sorter_next; the record lies as patron_record_lay left it. */
patron_status shuffle_merge_next(shuffle_merge *merge, patron_record *record, bool *found);

void shuffle_merge_free(shuffle_merge *merge);

#endif
