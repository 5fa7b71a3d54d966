/* SPDX-License-Identifier: Apache-2.0 */
/* Records in memory, into the bytewise order of their keys.  Nothing here is collective. */
#ifndef PATRON_SHUFFLE_KEY_SORT_H
#define PATRON_SHUFFLE_KEY_SORT_H

#include <stdint.h>

/* Where a record lies; `word` is for the sort. */
typedef struct shuffle_entry {
    uint64_t word;
    uint64_t offset;
} shuffle_entry;

/* Sorts entries[count] of records that lie in `bytes`; `spare` has as much room. */
void shuffle_key_sort(const char *bytes, shuffle_entry *entries, uint64_t count,
                      shuffle_entry *spare);

#endif
