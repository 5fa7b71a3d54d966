/* SPDX-License-Identifier: Apache-2.0 */
/* The records that a rank reads, in blocks of whole records that its threads split side by side.
 *
 * A record belongs to the rank in whose range of the file its first byte lies.  Whether a range
 * starts inside a quoted field is told by the number of quotes before it, which the ranks count
 * first. */
#ifndef PATRON_INGEST_BLOCKS_H
#define PATRON_INGEST_BLOCKS_H

#include "ingest/header.h"
#include "ingest/input.h"
#include "ingest/sources.h"

/* How text is read. */
typedef struct patron_blocks_options {
    int threads;
    uint64_t piece;    /* bytes of a block for each thread, at least 1 */
    bool counts_lines; /* of plain files too */
    patron_header_options header;
} patron_blocks_options;

typedef struct patron_blocks {
    const patron_comm *comm;
    const patron_sources *sources;
    patron_blocks_options options;
    bool starts_inside; /* the first range lies so that it starts inside quotes */

    /* The file at hand, and the block. */
    uint32_t file; /* its index */
    patron_dialect dialect;
    uint64_t offset; /* in the file, of bytes[0]; of what a stream unpacks to */
    char *bytes;     /* records, one behind the other, and padding */
    uint64_t length, room;
    uint64_t *cuts; /* threads + 1: piece t is bytes [cuts[t], cuts[t + 1]) */
    int last;       /* the last piece with bytes in it */
    bool is_end;    /* it ends with a whole record; else its last record may be cut off */

    bool is_open, is_drained; /* a file; which has been read to the end of the range */
    int descriptor;
    patron_input input;
    const char *ahead; /* of a stream: read, and not in a block yet */
    uint64_t ahead_length;
    uint64_t at, end; /* of a plain file: the next byte to read, the end of the range */
    uint64_t lines;   /* of a stream, or where lines are counted: before bytes[0], in what this rank
                         has read of the file, its header included */
    uint64_t *lines_of;  /* NULL, or of each file: `lines` at its end */
    uint64_t bytes_read; /* of all files, as patron_source weighs them */
} patron_blocks;

/* Collective.  RESOURCE, NO_INPUT, IO. */
patron_status patron_blocks_create(const patron_comm *comm, const patron_sources *sources,
                                   const patron_blocks_options *options, patron_blocks *blocks);

/* Goes to the next block; *found is false behind the last.  Each rank for itself.  NO_INPUT, IO,
 * RESOURCE; DATA, about the file `file`: corrupt gzip, a record that is too long, its header. */
patron_status patron_blocks_next(patron_blocks *blocks, bool *found);

/* The last piece was split up to `used`, counted from its start. */
void patron_blocks_split(patron_blocks *blocks, uint64_t used);

/* The line of the file at hand that byte `offset`, counted from bytes[0], is on.  IO. */
patron_status patron_blocks_line(const patron_blocks *blocks, uint64_t offset, uint64_t *line);

/* Records that `fault`, whose offset counts from bytes[0], is wrong with the file at hand, and on
 * which line; returns DATA, or IO. */
patron_status patron_blocks_fail(patron_blocks *blocks, const patron_csv_fault *fault);

void patron_blocks_free(patron_blocks *blocks);

#endif
