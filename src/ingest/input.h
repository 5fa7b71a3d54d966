/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a file or of standard input, gunzipped where they are gzip.  Nothing here is
 * collective. */
#ifndef PATRON_INGEST_INPUT_H
#define PATRON_INGEST_INPUT_H

#include "patron/progress.h"
#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

typedef struct patron_input {
    const char *name; /* for messages */
    gzFile file;
    char *buffer;
    uint64_t consumed; /* bytes of the file, as far as that is known */
    patron_progress *progress;
} patron_input;

/* Opens `path` ("-" is standard input), which must outlive `input`; progress may be NULL.
 * NO_INPUT where it is missing, unreadable or a folder. */
patron_status patron_input_open(const char *path, patron_progress *progress, patron_input *input);

/* The next bytes, owned by `input` until the next call; *length is 0 at the end.  DATA where gzip
 * data is corrupt or truncated, IO where the read itself fails. */
patron_status patron_input_read(patron_input *input, const char **bytes, uint64_t *length);

/* A zeroed or closed struct is fine. */
void patron_input_close(patron_input *input);

#endif
