/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over one block of rows, as plain loops that the compiler turns into the vectors of
 * KERNEL_TARGET.  Each instruction set's file includes it once. */
#include <math.h>
#include <string.h>

#define BLOCKSUM_TARGET KERNEL_TARGET
#define BLOCKSUM_WIDTH KERNEL_WIDTH
#include "runtime/blocksum_body.h"

KERNEL_TARGET static void widen(const float *block, uint64_t columns, int32_t *least,
                                int32_t *greatest)
{
    for (uint64_t j = 0; j < columns; ++j) {
        int32_t pattern[PATRON_BLOCK];
        memcpy(pattern, block + j * PATRON_BLOCK, sizeof pattern);
        int32_t low = least[j], high = greatest[j];
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            int32_t magnitude = pattern[lane] & INT32_MAX;
            int32_t present = magnitude == 0 ? INT32_MAX : magnitude;
            low = present < low ? present : low;
            high = magnitude > high ? magnitude : high;
        }
        least[j] = low;
        greatest[j] = high;
    }
}

KERNEL_TARGET static void shift_block(const float *block, uint64_t columns, const float *shift,
                                      float *shifted, float *squares)
{
    float sums[PATRON_BLOCK] = {0.0F};
    for (uint64_t j = 0; j < columns; ++j) {
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            float value = block[j * PATRON_BLOCK + (uint64_t)lane] - shift[j];
            sums[lane] += value * value;
            if (shifted != NULL)
                shifted[j * PATRON_BLOCK + (uint64_t)lane] = value;
        }
    }
    memcpy(squares, sums, sizeof sums);
}

KERNEL_TARGET static void bound(const kmeans_scores *scores, const int32_t *own,
                                const float *squares, uint64_t columns, double error, float *lower)
{
    const double rounded_down = 1.0 - 0x1p-20;
    double kept = 1.0 - ((double)columns + 8.0) * 0x1p-22;
    double lost = 4.0 * (double)columns * 0x1p-126 + 2.0 * error;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        float score = scores->index[lane] == own[lane] ? scores->second[lane] : scores->best[lane];
        double square = (double)squares[lane] * kept + 2.0 * (double)score - lost;
        square = square > 0.0 ? square : 0.0;
        lower[lane] = (float)(sqrt(square) * rounded_down);
    }
}

KERNEL_TARGET static uint64_t drift_bounds(const double *distance, float drift, const float *limit,
                                           float *lower)
{
    const float rounded_down = 1.0F - 0x1p-22F, least = 0x1p-120F;
    const double rounded_up = 1.0 + 0x1p-18;
    uint8_t is_above[PATRON_BLOCK];
    uint64_t above = 0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        float own = (float)(distance[lane] * rounded_up) + least;
        float value = (lower[lane] - drift) * rounded_down;
        value = value > 0.0F ? value : 0.0F;
        if (limit != NULL)
            value = limit[lane] < value ? limit[lane] : value;
        lower[lane] = value;
        is_above[lane] = value * value > own ? 1 : 0;
    }
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        above |= (uint64_t)is_above[lane] << lane;
    return above;
}

KERNEL_TARGET static uint64_t differ(const int32_t *a, const int32_t *b)
{
    uint8_t is_other[PATRON_BLOCK];
    uint64_t others = 0;
    uint8_t any = 0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        is_other[lane] = a[lane] != b[lane] ? 1 : 0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        any |= is_other[lane];
    for (int lane = 0; any != 0 && lane < PATRON_BLOCK; ++lane)
        others |= (uint64_t)is_other[lane] << lane;
    return others;
}

KERNEL_TARGET static void add(const double *term, const double *anchors, uint64_t width,
                              double sign, double *restrict high, double *restrict low)
{
    for (uint64_t j = 0; j < width; ++j) {
        double value = sign * term[j];
        double upper = (value + anchors[j]) - anchors[j];
        high[j] += upper;
        low[j] += value - upper;
    }
}
