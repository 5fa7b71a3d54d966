/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over one block of rows, as plain loops that the compiler turns into the vectors of
 * KERNEL_TARGET.  Each instruction set's file includes it once. */
#include <math.h>
#include <string.h>

KERNEL_TARGET static void lay(const float *rows, uint64_t count, uint64_t columns, float *block)
{
    for (uint64_t lane = 0; lane < KMEANS_BLOCK; ++lane) {
        const float *row = rows + (lane < count ? lane : count - 1) * columns;
        for (uint64_t j = 0; j < columns; ++j)
            block[j * KMEANS_BLOCK + lane] = row[j];
    }
}

KERNEL_TARGET static void widen(const float *block, uint64_t columns, int32_t *least,
                                int32_t *greatest)
{
    for (uint64_t j = 0; j < columns; ++j) {
        int32_t pattern[KMEANS_BLOCK];
        memcpy(pattern, block + j * KMEANS_BLOCK, sizeof pattern);
        int32_t low = least[j], high = greatest[j];
        for (int lane = 0; lane < KMEANS_BLOCK; ++lane) {
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
    float sums[KMEANS_BLOCK] = {0.0F};
    for (uint64_t j = 0; j < columns; ++j) {
        for (int lane = 0; lane < KMEANS_BLOCK; ++lane) {
            float value = block[j * KMEANS_BLOCK + (uint64_t)lane] - shift[j];
            shifted[j * KMEANS_BLOCK + (uint64_t)lane] = value;
            if (squares != NULL)
                sums[lane] += value * value;
        }
    }
    if (squares != NULL)
        memcpy(squares, sums, sizeof sums);
}

KERNEL_TARGET static void bound(const kmeans_scores *scores, const int32_t *own, const float *norm,
                                double error, float *lower)
{
    const double rounded_down = 1.0 - 0x1p-20;
    for (int lane = 0; lane < KMEANS_BLOCK; ++lane) {
        float score = scores->index[lane] == own[lane] ? scores->second[lane] : scores->best[lane];
        double square = (double)norm[lane] + 2.0 * ((double)score - error);
        square = square > 0.0 ? square : 0.0;
        lower[lane] = (float)(sqrt(square) * rounded_down);
    }
}

KERNEL_TARGET static uint64_t drift_bounds(const double *distance, float drift, const float *limit,
                                           float *lower)
{
    const float rounded_down = 1.0F - 0x1p-22F, least = 0x1p-100F;
    const double rounded_up = 1.0 + 0x1p-19;
    uint8_t is_above[KMEANS_BLOCK];
    uint64_t above = 0;
    for (int lane = 0; lane < KMEANS_BLOCK; ++lane) {
        float own = (float)(sqrt(distance[lane]) * rounded_up) + least;
        float value = (lower[lane] - drift) * rounded_down;
        value = value > 0.0F ? value : 0.0F;
        if (limit != NULL)
            value = limit[lane] < value ? limit[lane] : value;
        lower[lane] = value;
        is_above[lane] = value > own ? 1 : 0;
    }
    for (int lane = 0; lane < KMEANS_BLOCK; ++lane)
        above |= (uint64_t)is_above[lane] << lane;
    return above;
}

KERNEL_TARGET static double greatest_term(const double *terms)
{
    double greatest[KMEANS_TOTAL_LANES] = {0.0};
    for (int first = 0; first < KMEANS_BLOCK; first += KMEANS_TOTAL_LANES)
        for (int lane = 0; lane < KMEANS_TOTAL_LANES; ++lane)
            greatest[lane] =
                terms[first + lane] > greatest[lane] ? terms[first + lane] : greatest[lane];
    for (int lane = 1; lane < KMEANS_TOTAL_LANES; ++lane)
        greatest[0] = greatest[lane] > greatest[0] ? greatest[lane] : greatest[0];
    return greatest[0];
}

KERNEL_TARGET static bool split(const double *terms, const double *anchors, double *high,
                                double *low, double *rest)
{
    enum { STEP = KMEANS_TOTAL_LANES };
    lanes anchor_high = (lanes){0} + anchors[0], anchor_low = (lanes){0} + anchors[1];
    lane_bits any = {0};
    for (int part = 0; part < STEP; part += KERNEL_WIDTH) {
        lanes upper_sum, lower_sum;
        memcpy(&upper_sum, high + part, sizeof upper_sum);
        memcpy(&lower_sum, low + part, sizeof lower_sum);
        for (int first = part; first < KMEANS_BLOCK; first += STEP) {
            lanes term;
            memcpy(&term, terms + first, sizeof term);
            lanes upper = (term + anchor_high) - anchor_high;
            lanes below = term - upper;
            lanes lower = (below + anchor_low) - anchor_low;
            lanes remains = below - lower;
            upper_sum += upper;
            lower_sum += lower;
            any |= (lane_bits)(remains != (lanes){0});
            memcpy(rest + first, &remains, sizeof remains);
        }
        memcpy(high + part, &upper_sum, sizeof upper_sum);
        memcpy(low + part, &lower_sum, sizeof lower_sum);
    }
    int64_t is_any = 0;
    for (int lane = 0; lane < KERNEL_WIDTH; ++lane)
        is_any |= any[lane];
    return is_any != 0;
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
