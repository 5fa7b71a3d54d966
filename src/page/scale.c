/* SPDX-License-Identifier: Apache-2.0 */
/* Round numbers along an axis (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990). */
#include "page/scale.h"

#include <math.h>

static double round_step(double least)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    double power = 1.0;
    while (power > least)
        power /= 10.0;
    while (power * 10.0 <= least)
        power *= 10.0;
    for (int i = 0; i < 3; ++i)
        if (steps[i] * power >= least)
            return steps[i] * power;
    return 10.0 * power;
}

patron_scale patron_scale_make(double low, double high, uint32_t most, double from, double to)
{
    const double narrow = 1e-9; /* of the values: less is no range to divide */
    double size = fabs(low) > fabs(high) ? fabs(low) : fabs(high);
    if (!(high - low > narrow * size)) {
        high = low + (size > 0.0 ? size / 2.0 : 0.5);
        low -= size > 0.0 ? size / 2.0 : 0.5;
    }
    patron_scale scale = {.step = round_step((high - low) / most), .from = from, .to = to};
    scale.low = floor(low / scale.step) * scale.step;
    scale.high = ceil(high / scale.step) * scale.step;
    return scale;
}

double patron_scale_at(const patron_scale *scale, double value)
{
    double share = (value - scale->low) / (scale->high - scale->low);
    return scale->from + share * (scale->to - scale->from);
}

uint32_t patron_scale_ticks(const patron_scale *scale)
{
    const double half = 0.5;
    return (uint32_t)((scale->high - scale->low) / scale->step + half) + 1;
}

double patron_scale_tick(const patron_scale *scale, uint32_t index)
{
    return (floor(scale->low / scale->step + 0.5) + index) * scale->step;
}
