/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes of fits by all pairs of rows, or of a sample of these. */
#ifndef PATRON_SWEEP_PAIRED_H
#define PATRON_SWEEP_PAIRED_H

#include "patron/kmeans.h"
#include "sweep/judged_rows.h"

/* Above so many rows, silhouettes by pairs are those of a sample of so many. */
enum {
    PATRON_PAIRED_ROWS = 32768,       /* where one fit is judged, */
    PATRON_PAIRED_SWEEP_ROWS = 16384, /* or all of a sweep; */
    PATRON_PAIRED_VALUES = 1 << 22    /* or fewer, so that they have no more values than this */
};

typedef struct patron_paired_fit {
    uint32_t k;
    const double *centroids; /* k x columns */
    double *by_segment; /* k, filled: mean over the rows of a segment, NaN where there are none;
                           NULL: not wanted */
    double mean, error; /* filled; the standard error is 0 where all rows were paired */
} patron_paired_fit;

/* Judges fits[count] by the same `most` rows of those judged (0: one of the numbers above, `usual`,
 * by the columns), each row counted once, in one pass over the pairs; *paired_rows: how many they
 * were.  Of `fit` seed, checkpoint and progress are taken.  Collective; the same on every rank.
 * RESOURCE; as patron_checkpoint_heed. */
patron_status patron_paired_judge(const patron_comm *comm, const patron_judged_rows *judged,
                                  uint64_t most, uint64_t usual, const patron_kmeans_options *fit,
                                  patron_paired_fit *fits, uint32_t count, uint64_t *paired_rows);

#endif
