/* SPDX-License-Identifier: Apache-2.0 */
/* The silhouette by its definition, from the distances of all pairs of rows. */
#ifndef PATRON_QUALITY_PAIR_SILHOUETTE_H
#define PATRON_QUALITY_PAIR_SILHOUETTE_H

#include "patron/comm.h"
#include "quality/description.h"

/* Which segment each row is in; what is found of them. */
typedef struct patron_row_labelling {
    uint32_t k;
    const int32_t *labels; /* rows: below k */
    double *silhouette;    /* rows; the caller's */
} patron_row_labelling;

/* Fills the silhouettes of some labellings of the same rows, in one pass over all pairs: of each
 * row (b - a) / max(a, b), a being its mean distance to the other rows of its segment, b the least
 * mean distance to the rows of another one; 0 for a row that is alone in its segment or on all
 * others, NaN where there is no other segment.  Weights do not matter.  Distances are float64, each
 * row's added up segment by segment in the order of rows: the same bits on any ranks, threads and
 * processors.  All ranks hold the same rows; ranks, and `threads` of each, share the work.
 * Collective.  RESOURCE. */
patron_status patron_pair_silhouettes_find(const patron_comm *comm, int threads,
                                           const patron_sampled_rows *rows,
                                           const patron_row_labelling *labelling,
                                           uint32_t labellings);

#endif
