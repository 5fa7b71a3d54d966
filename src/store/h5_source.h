/* SPDX-License-Identifier: Apache-2.0 */
/* What a user names as "FILE.h5:/path", an array in a file, or as "FILE.h5", the file alone.
 * Nothing here is collective. */
#ifndef PATRON_STORE_H5_SOURCE_H
#define PATRON_STORE_H5_SOURCE_H

#include "store/h5.h"

#include <limits.h>

typedef struct patron_h5_source {
    char file_name[PATH_MAX + 1];
    const char
        *path; /* in the file, from the slash on; NULL: none was named.  Part of the source */
} patron_h5_source;

/* Whether `source` names a path. */
bool patron_h5_source_has_path(const char *source);

/* Takes `source` apart at its last ":/".  NO_INPUT: the file's name is too long. */
patron_status patron_h5_source_split(const char *source, patron_h5_source *split);

#endif
