/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids to start from: an array of any HDF5 file, or the segments of a model. */
#ifndef PATRON_MODEL_SEGMENT_START_H
#define PATRON_MODEL_SEGMENT_START_H

#include "patron/comm.h"
#include "patron/texts.h"

#include <stdbool.h>

typedef struct patron_segment_start {
    uint32_t k;
    double *centroids; /* k x columns, in the data's own units */
    bool is_model;
    uint64_t *size; /* k, customers; NULL where it is no model */
} patron_segment_start;

/* Whether `source` could be one: "FILE.h5:/path", or a file that exists.  On one rank. */
bool patron_segment_start_may_be(const char *source);

/* Reads `k` (0: all there are) centroids of the columns `names` from `source`, the same on every
 * rank: "FILE.h5:/path" names an array of k x columns numbers, in the order of the columns; a file
 * alone is a segment model, whose columns are found by name.  Release with
 * patron_segment_start_free.  Collective.  NO_INPUT: no such file; DATA: another shape, other
 * columns, no model, numbers that are not finite; RESOURCE. */
patron_status patron_segment_start_read(const patron_comm *comm, const char *source,
                                        const patron_texts *names, uint32_t k,
                                        patron_segment_start *start);
void patron_segment_start_free(patron_segment_start *start);

#endif
