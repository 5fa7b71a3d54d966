/* SPDX-License-Identifier: Apache-2.0 */
/* Where the rows of one list of customers stand in a longer one that holds them all in the same
 * order: a bit a row of the longer list, which every rank holds, and counts of bits to find the
 * i-th that is set (Jacobson, "Space-efficient Static Trees and Graphs", FOCS 1989). */
#ifndef PATRON_INGEST_ROW_MAP_H
#define PATRON_INGEST_ROW_MAP_H

#include "patron/comm.h"

/* Start from a zeroed struct. */
typedef struct patron_row_map {
    uint64_t rows;    /* of the longer list */
    uint64_t *words;  /* their bits */
    uint64_t *before; /* bits that are set before each block of words */
    uint64_t blocks;
} patron_row_map;

/* No row is in the shorter list.  RESOURCE. */
patron_status patron_row_map_create(uint64_t rows, patron_row_map *map);

/* Row `row` of the longer list is in the shorter one, too. */
void patron_row_map_set(patron_row_map *map, uint64_t row);

/* Brings together what ranks have set.  Collective. */
void patron_row_map_share(const patron_comm *comm, patron_row_map *map);

/* The row in the longer list of row `index` of the shorter one, which is there. */
uint64_t patron_row_map_find(const patron_row_map *map, uint64_t index);

void patron_row_map_free(patron_row_map *map);

#endif
