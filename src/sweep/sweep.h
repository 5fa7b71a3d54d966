/* SPDX-License-Identifier: Apache-2.0 */
/* Fits for a range of k, judged, and one of them chosen. */
#ifndef PATRON_SWEEP_SWEEP_H
#define PATRON_SWEEP_SWEEP_H

#include "patron/kmeans.h"
#include "quality/choose_k.h"

typedef struct patron_sweep_options {
    uint32_t first, last;      /* k, both included; first at least 1 */
    patron_kmeans_options fit; /* of every k; k itself is not looked at; no given start */
    patron_sweep_rule rule;
    uint32_t gap_draws, stability_pairs; /* both at least 1 */
    uint64_t paired_rows;                /* as `most` of patron_paired_judge */
    void (*when_fitted)(void *context);  /* called between fits and figures; NULL: not */
    void *context;
} patron_sweep_options;

typedef struct patron_sweep {
    uint32_t count; /* of k: last - first + 1 */
    uint32_t most;  /* the greatest number of segments found */
    patron_sweep_row *rows;
    double *jaccard; /* count x most: stability of the segments; NaN where there is no segment, or
                        none of its rows was in the sample */
    uint64_t judged_rows, resampled_rows, paired_rows; /* rows of the samples */
    patron_sweep_rule rule;
    uint32_t chosen; /* index of the row */
    patron_cluster_test test;
    char reason[PATRON_SWEEP_REASON];
} patron_sweep;

/* Fits every k, judges the fits and chooses one, which becomes *fit, owned by the caller, with its
 * labels in `kmeans`; `rows` are those that `kmeans` was made for.  Collective; equal on every
 * rank. Release *sweep with patron_sweep_free in any case.  DATA where `last` is above the number
 * of rows; else as patron_kmeans_fit. */
patron_status patron_sweep_run(const patron_comm *comm, patron_kmeans *kmeans,
                               const patron_rows *rows, const patron_sweep_options *options,
                               patron_sweep *sweep, patron_kmeans_result *fit);
void patron_sweep_free(patron_sweep *sweep);

#endif
