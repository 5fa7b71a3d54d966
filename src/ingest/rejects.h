/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where rows go that are rejected, each with its reason, line and file.  They are
 * kept on the rank that met them, and written in the order of files and lines. */
#ifndef PATRON_INGEST_REJECTS_H
#define PATRON_INGEST_REJECTS_H

#include "ingest/sources.h"
#include "ingest/text.h"
#include "patron/data.h"
#include "shuffle/tape.h"

typedef struct patron_rejects_options {
    const char *path; /* NULL: rows are counted and dropped */
    bool force;
    bool is_more;       /* the file is there, from other sources: rows go behind what it holds */
    double most;        /* the share of rows that may be rejected */
    int threads;        /* of this rank */
    const char *folder; /* for what does not fit into memory */
    uint64_t memory;    /* bytes of this rank */
} patron_rejects_options;

/* A thread's rows of the block at hand: heads with texts behind. */
typedef struct patron_reject_list {
    char *bytes;
    uint64_t used, room;
} patron_reject_list;

typedef struct patron_rejects {
    const patron_comm *comm;
    const patron_sources *sources;
    patron_rejects_options options;
    patron_reject_list *lists; /* of threads */
    patron_tape tape;          /* of this rank, in the order of reading */
    uint64_t *lines;           /* of each file, that this rank has read */
    uint64_t *counts;          /* of each file, rejected on this rank */
    uint64_t count;            /* on this rank; of all once they are judged */
    char *first;               /* the first on this rank: head and texts */
    uint64_t first_length;
} patron_rejects;

/* `sources` and texts outlive it.  Collective.  RESOURCE. */
patron_status patron_rejects_create(const patron_comm *comm, const patron_sources *sources,
                                    const patron_rejects_options *options, patron_rejects *rejects);
void patron_rejects_free(patron_rejects *rejects);

/* Adds a row that starts at byte `offset` of the block at hand; from several threads, each in its
 * order.  RESOURCE. */
patron_status patron_rejects_add(patron_rejects *rejects, int thread, uint64_t offset,
                                 patron_slice row, const char *reason);

/* Takes the threads' rows of a block of file `file` in their order; `lines` of it lie before
 * bytes[0].  RESOURCE, IO, CANT_CREATE. */
patron_status patron_rejects_settle(patron_rejects *rejects, uint32_t file, uint64_t lines,
                                    const char *bytes);

/* Writes the file, where one is asked for: CSV of the columns file, line, reason, row, which its
 * owner alone may read.  Then judges: DATA where more than the share of all rows (`rows` of this
 * rank that were not rejected) was rejected; the message tells of the first.  Collective.  Errors
 * of patron_output_begin and patron_output_write too. */
patron_status patron_rejects_conclude(patron_rejects *rejects, uint64_t rows);

#endif
