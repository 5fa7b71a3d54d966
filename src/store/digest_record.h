/* SPDX-License-Identifier: Apache-2.0 */
/* The digest that a file holds of its own content, as an attribute `digest` that is no part of it.
 * Nothing here is collective. */
#ifndef PATRON_STORE_DIGEST_RECORD_H
#define PATRON_STORE_DIGEST_RECORD_H

#include "store/digest.h"

#include <hdf5.h>

/* Adds it to the group `group` of a file that is whole and closed.  IO, RESOURCE. */
patron_status patron_digest_record(const char *path, const char *group, const char *digest);

/* The one recorded in `object`, called `name` in messages; "" where there is none, or no digest's
 * text.  DATA, RESOURCE. */
patron_status patron_digest_recorded(hid_t object, const char *name,
                                     char digest[PATRON_DIGEST_TEXT]);

/* DATA where what `path` holds now has another digest than `recorded`, which may be "". */
patron_status patron_digest_check(const char *path, const char *digest, const char *recorded);

#endif
