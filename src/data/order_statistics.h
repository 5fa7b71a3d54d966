/* SPDX-License-Identifier: Apache-2.0 */
/* Exact quantiles of values that are spread over ranks. */
#ifndef PATRON_DATA_ORDER_STATISTICS_H
#define PATRON_DATA_ORDER_STATISTICS_H

#include "patron/comm.h"

#include <stdint.h>

/* The quantile at `level` in [0, 1] of all ranks' values (no NaN, at least one in all),
 * interpolated linearly between order statistics, as NumPy does by default.  The values
 * change places.  Collective. */
double patron_quantile(const patron_comm *comm, double *values, uint64_t count, double level);

#endif
