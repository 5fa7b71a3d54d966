/* SPDX-License-Identifier: Apache-2.0 */
/* Values in the one form that digests are taken of: little-endian, one NaN, no negative zero, texts
 * with their length before them.  Nothing here is collective. */
#ifndef PATRON_STORE_CANONICAL_H
#define PATRON_STORE_CANONICAL_H

#include <hdf5.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

enum { PATRON_HASH_BYTES = 32, PATRON_TYPE_TEXT = 1024, PATRON_CANONICAL_REALS = 64 };

/* A memory type to read values of stored type `type` with: this machine's narrowest that holds it.
 * The caller closes it; invalid where there is none. */
hid_t patron_canonical_memory_type(hid_t type);

/* The name in digests of such a memory type ("float32", "string", "{inertia:float64,...}"); false
 * where it has none, or a record has more real members than a form holds.  An enumeration counts as
 * its integers. */
bool patron_canonical_type(hid_t memory_type, char name[PATRON_TYPE_TEXT]);

/* How values of a memory type are brought into canonical form, without asking HDF5 again. */
typedef struct patron_canonical_form {
    enum { PATRON_FORM_BYTES, PATRON_FORM_REALS, PATRON_FORM_TEXTS } kind;
    size_t width;     /* bytes of a value */
    bool is_variable; /* texts: pointers to them */
    uint32_t reals;   /* members of a value that are real numbers */
    size_t offset[PATRON_CANONICAL_REALS];
    bool is_wide[PATRON_CANONICAL_REALS]; /* float64 instead of float32 */
} patron_canonical_form;

patron_canonical_form patron_canonical_form_of(hid_t memory_type);

/* Feeds `count` values of that form to `hash`; brings them into canonical form in place. */
void patron_canonical_feed(crypto_generichash_state *hash, const patron_canonical_form *form,
                           uint64_t count, void *values);

#endif
