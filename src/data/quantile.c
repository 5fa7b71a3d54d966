/* SPDX-License-Identifier: Apache-2.0 */
/* Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician
 * 50 (1996), with NumPy's operations in their order, so that its results are ours to the bit. */
#include "data/quantile.h"

#include <math.h>

patron_quantile_place patron_quantile_find(double level, uint64_t count)
{
    double position = level * (double)(count - 1);
    double below = floor(position);
    uint64_t low = (uint64_t)below;
    return (patron_quantile_place){
        .low = low, .high = low + 1 < count ? low + 1 : low, .part = position - below};
}

double patron_quantile_between(double level, patron_quantile_place place, double low, double high)
{
    if (place.part == 0.0)
        return low;
    if (level == 0.5)
        return (low + high) / 2.0;
    return place.part >= 0.5 ? high - (high - low) * (1.0 - place.part)
                             : low + (high - low) * place.part;
}
