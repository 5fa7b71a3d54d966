/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a dataset in pieces that a thread makes at a time.  Pieces are numbered through the
 * parts, and none lies in two.  Nothing here is collective. */
#ifndef PATRON_DATA_PIECES_H
#define PATRON_DATA_PIECES_H

#include "patron/data.h"

typedef struct patron_pieces {
    uint64_t rows, most; /* of all, and of one piece */
    uint32_t parts;
    uint64_t *first; /* parts + 1: the piece that each part starts with, and the end */
} patron_pieces;

/* RESOURCE; release in any case. */
patron_status patron_pieces_create(uint64_t rows, uint64_t most, uint32_t parts,
                                   patron_pieces *pieces);
void patron_pieces_free(patron_pieces *pieces);

/* The rows of part `part`. */
patron_range patron_pieces_part(const patron_pieces *pieces, uint32_t part);

/* The rows of piece `piece`, which lies in part `part`. */
patron_range patron_pieces_rows(const patron_pieces *pieces, uint32_t part, uint64_t piece);

/* The pieces of part `part` that are among `own`. */
patron_range patron_pieces_within(const patron_pieces *pieces, uint32_t part, patron_range own);

#endif
