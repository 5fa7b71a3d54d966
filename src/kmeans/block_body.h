/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over one block of rows, as plain loops that the compiler turns into the vectors of
 * KERNEL_TARGET.  Each instruction set's file includes it once. */
#include "rows/turn.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BLOCKSUM_TARGET KERNEL_TARGET
#define BLOCKSUM_WIDTH KERNEL_WIDTH
#include "runtime/blocksum_body.h"

typedef int32_t ints __attribute__((vector_size(2 * KERNEL_WIDTH * sizeof(int32_t))));

KERNEL_TARGET static inline __attribute__((always_inline)) ints pick_ints(ints mask, ints a, ints b)
{
    return (a & mask) | (b & ~mask);
}

KERNEL_TARGET static void widen(const float *block, uint64_t columns, int32_t *least,
                                int32_t *greatest)
{
    enum { STEP = 2 * KERNEL_WIDTH };
    const ints none = (ints){0} + INT32_MAX;
    for (uint64_t j = 0; j < columns; ++j) {
        for (int part = 0; part < KMEANS_PATTERNS; part += STEP) {
            ints low, high;
            memcpy(&low, least + j * KMEANS_PATTERNS + (uint64_t)part, sizeof low);
            memcpy(&high, greatest + j * KMEANS_PATTERNS + (uint64_t)part, sizeof high);
            for (int lane = part; lane < PATRON_BLOCK; lane += KMEANS_PATTERNS) {
                ints magnitude;
                memcpy(&magnitude, block + j * PATRON_BLOCK + (uint64_t)lane, sizeof magnitude);
                magnitude &= INT32_MAX;
                ints present = pick_ints((ints)(magnitude == (ints){0}), none, magnitude);
                low = pick_ints((ints)(present < low), present, low);
                high = pick_ints((ints)(magnitude > high), magnitude, high);
            }
            memcpy(least + j * KMEANS_PATTERNS + (uint64_t)part, &low, sizeof low);
            memcpy(greatest + j * KMEANS_PATTERNS + (uint64_t)part, &high, sizeof high);
        }
    }
}

/* `stores` is a constant. */
static inline __attribute__((always_inline)) void
shift_columns(const float *block, uint64_t columns, const float *shift, bool stores,
              float *restrict shifted, float *restrict squares)
{
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        squares[lane] = 0.0F;
    for (uint64_t j = 0; j < columns; ++j) {
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            float value = block[j * PATRON_BLOCK + (uint64_t)lane] - shift[j];
            squares[lane] += value * value;
            if (stores)
                shifted[j * PATRON_BLOCK + (uint64_t)lane] = value;
        }
    }
}

KERNEL_TARGET static void shift_block(const float *block, uint64_t columns, const float *shift,
                                      float *shifted, float *squares)
{
    float sums[PATRON_BLOCK];
    if (shifted != NULL)
        shift_columns(block, columns, shift, true, shifted, sums);
    else
        shift_columns(block, columns, shift, false, NULL, sums);
    memcpy(squares, sums, sizeof sums);
}

KERNEL_TARGET static void bound(const kmeans_scores *scores, const int32_t *own,
                                const float *squares, uint64_t columns, double error, float *lower)
{
    const float rounded_down = 1.0F - 0x1p-20F;
    float kept = (float)(1.0 - ((double)columns + 10.0) * 0x1p-22);
    float lost = nextafterf((float)(4.0 * (double)columns * 0x1p-126 + 2.0 * error), INFINITY);
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        float score = scores->index[lane] == own[lane] ? scores->second[lane] : scores->best[lane];
        float square = (squares[lane] * kept + 2.0F * score) - lost;
        lower[lane] = sqrtf(square > 0.0F ? square : 0.0F) * rounded_down;
    }
}

