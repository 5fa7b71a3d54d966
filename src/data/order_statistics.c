/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics by distributed radix selection: histograms of 16 bits of an order-preserving
 * key, four rounds, each reduced over ranks.  Exact, and the same however values are spread. */
#include "data/order_statistics.h"

#include <math.h>
#include <string.h>

enum { DIGIT_BITS = 16, DIGITS = 4, BINS = 1 << DIGIT_BITS };

/* Keys order as the values do: negative ones have all bits flipped, the others the sign bit. */
static uint64_t key_of(double value)
{
    uint64_t bits = 0;
    value += 0.0; /* -0 counts as 0 */
    memcpy(&bits, &value, sizeof bits);
    return (bits >> 63) != 0 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key)
{
    uint64_t bits = (key >> 63) != 0 ? key & ~(UINT64_C(1) << 63) : ~key;
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The value with `index` values below it in sorted order, counted from 0. */
static double order_statistic(const patron_comm *comm, const double *values, uint64_t count,
                              uint64_t index)
{
    uint64_t prefix = 0;
    for (int digit = DIGITS - 1; digit >= 0; --digit) {
        uint64_t bins[BINS];
        memset(bins, 0, sizeof bins);
        int shift = digit * DIGIT_BITS;
        uint64_t above = digit == DIGITS - 1 ? 0 : UINT64_MAX << (shift + DIGIT_BITS);
        for (uint64_t i = 0; i < count; ++i) {
            uint64_t key = key_of(values[i]);
            if ((key & above) == prefix)
                ++bins[(key >> shift) & (BINS - 1)];
        }
        patron_comm_reduce_u64(comm, bins, BINS, PATRON_SUM);
        uint64_t bin = 0;
        while (bin + 1 < BINS && index >= bins[bin])
            index -= bins[bin++];
        prefix |= bin << shift;
    }
    return value_of(prefix);
}

/* The next value in sorted order after `value`, which is the one numbered `index`. */
static double next_statistic(const patron_comm *comm, const double *values, uint64_t count,
                             uint64_t index, double value)
{
    uint64_t up_to = 0;
    double above = (double)INFINITY;
    for (uint64_t i = 0; i < count; ++i) {
        up_to += values[i] <= value ? 1 : 0;
        above = values[i] > value && values[i] < above ? values[i] : above;
    }
    patron_comm_reduce_u64(comm, &up_to, 1, PATRON_SUM);
    patron_comm_reduce_f64(comm, &above, 1, PATRON_MIN);
    return up_to > index + 1 ? value : above;
}

double patron_quantile(const patron_comm *comm, const double *values, uint64_t count, double level)
{
    uint64_t total = count;
    patron_comm_reduce_u64(comm, &total, 1, PATRON_SUM);
    double position = level * (double)(total - 1);
    uint64_t below = (uint64_t)floor(position);
    double part = position - (double)below;
    double low = order_statistic(comm, values, count, below);
    if (part == 0.0)
        return low;
    double high = next_statistic(comm, values, count, below, low);
    if (level == 0.5) /* the median is the mean of the two */
        return (low + high) / 2.0;
    return part >= 0.5 ? high - (high - low) * (1.0 - part) : low + (high - low) * part;
}
