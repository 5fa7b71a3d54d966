/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles between two neighbours of a sorted sequence, as NumPy's method "linear" computes them.
 * Nothing here is collective. */
#ifndef PATRON_DATA_QUANTILE_H
#define PATRON_DATA_QUANTILE_H

#include <stdint.h>

/* Where the quantile at `level` of `count` > 0 sorted entries lies: at entry `low`, or `part` of
 * the way from there to entry `high`. */
typedef struct patron_quantile_place {
    uint64_t low, high; /* counted from 0; the same where low is the last entry */
    double part;        /* in [0, 1) */
} patron_quantile_place;

patron_quantile_place patron_quantile_find(double level, uint64_t count);

/* The quantile itself from the values of the two entries; the median is the mean of the two. */
double patron_quantile_between(double level, patron_quantile_place place, double low, double high);

#endif
