/* SPDX-License-Identifier: Apache-2.0 */
/* Some of all ranks' rows, evenly over their numbers: the rows of positive weight are cut into as
 * many stretches as rows are wanted, and of each stretch one row is drawn by chance.  So the sample
 * is the same on any ranks, threads and parts. */
#ifndef PATRON_SWEEP_SAMPLE_H
#define PATRON_SWEEP_SAMPLE_H

#include "patron/comm.h"
#include "patron/rows.h"

typedef struct patron_sample {
    uint64_t population; /* rows of positive weight, of all ranks */
    uint64_t total;      /* rows of the sample, of all ranks */
    uint64_t first;      /* number within the sample of the first row held here */
    uint64_t count;      /* rows held here */
    uint32_t columns;
    float *values; /* count x columns, row by row */
    float *weight; /* count; NULL: every row weighs 1 */
} patron_sample;

/* Draws `most` of the rows, or takes all where there are no more; each rank holds those of its own.
 * Stretch i of n rows and m wanted begins at floor(i n / m); its row is floor(u * length) further,
 * u the number in (0, 1) drawn for (seed, PATRON_PURPOSE_SAMPLE, i, stream).  Collective.  Release
 * with patron_sample_free in any case.  RESOURCE; as patron_rows_pass where rows are streamed. */
patron_status patron_sample_take(const patron_comm *comm, const patron_rows *rows, uint64_t most,
                                 uint64_t seed, uint32_t stream, patron_sample *sample);

/* Brings the whole sample to every rank.  Collective.  RESOURCE. */
patron_status patron_sample_gather(const patron_comm *comm, patron_sample *sample);

void patron_sample_free(patron_sample *sample);

#endif
