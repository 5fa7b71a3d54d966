/* SPDX-License-Identifier: Apache-2.0 */
/* How far the rows of each segment lie from its centroid, and which lie too far. */
#ifndef PATRON_QUALITY_SPREAD_H
#define PATRON_QUALITY_SPREAD_H

#include "patron/comm.h"
#include "patron/rows.h"

enum {
    PATRON_SPREAD_LEVELS = 7,
    PATRON_SPREAD_LOWER_QUARTILE = 0,
    PATRON_SPREAD_MEDIAN = 1,
    PATRON_SPREAD_UPPER_QUARTILE = 2
};

/* 25, 50, 75, 90, 95, 99 and 100 percent. */
extern const uint32_t patron_spread_percents[PATRON_SPREAD_LEVELS];

/* Distances are rounded to float32.  The quantile at p percent of n of them is the one that
 * ceil(n p / 100) of them do not exceed: an order statistic.  Figures are NaN for segments without
 * rows. */
typedef struct patron_spread {
    uint32_t k;
    float *distance;   /* rows->count: of this rank's rows; NaN where one is in none */
    double *quantile;  /* k x PATRON_SPREAD_LEVELS */
    double *threshold; /* k: patron_spread_threshold */
    int64_t *beyond;   /* k: rows of all ranks farther than that */
} patron_spread;

/* Upper quartile + 1.5 interquartile ranges (Tukey's upper fence), of quantiles of a segment. */
double patron_spread_threshold(const double quantile[PATRON_SPREAD_LEVELS]);

/* Measures the distance of every row to its label's of centroids[k x rows->columns];
 * labels[rows->count] are those of this rank, below 0 for rows in none.  Weights do not matter.
 * Collective.  Release with patron_spread_free in any case.  RESOURCE; as patron_rows_pass. */
patron_status patron_spread_measure(const patron_comm *comm, const patron_rows *rows,
                                    const int32_t *labels, const double *centroids, uint32_t k,
                                    patron_spread *spread);
void patron_spread_free(patron_spread *spread);

#endif
