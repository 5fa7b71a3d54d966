/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that fits are judged by: all, or samples of a bounded size. */
#ifndef PATRON_SWEEP_JUDGED_ROWS_H
#define PATRON_SWEEP_JUDGED_ROWS_H

#include "patron/kmeans.h"
#include "quality/silhouette.h"
#include "sweep/sample.h"

/* Above so many rows, silhouettes and distances are those of a sample of so many. */
enum { PATRON_JUDGED_ROWS = 131072 };

typedef struct patron_judged_rows {
    patron_sample sample;    /* of PATRON_JUDGED_ROWS at most, each rank's own */
    patron_rows rows;        /* `sample`, packed */
    patron_sample resampled; /* some of these, PATRON_RESAMPLE_ROWS at most, whole on every rank */
} patron_judged_rows;

/* Draws both samples of all ranks' rows.  Collective.  Release with patron_judged_rows_free in any
 * case.  RESOURCE; as patron_rows_pass. */
patron_status patron_judged_rows_take(const patron_comm *comm, const patron_rows *rows,
                                      uint64_t seed, patron_judged_rows *judged);
/* Draws `most` of the larger sample, in the caller's `sample`, whole on every rank; another draw
 * than `resampled`.  Collective.  Release with patron_sample_free in any case.  RESOURCE. */
patron_status patron_judged_rows_draw(const patron_comm *comm, const patron_judged_rows *judged,
                                      uint64_t most, uint64_t seed, patron_sample *sample);

/* The silhouette of a fit by the rows, without an error where they are all that there are.
 * Collective.  Release with patron_silhouette_free in any case.  As patron_silhouette_compute. */
patron_status patron_judged_rows_silhouette(const patron_comm *comm,
                                            const patron_judged_rows *judged,
                                            const patron_kmeans_result *fit,
                                            patron_silhouette *silhouette);

void patron_judged_rows_free(patron_judged_rows *judged);

#endif
