/* SPDX-License-Identifier: Apache-2.0 */
/* Deals the blocks of a source to the threads that work on them, while a thread of its own reads
 * the next chunk.  Whoever has to wait sleeps: a spinning thread would take the reader's core. */
#ifndef PATRON_ROWS_FEED_H
#define PATRON_ROWS_FEED_H

#include "patron/rows.h"

#include <pthread.h>

enum { PATRON_FEED_SLOTS = 4 };

/* A chunk that is being worked on, or read. */
typedef struct patron_feed_slot {
    patron_row_chunk chunk;
    uint64_t first_block;             /* of the chunk, among all */
    uint64_t blocks, dealt, finished; /* all 0: the slot is free */
} patron_feed_slot;

typedef struct patron_feed {
    const patron_row_source *source;
    uint64_t first, count, chunk_rows;
    bool is_threaded; /* false: who finds nothing to do reads */
    pthread_t reader;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    patron_feed_slot slot[PATRON_FEED_SLOTS];
    uint64_t chunks, read; /* chunks in all, and those read */
    uint64_t failed;       /* the first block that failed; UINT64_MAX: none */
    bool is_reading;       /* somebody reads */
    bool is_over;          /* nothing more is to be read */
    patron_status status;  /* of reading */
} patron_feed;

/* Blocks [first, first + count) of the rows, all of one chunk. */
typedef struct patron_feed_share {
    int slot;
    uint64_t first, count;
} patron_feed_share;

/* Begins to read `count` rows from `first` on, chunk_rows at a time, into bytes[PATRON_FEED_SLOTS];
 * where the source does not read, all rows are there already, as one chunk. */
void patron_feed_start(patron_feed *feed, const patron_row_source *source, uint64_t first,
                       uint64_t count, uint64_t chunk_rows, void *const *bytes);

/* Takes some blocks, in ascending order; waits for them.  False: there are no more. */
bool patron_feed_take(patron_feed *feed, patron_feed_share *share);

/* Gives a share back, done with; `failed` is the first of its blocks that failed, UINT64_MAX where
 * none did. */
void patron_feed_finish(patron_feed *feed, const patron_feed_share *share, uint64_t failed);

/* The chunk that holds block `block`; one that failed, or of a share that is taken. */
const patron_row_chunk *patron_feed_chunk(const patron_feed *feed, uint64_t block);

/* Ends reading, wherever it stands.  As the source's `read`. */
patron_status patron_feed_stop(patron_feed *feed);

#endif
