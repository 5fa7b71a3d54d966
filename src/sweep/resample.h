/* SPDX-License-Identifier: Apache-2.0 */
/* What needs fits of its own, on samples of a bounded size: the gap statistic, stability, and the
 * description of the sample.  Small fits, thousands of them, are dealt to ranks and threads, each
 * whole to one thread; so all ranks and threads come to the same bits. */
#ifndef PATRON_SWEEP_RESAMPLE_H
#define PATRON_SWEEP_RESAMPLE_H

#include "patron/kmeans.h"
#include "sweep/sample.h"

enum {
    PATRON_RESAMPLE_ROWS = 4096,    /* of the sample; half of them a fit for stability */
    PATRON_RESAMPLE_GAP_ROWS = 2048 /* of a fit for the gap statistic */
};

/* One fit of all rows, and what becomes known of it. */
typedef struct patron_judged_fit {
    uint32_t k;
    const double *centroids; /* k x columns */
    double bic;
    double gain;           /* over one segment (description.h); 0 where there are no draws */
    double gap, gap_error; /* NaN where the sample has fewer rows than k, or no spread, or there
                              are no draws */
    double reference_gain; /* the greatest of the draws without clusters */
    double adjusted_rand;  /* NaN where a half has fewer rows than k */
    double *jaccard;       /* k, the caller's; NaN for segments that the sample missed */
} patron_judged_fit;

typedef struct patron_resample_options {
    const patron_kmeans_options *fit; /* its seed, limits of iteration and checkpoint are taken */
    uint32_t gap_draws;               /* 0: no gap is wanted */
    uint32_t pairs;                   /* at least 1 */
    int threads;
    patron_progress *progress; /* NULL: silent; one phase */
} patron_resample_options;

/* Judges fits[count] by the sample, of PATRON_RESAMPLE_ROWS at most, which every rank holds whole.
 * Collective.  RESOURCE, STOPPED; as patron_kmeans_fit. */
patron_status patron_resample_judge(const patron_comm *comm, const patron_sample *sample,
                                    const patron_resample_options *options, patron_judged_fit *fits,
                                    uint32_t count);

#endif
