/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest and the second nearest centroid of every row.  Nothing here is collective. */
#ifndef PATRON_SCORE_NEAREST_H
#define PATRON_SCORE_NEAREST_H

#include "patron/rows.h"

/* One entry a row of this rank.  A row that was dropped is in no segment: -1, -1, NaN, NaN, 0. */
typedef struct patron_scores {
    int32_t *segment;       /* of the nearest centroid */
    int32_t *second;        /* of the nearest of the others; -1 where there is none */
    float *distance;        /* to the nearest, rounded to float32 */
    float *second_distance; /* NaN where there is none */
    uint8_t *outlier;       /* 1: its distance is above its segment's threshold */
} patron_scores;

/* Room for `rows` rows; release with patron_scores_free in any case.  RESOURCE. */
patron_status patron_scores_create(uint64_t rows, patron_scores *scores);
void patron_scores_free(patron_scores *scores);

/* Scores all rows against centroids[k x rows->columns], k at least 1.  Distances are squared
 * differences in float64, summed in column order, without contraction; the nearest has the least,
 * ties go to the lowest index: the labels of a fit.  `threshold`[k] is the distance from which a
 * row is far; NULL: none is.  As patron_rows_pass. */
patron_status patron_scores_measure(const patron_rows *rows, const double *centroids, uint32_t k,
                                    const double *threshold, patron_scores *scores);

#endif
