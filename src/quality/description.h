/* SPDX-License-Identifier: Apache-2.0 */
/* How well segments describe rows as Gaussians of one shape in different sizes.  Nothing here is
 * collective; the result is the same bits everywhere. */
#ifndef PATRON_QUALITY_DESCRIPTION_H
#define PATRON_QUALITY_DESCRIPTION_H

#include "patron/status.h"

#include <stdint.h>

/* Above so many columns the common shape has no correlations. */
enum { PATRON_SHAPE_COLUMNS = 64 };

/* Rows of a sample, row by row. */
typedef struct patron_sampled_rows {
    const float *values; /* count x columns */
    const float *weight; /* count; NULL: every row weighs 1 */
    uint64_t count;      /* at least 1 */
    uint32_t columns;
} patron_sampled_rows;

/* Gives each row the nearest of centroids[k x columns], ties to the lowest, in labels[count]; sums
 * the products of weights and squared distances in the order of rows. */
double patron_sampled_label(const patron_sampled_rows *rows, const double *centroids, uint32_t k,
                            int32_t *labels);

/* *bic is the classification likelihood of the rows, in nats a row, less half of the penalty of the
 * Bayesian information criterion: the greater the better.  The rows of a segment count as drawn
 * from a Gaussian about their mean, whose covariance is the pooled one of all segments, times a
 * size of the segment's own.  docs/choosing-k.md has the formulas.  RESOURCE. */
patron_status patron_description_compute(const patron_sampled_rows *rows, const double *centroids,
                                         uint32_t k, double *bic);

/* *gain is how much better the segments describe the rows than one segment does, of the rows of
 * segments that are large enough to be clusters: of at least 1 in 100 of the weight, or half of the
 * mean.  0 where fewer than two are.  RESOURCE. */
patron_status patron_description_gain(const patron_sampled_rows *rows, const double *centroids,
                                      uint32_t k, double *gain);

#endif
