/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of patron_blocksum.  A file that offers them includes this once, with
 *   BLOCKSUM_TARGET   attributes of the functions
 *   BLOCKSUM_WIDTH    doubles of a vector, a divisor of PATRON_BLOCKSUM_LANES */
#include "runtime/blocksum.h"

#include <string.h>

typedef double blocksum_lanes __attribute__((vector_size(BLOCKSUM_WIDTH * sizeof(double))));
typedef int64_t blocksum_bits __attribute__((vector_size(BLOCKSUM_WIDTH * sizeof(int64_t))));

/* Magnitudes are compared as the integers that their patterns are. */
BLOCKSUM_TARGET static double blocksum_greatest(const double *terms)
{
    enum { LANES = PATRON_BLOCKSUM_LANES };
    int64_t greatest[LANES] = {0};
    int64_t pattern[PATRON_BLOCKSUM_TERMS];
    memcpy(pattern, terms, sizeof pattern);
    for (int first = 0; first < PATRON_BLOCKSUM_TERMS; first += LANES)
        for (int lane = 0; lane < LANES; ++lane) {
            int64_t magnitude = pattern[first + lane] & INT64_MAX;
            greatest[lane] = magnitude > greatest[lane] ? magnitude : greatest[lane];
        }
    for (int lane = 1; lane < LANES; ++lane)
        greatest[0] = greatest[lane] > greatest[0] ? greatest[lane] : greatest[0];
    double value;
    memcpy(&value, greatest, sizeof value);
    return value;
}

BLOCKSUM_TARGET static bool blocksum_split(const double *terms, const double *anchors, double *high,
                                           double *low, double *rest)
{
    enum { STEP = PATRON_BLOCKSUM_LANES };
    blocksum_lanes anchor_high = (blocksum_lanes){0} + anchors[0];
    blocksum_lanes anchor_low = (blocksum_lanes){0} + anchors[1];
    blocksum_bits any = {0};
    for (int part = 0; part < STEP; part += BLOCKSUM_WIDTH) {
        blocksum_lanes upper_sum, lower_sum;
        memcpy(&upper_sum, high + part, sizeof upper_sum);
        memcpy(&lower_sum, low + part, sizeof lower_sum);
        for (int first = part; first < PATRON_BLOCKSUM_TERMS; first += STEP) {
            blocksum_lanes term;
            memcpy(&term, terms + first, sizeof term);
            blocksum_lanes upper = (term + anchor_high) - anchor_high;
            blocksum_lanes below = term - upper;
            blocksum_lanes lower = (below + anchor_low) - anchor_low;
            blocksum_lanes remains = below - lower;
            upper_sum += upper;
            lower_sum += lower;
            any |= (blocksum_bits)(remains != (blocksum_lanes){0});
            memcpy(rest + first, &remains, sizeof remains);
        }
        memcpy(high + part, &upper_sum, sizeof upper_sum);
        memcpy(low + part, &lower_sum, sizeof lower_sum);
    }
    int64_t is_any = 0;
    for (int lane = 0; lane < BLOCKSUM_WIDTH; ++lane)
        is_any |= any[lane];
    return is_any != 0;
}
