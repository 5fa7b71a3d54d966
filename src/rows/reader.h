/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the chunks of a source one ahead of who works on them, in a thread of its own. */
#ifndef PATRON_ROWS_READER_H
#define PATRON_ROWS_READER_H

#include "patron/rows.h"

#include <pthread.h>

typedef struct patron_row_reader {
    const patron_row_source *source;
    uint64_t first, count, chunk_rows;
    void *const *bytes; /* 2 buffers, used in turn */
    bool is_threaded;   /* false: chunks are read when they are asked for */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t read, done; /* chunks */
    bool is_cancelled;
    patron_status status;
} patron_row_reader;

/* Begins to read the rows from `first` on.  Cannot fail: where no thread can be had, chunks are
 * read as they are asked for. */
void patron_row_reader_start(patron_row_reader *reader, const patron_row_source *source,
                             uint64_t first, uint64_t count, uint64_t chunk_rows,
                             void *const *bytes);

/* Waits for chunk `number`; the one before must be done with.  As the source's `read`. */
patron_status patron_row_reader_take(patron_row_reader *reader, uint64_t number,
                                     patron_row_chunk *chunk);

/* Tells that the last chunk taken is done with. */
void patron_row_reader_release(patron_row_reader *reader);

/* Ends reading, wherever it stands. */
void patron_row_reader_stop(patron_row_reader *reader);

#endif
