/* SPDX-License-Identifier: Apache-2.0 */
/* From values to places on a chart, with round numbers along the axis. */
#ifndef PATRON_PAGE_SCALE_H
#define PATRON_PAGE_SCALE_H

#include <stdint.h>

typedef struct patron_scale {
    double low, high; /* values at the ends: multiples of `step` */
    double step;      /* between round numbers: 1, 2 or 5 times a power of ten */
    double from, to;  /* places of the ends */
} patron_scale;

/* The scale that holds [low, high], both finite, with at most about `most` round numbers. */
patron_scale patron_scale_make(double low, double high, uint32_t most, double from, double to);
double patron_scale_at(const patron_scale *scale, double value);
uint32_t patron_scale_ticks(const patron_scale *scale);
double patron_scale_tick(const patron_scale *scale, uint32_t index);

#endif
