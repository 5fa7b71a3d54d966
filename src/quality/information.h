/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithms of ratios of counts, and the mutual information that chance gives; the same bits
 * everywhere. */
#ifndef PATRON_QUALITY_INFORMATION_H
#define PATRON_QUALITY_INFORMATION_H

#include "quality/contingency.h"

/* log(a b / (c d)) of counts above 0, in nats; 0 where the two products are equal, and accurate
 * where they are nearly so.  Not collective. */
double patron_log_ratio(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* *expected is the mean of the mutual information, in nats, over all ways to deal the rows of the
 * table to segments of the sizes that these have; ranks, and `threads` of each, share the work.
 * Collective.  RESOURCE. */
patron_status patron_expected_information(const patron_comm *comm, const patron_contingency *table,
                                          int threads, double *expected);

#endif
