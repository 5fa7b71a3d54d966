/* SPDX-License-Identifier: Apache-2.0 */
/* Values in the one form that digests are taken of: little-endian, one NaN, no negative zero, texts
 * with their length before them.  Nothing here is collective. */
#ifndef PATRON_STORE_CANONICAL_H
#define PATRON_STORE_CANONICAL_H

#include "patron/status.h"

#include <hdf5.h>
#include <sodium.h>
#include <stdint.h>

enum { PATRON_HASH_BYTES = 32, PATRON_TYPE_TEXT = 1024 };

/* The type's name in digests ("float32", "string", "{inertia:float64,...}"); DATA where it has
 * none. */
patron_status patron_canonical_type(hid_t type, char name[PATRON_TYPE_TEXT]);

/* A memory type to read values of stored type `type` with; the caller closes it. */
hid_t patron_canonical_memory_type(hid_t type);

/* Feeds `count` values, read with `memory_type`, to `hash`; brings them into canonical form in
 * place. */
void patron_canonical_feed(crypto_generichash_state *hash, hid_t memory_type, uint64_t count,
                           void *values);

#endif
