/* SPDX-License-Identifier: Apache-2.0 */
/* The secret key that pseudonyms are made with: 32 random bytes, in a file that only its owner may
 * read.  The file is one line of 64 hexadecimal digits. */
#ifndef PATRON_RUNTIME_SECRET_H
#define PATRON_RUNTIME_SECRET_H

#include "patron/comm.h"

enum { PATRON_SECRET_BYTES = 32 };

typedef struct patron_secret {
    unsigned char bytes[PATRON_SECRET_BYTES];
} patron_secret;

/* Reads the key from the file `path`; makes both where there is no such file, and says so in the
 * log.  NULL: the file "patron/pseudonym.key" in $XDG_DATA_HOME, which is ~/.local/share unless
 * set; its folders are made.  Of runs that make it at once one does, and all have its key.  Rank 0
 * looks at files, all get the key.  Collective.
 *
 * REFUSED: others than the owner may read or change the file, or its owner is another; DATA: it
 * holds no key; NO_INPUT: it can not be read; CANT_CREATE, IO: it can not be made; CONFIG: `path`
 * is NULL, and neither HOME nor XDG_DATA_HOME names a folder; RESOURCE. */
patron_status patron_secret_get(const patron_comm *comm, const char *path, patron_secret *secret);

/* The same of a key that is there: none is made.  Also NO_INPUT: there is none. */
patron_status patron_secret_find(const patron_comm *comm, const char *path, patron_secret *secret);

/* Overwrites the key in memory. */
void patron_secret_wipe(patron_secret *secret);

#endif
