/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithms, exponentials and normal quantiles of fixed operations: the same bits on every
 * processor and with every libm; logarithms and exponentials within 2 units in the last place.
 * Nothing here is collective. */
#ifndef PATRON_ELEMENTARY_H
#define PATRON_ELEMENTARY_H

#include <stdint.h>

/* Natural logarithm of a positive, finite x. */
double patron_log(double x);

/* log(1 + x) for finite x > -1, and exp(x) - 1, its inverse. */
double patron_log1p(double x);
double patron_expm1(double x);

/* exp(x) for finite x; 0 below every double, infinite above. */
double patron_exp(double x);

/* Replaces each of values[count], a probability in (0, 1), by its quantile of the standard normal
 * distribution, to about 16 digits. */
void patron_normal_quantiles(uint64_t count, double *values);

#endif