KERNEL_TARGET static void bound_beyond(const kmeans_scores *scores, const int32_t *own,
                                       const double *distance, double error, float *lower)
{
    const float rounded_down = 1.0F - 0x1p-20F;
    float lost = nextafterf((float)(4.0 * error), INFINITY) + 0x1p-100F;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        float beyond = 2.0F * (scores->second[lane] - scores->best[lane]) - lost;
        beyond = scores->index[lane] == own[lane] && beyond > 0.0F ? beyond : 0.0F;
        float square = ((float)distance[lane] + beyond) * rounded_down - 0x1p-100F;
        square = square < FLT_MAX ? square : FLT_MAX;
        lower[lane] = sqrtf(square > 0.0F ? square : 0.0F) * rounded_down;
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

/* ---- moves ---- */

KERNEL_TARGET static void lay(const float *block, uint64_t columns, uint64_t width, float *rows)
{
    patron_turn(block, PATRON_BLOCK, columns, PATRON_BLOCK, rows, width);
}

typedef float lane_floats __attribute__((vector_size(KERNEL_WIDTH * sizeof(float))));
typedef uint64_t lane_words __attribute__((vector_size(KERNEL_WIDTH * sizeof(uint64_t))));

/* Adds to and takes out of (NULL: none) one fold's multiples; returns what it leaves of the terms.
 */
KERNEL_TARGET static inline __attribute__((always_inline)) lanes
fold_terms(lanes terms, const double *anchors, int64_t *to, int64_t *from)
{
    lanes anchor;
    lane_words sum; /* the anchors' bits overflow */
    memcpy(&anchor, anchors, sizeof anchor);
    lanes rounded = terms + anchor;
    memcpy(&sum, to, sizeof sum);
    sum += (lane_words)rounded;
    memcpy(to, &sum, sizeof sum);
    if (from != NULL) {
        memcpy(&sum, from, sizeof sum);
        sum -= (lane_words)rounded;
        memcpy(from, &sum, sizeof sum);
    }
    return terms - (rounded - anchor);
}

/* Moves one row; returns whether something is left.  `count`, `weighs` are constants, and so is
 * whether `from` is NULL. */
KERNEL_TARGET static inline __attribute__((always_inline)) bool
move_row(const float *row, const double *weight, const kmeans_folds *folds, uint64_t count,
         int64_t *to, int64_t *from)
{
    lane_bits rests = {0};
    uint64_t width = folds->width;
    for (uint64_t j = 0; j < width; j += KERNEL_WIDTH) {
        lane_floats values;
        memcpy(&values, row + j, sizeof values);
        lanes terms = __builtin_convertvector(values, lanes);
        if (weight != NULL)
            terms *= *weight;
        for (uint64_t fold = 0; fold < count; ++fold) {
            uint64_t at = fold * width + j;
            terms =
                fold_terms(terms, folds->anchors + at, to + at, from == NULL ? NULL : from + at);
        }
        rests |= (lane_bits)(terms != (lanes){0});
    }
    return blocksum_any(rests);
}

/* `count`, `weighs` and `leaves` are constants. */
KERNEL_TARGET static inline __attribute__((always_inline)) uint64_t
move_rows(const kmeans_moving *moving, const kmeans_folds *folds, uint64_t count, bool weighs,
          bool leaves, int64_t *multiples)
{
    uint64_t rests = 0, cells = count * folds->width;
    for (uint64_t left = moving->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        double weight = weighs ? (double)moving->weight[lane] : 1.0;
        int64_t *to = multiples + (uint64_t)moving->to[lane] * cells;
        int64_t *from = leaves ? multiples + (uint64_t)moving->from[lane] * cells : NULL;
        bool rest = move_row(moving->rows + (uint64_t)lane * folds->width, weighs ? &weight : NULL,
                             folds, count, to, from);
        rests |= (uint64_t)rest << lane;
    }
    return rests;
}

KERNEL_TARGET static uint64_t move(const kmeans_moving *moving, const kmeans_folds *folds,
                                   int64_t *multiples)
{
    bool leaves = moving->from != NULL;
    if (folds->count == 1)
        return leaves ? move_rows(moving, folds, 1, false, true, multiples)
                      : move_rows(moving, folds, 1, false, false, multiples);
    return leaves ? move_rows(moving, folds, 2, true, true, multiples)
                  : move_rows(moving, folds, 2, true, false, multiples);
}
