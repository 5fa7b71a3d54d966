/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of patron_blocksum.  A file that offers one includes this once, with
 *   BLOCKSUM_TARGET   attributes of the function
 *   BLOCKSUM_WIDTH    doubles of a vector, a divisor of PATRON_BLOCKSUM_LANES */
#include "runtime/blocksum.h"

#include <string.h>

typedef double blocksum_lanes __attribute__((vector_size(BLOCKSUM_WIDTH * sizeof(double))));
typedef int64_t blocksum_bits __attribute__((vector_size(BLOCKSUM_WIDTH * sizeof(int64_t))));

BLOCKSUM_TARGET static inline __attribute__((always_inline)) bool blocksum_any(blocksum_bits bits)
{
    int64_t any = 0;
    for (int lane = 0; lane < BLOCKSUM_WIDTH; ++lane)
        any |= bits[lane];
    return any != 0;
}

BLOCKSUM_TARGET static patron_blocksum_outcome blocksum_add(patron_blocksum *total,
                                                            const double *terms, double *rest)
{
    enum { STEP = PATRON_BLOCKSUM_LANES };
    blocksum_lanes limit = (blocksum_lanes){0} + total->limit;
    blocksum_lanes anchor_high = (blocksum_lanes){0} + total->anchors[0];
    blocksum_lanes anchor_low = (blocksum_lanes){0} + total->anchors[1];
    blocksum_bits above = {0}, rests = {0};
    for (int first = 0; first < PATRON_BLOCKSUM_TERMS; first += BLOCKSUM_WIDTH) {
        blocksum_lanes term;
        memcpy(&term, terms + first, sizeof term);
        blocksum_lanes magnitude = (blocksum_lanes)((blocksum_bits)term & INT64_MAX);
        above |= (blocksum_bits)(magnitude >= limit);
    }
    if (blocksum_any(above))
        return PATRON_BLOCKSUM_ABOVE;
    for (int part = 0; part < STEP; part += BLOCKSUM_WIDTH) {
        blocksum_lanes high, low;
        memcpy(&high, total->high + part, sizeof high);
        memcpy(&low, total->low + part, sizeof low);
        for (int first = part; first < PATRON_BLOCKSUM_TERMS; first += STEP) {
            blocksum_lanes term;
            memcpy(&term, terms + first, sizeof term);
            blocksum_lanes upper = (term + anchor_high) - anchor_high;
            blocksum_lanes below = term - upper;
            blocksum_lanes lower = (below + anchor_low) - anchor_low;
            blocksum_lanes remains = below - lower;
            high += upper;
            low += lower;
            rests |= (blocksum_bits)(remains != (blocksum_lanes){0});
            memcpy(rest + first, &remains, sizeof remains);
        }
        memcpy(total->high + part, &high, sizeof high);
        memcpy(total->low + part, &low, sizeof low);
    }
    return blocksum_any(rests) ? PATRON_BLOCKSUM_RESTS : PATRON_BLOCKSUM_ADDED;
}
