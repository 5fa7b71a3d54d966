/* SPDX-License-Identifier: Apache-2.0 */
/* Records of all files, read by the threads of all ranks: blocks are split until the caller has
 * reason for ranks to meet, then it goes on.
 *
 * What is wrong with the text is told of the first place, in the order of files and lines, whatever
 * rank finds it: a rank that has found something reads no further, and those that are before it do.
 * Or, where there are rejects, what is wrong with a record goes there and reading goes on. */
#ifndef PATRON_INGEST_SCAN_H
#define PATRON_INGEST_SCAN_H

#include "ingest/blocks.h"
#include "ingest/rejects.h"
#include "patron/progress.h"

typedef struct patron_scan_options {
    patron_blocks_options blocks;
    patron_csv_take *take;               /* is shown the records of one thread */
    patron_status (*end)(void *context); /* when a thread has split its piece; NULL: nothing */
    void *const *contexts;               /* of the threads, for both */
    patron_rejects *rejects;             /* NULL: the first fault ends the reading */
    bool passes_over;                    /* records at fault, unseen; without rejects */
    patron_progress *progress;
} patron_scan_options;

/* One thread of it. */
typedef struct patron_scan_thread {
    struct patron_scan *scan;
    int number;
    patron_csv_splitter splitter;
    patron_status status;
    uint64_t used; /* of its piece of the block */
} patron_scan_thread;

typedef struct patron_scan {
    const patron_comm *comm;
    patron_scan_options options;
    patron_blocks blocks;
    patron_scan_thread *threads;
    bool has_block; /* one was read and is not split yet */
    bool is_done;   /* this rank has no more to read */
    uint64_t fault; /* the place that is wrong; UINT64_MAX: none is */
    char fault_text[PATRON_FAIL_CAPACITY];
} patron_scan;

/* The options' contexts outlive the scan.  The first block is read.  Collective.  RESOURCE,
 * NO_INPUT, IO. */
patron_status patron_scan_begin(const patron_comm *comm, const patron_sources *sources,
                                const patron_scan_options *options, patron_scan *scan);

/* Splits the next block; nothing where `is_done`.  Each rank for itself.  The errors of blocks,
 * take and end but DATA, which waits for the meeting. */
patron_status patron_scan_step(patron_scan *scan);

/* Ranks meet, each with its status so far; *is_last: nobody has more.  DATA then where something is
 * wrong with the text.  Collective. */
patron_status patron_scan_meet(patron_scan *scan, patron_status so_far, bool *is_last);

/* All that is left, block by block, until nobody has more.  Collective; errors as above. */
patron_status patron_scan_rest(patron_scan *scan);

/* A zeroed scan is fine. */
void patron_scan_end(patron_scan *scan);

#endif
