/* SPDX-License-Identifier: Apache-2.0 */
/* The contingency table of two labellings of the same rows. */
#ifndef PATRON_QUALITY_CONTINGENCY_H
#define PATRON_QUALITY_CONTINGENCY_H

#include "patron/comm.h"

#include <stdint.h>

typedef struct patron_contingency_cell {
    uint32_t row, column;
    uint64_t count;
} patron_contingency_cell;

/* Rows are the segments of the first labelling, columns those of the second; some may be empty. */
typedef struct patron_contingency {
    uint32_t rows, columns;
    uint64_t total;                /* labelled by both */
    uint64_t left_out;             /* not labelled by one of them, or by neither */
    uint64_t left_out_first;       /* not labelled by the first */
    uint64_t left_out_second;      /* not labelled by the second */
    uint64_t cell_count;           /* that are not 0 */
    patron_contingency_cell *cell; /* ascending by row, then by column */
    uint64_t *row_sum;             /* rows */
    uint64_t *column_sum;          /* columns */
} patron_contingency;

/* What to count: each rank has `count` rows of its own. */
typedef struct patron_labelled_rows {
    uint64_t count;
    const int32_t *first, *second; /* count; below 0: not labelled */
    uint32_t rows, columns;        /* labels of the first are below `rows`, of the second below
                                      `columns`; the same on every rank */
} patron_labelled_rows;

/* Counts the rows of all ranks, with `threads` threads of each; the same table on every rank.
 * Collective.  Release with patron_contingency_free in any case.  RESOURCE. */
patron_status patron_contingency_count(const patron_comm *comm, int threads,
                                       const patron_labelled_rows *labelled,
                                       patron_contingency *table);
void patron_contingency_free(patron_contingency *table);

#endif
