/* SPDX-License-Identifier: Apache-2.0 */
/* How two labellings of few rows overlap.  Nothing here is collective. */
#ifndef PATRON_QUALITY_OVERLAP_H
#define PATRON_QUALITY_OVERLAP_H

#include "patron/status.h"

#include <stdint.h>

typedef struct patron_overlap {
    uint32_t first, second; /* labels of the two are below them */
    uint64_t *count;        /* first x second: rows that have both labels */
    uint64_t *first_size, *second_size;
    uint64_t rows;
} patron_overlap;

/* Counts `rows` rows, which all have labels.  Release with patron_overlap_free in any case.
 * RESOURCE. */
patron_status patron_overlap_count(const int32_t *first_labels, uint32_t first,
                                   const int32_t *second_labels, uint32_t second, uint64_t rows,
                                   patron_overlap *overlap);
void patron_overlap_free(patron_overlap *overlap);

/* Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985); 1 where both
 * labellings are the same, up to the labels' names. */
double patron_overlap_adjusted_rand(const patron_overlap *overlap);

/* The greatest share of common rows among all rows of segment `label` of the first and one of the
 * second (Jaccard); NaN for a segment without rows. */
double patron_overlap_jaccard(const patron_overlap *overlap, uint32_t label);

#endif
