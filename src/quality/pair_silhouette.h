/* SPDX-License-Identifier: Apache-2.0 */
/* The silhouette by its definition, from the distances of all pairs of rows. */
#ifndef PATRON_QUALITY_PAIR_SILHOUETTE_H
#define PATRON_QUALITY_PAIR_SILHOUETTE_H

#include "patron/checkpoint.h"
#include "patron/comm.h"
#include "patron/progress.h"
#include "quality/description.h"

/* Which segment each row is in; what is found of them. */
typedef struct patron_row_labelling {
    uint32_t k;
    const int32_t *labels; /* rows: below k */
    double *silhouette;    /* rows; the caller's */
} patron_row_labelling;

/* How it is done. */
typedef struct patron_pair_silhouette_work {
    int threads;                   /* of this rank, at least 1 */
    patron_checkpoint *checkpoint; /* heeded now and then; nothing is kept.  NULL: none */
    patron_progress *progress;     /* NULL: silent; one phase */
} patron_pair_silhouette_work;

/* Fills the silhouettes of some labellings of the same rows, in one pass over all pairs: of each
 * row (b - a) / max(a, b), a being its mean distance to the other rows of its segment, b the least
 * mean distance to the rows of another one; 0 for a row that is alone in its segment or on all
 * others, NaN where there is no other segment.  Weights do not matter.  Distances are float64, each
 * row's added up segment by segment in the order of rows: the same bits on any ranks, threads and
 * processors.  All ranks hold the same rows; ranks, and the threads of each, share the work.
 * Collective.  RESOURCE; as patron_checkpoint_heed. */
patron_status patron_pair_silhouettes_find(const patron_comm *comm,
                                           const patron_pair_silhouette_work *work,
                                           const patron_sampled_rows *rows,
                                           const patron_row_labelling *labelling,
                                           uint32_t labellings);

#endif
