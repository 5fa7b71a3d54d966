/* SPDX-License-Identifier: Apache-2.0 */
/* Values in the one form that digests are taken of: little-endian, one NaN, no negative zero, texts
 * with their length before them.  Nothing here is collective. */
#ifndef PATRON_STORE_CANONICAL_H
#define PATRON_STORE_CANONICAL_H

#include <hdf5.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

enum { PATRON_HASH_BYTES = 32, PATRON_TYPE_TEXT = 1024 };

/* A memory type to read values of stored type `type` with: this machine's narrowest that holds it.
 * The caller closes it; invalid where there is none. */
hid_t patron_canonical_memory_type(hid_t type);

/* The name in digests of such a memory type ("float32", "string", "{inertia:float64,...}"); false
 * where it has none.  An enumeration counts as its integers. */
bool patron_canonical_type(hid_t memory_type, char name[PATRON_TYPE_TEXT]);

/* Feeds `count` values, read with `memory_type`, to `hash`; brings them into canonical form in
 * place. */
void patron_canonical_feed(crypto_generichash_state *hash, hid_t memory_type, uint64_t count,
                           void *values);

#endif
