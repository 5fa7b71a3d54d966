/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of pieces and of their rows. */
#include "data/pieces.h"

#include "patron/memory.h"

#include <stdlib.h>

patron_status patron_pieces_create(uint64_t rows, uint64_t most, uint32_t parts,
                                   patron_pieces *pieces)
{
    *pieces = (patron_pieces){.rows = rows, .most = most, .parts = parts};
    pieces->first = patron_allocate((uint64_t)parts + 1, sizeof *pieces->first);
    if (pieces->first == NULL)
        return PATRON_RESOURCE;
    for (uint32_t p = 0; p < parts; ++p)
        pieces->first[p + 1] =
            pieces->first[p] + (patron_pieces_part(pieces, p).count + most - 1) / most;
    return PATRON_OK;
}

void patron_pieces_free(patron_pieces *pieces)
{
    free(pieces->first);
    *pieces = (patron_pieces){0};
}

patron_range patron_pieces_part(const patron_pieces *pieces, uint32_t part)
{
    return patron_range_cut(pieces->rows, part, pieces->parts);
}

patron_range patron_pieces_rows(const patron_pieces *pieces, uint32_t part, uint64_t piece)
{
    patron_range rows = patron_pieces_part(pieces, part);
    uint64_t before = (piece - pieces->first[part]) * pieces->most;
    uint64_t left = rows.count - before;
    return (patron_range){.first = rows.first + before,
                          .count = left < pieces->most ? left : pieces->most};
}

patron_range patron_pieces_within(const patron_pieces *pieces, uint32_t part, patron_range own)
{
    uint64_t end = own.first + own.count;
    uint64_t low = pieces->first[part] > own.first ? pieces->first[part] : own.first;
    uint64_t high = pieces->first[part + 1] < end ? pieces->first[part + 1] : end;
    return (patron_range){.first = low, .count = low < high ? high - low : 0};
}
