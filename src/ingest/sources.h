/* SPDX-License-Identifier: Apache-2.0 */
/* The text files of an ingest, in their order, and which rank reads what of them.  A plain file is
 * cut at any byte; what is gzip, a pipe or standard input is a stream that one rank reads alone. */
#ifndef PATRON_INGEST_SOURCES_H
#define PATRON_INGEST_SOURCES_H

#include "patron/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct patron_source {
    char *path; /* "-": standard input */
    char *kept; /* where a copy of a stream that does not last is read; NULL: none */
    int copy;   /* its file, where `kept` is set */
    bool is_stream;
    uint64_t bytes;  /* of the file; 0 of standard input and pipes */
    uint64_t weight; /* of the work that it is, in bytes of plain text */
    uint64_t start;  /* weight of the files before it */
} patron_source;

typedef struct patron_sources {
    patron_source *files;
    uint32_t count;
    uint64_t weight; /* of all */
} patron_sources;

/* Finds the files: each of names[count] is one, "-", or a pattern of the shell (*, ?, [...]) that
 * stands for the files it matches, in bytewise order.  Collective; rank 0 looks, all learn.
 * NO_INPUT: missing, unreadable, a folder, a pattern that matches nothing; USAGE: "-" twice; DATA:
 * an empty file. */
patron_status patron_sources_find(const patron_comm *comm, const char *const *names, uint32_t count,
                                  patron_sources *sources);
void patron_sources_free(patron_sources *sources);

/* The one file `path`, no pattern, as this rank by itself sees it: not collective.  The same
 * errors, and RESOURCE. */
patron_status patron_sources_look(const char *path, patron_sources *sources);

/* What a rank reads of file `index`: bytes [*first, *end), all of a stream or nothing.  False where
 * that is nothing. */
bool patron_sources_share(const patron_sources *sources, const patron_comm *comm, uint32_t index,
                          uint64_t *first, uint64_t *end);

/* Whether it can be read again. */
bool patron_source_is_lasting(const patron_source *source);

/* Copies what can not be read again, each on the rank that reads it, into files without a name in
 * `folder`; `name` is that of the output, for messages; with `plain_quotes` a quote is a byte like
 * others.  Collective.  NO_INPUT, IO, RESOURCE, DATA: corrupt gzip, a record that is too long;
 * CANT_CREATE: the folder takes no file. */
patron_status patron_sources_keep(const patron_comm *comm, const char *folder, const char *name,
                                  bool plain_quotes, patron_sources *sources);

/* Where it is opened. */
const char *patron_source_place(const patron_source *source);

/* What messages call a file. */
const char *patron_source_name(const patron_source *source);

/* What messages call all of them: "a.csv", or "a.csv and 2 more". */
void patron_sources_name(const patron_sources *sources, char *name, uint64_t capacity);

#endif
