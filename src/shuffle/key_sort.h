/* SPDX-License-Identifier: Apache-2.0 */
/* Records in memory, into the bytewise order of their keys.  Nothing here is collective. */
#ifndef PATRON_SHUFFLE_KEY_SORT_H
#define PATRON_SHUFFLE_KEY_SORT_H

#include "runtime/radix.h"

/* Sorts entries[count] of records, each of which lies at its place in `bytes`; `spare` has as much
 * room. */
void shuffle_key_sort(const char *bytes, patron_radix_entry *entries, uint64_t count,
                      patron_radix_entry *spare);

#endif
