/* SPDX-License-Identifier: Apache-2.0 */
/* Turning tables of floats: rows become columns, in the vectors of the calling function. */
#ifndef PATRON_ROWS_TURN_H
#define PATRON_ROWS_TURN_H

#include <stdint.h>
#include <string.h>

enum { PATRON_TURN_ROWS = 8, PATRON_TURN_COLUMNS = 4 }; /* of a tile */

/* Two quarters of a tile side by side. */
typedef float patron_turn_pair __attribute__((vector_size(PATRON_TURN_ROWS * sizeof(float))));
typedef float patron_turn_four __attribute__((vector_size(PATRON_TURN_COLUMNS * sizeof(float))));

/* to[c * to_stride + r] = from[r * from_stride + c] for a tile. */
static inline __attribute__((always_inline)) void
patron_turn_tile(const float *from, uint64_t from_stride, float *to, uint64_t to_stride)
{
    patron_turn_pair rows[4], twos[4], turned[4];
    for (int r = 0; r < 4; ++r) {
        patron_turn_four upper, lower;
        memcpy(&upper, from + (uint64_t)r * from_stride, sizeof upper);
        memcpy(&lower, from + (uint64_t)(r + 4) * from_stride, sizeof lower);
        rows[r] = __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    for (int r = 0; r < 4; r += 2) {
        twos[r] = __builtin_shufflevector(rows[r], rows[r + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        twos[r + 1] = __builtin_shufflevector(rows[r], rows[r + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (uint64_t half = 0; half < 2; ++half) {
        patron_turn_pair first = twos[half], second = twos[half + 2];
        turned[2 * half] = __builtin_shufflevector(first, second, 0, 1, 8, 9, 4, 5, 12, 13);
        turned[2 * half + 1] = __builtin_shufflevector(first, second, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int c = 0; c < 4; ++c)
        memcpy(to + (uint64_t)c * to_stride, &turned[c], sizeof turned[c]);
}

/* to[c * to_stride + r] = from[r * from_stride + c] for all r < rows, c < columns.  Two tiles at a
 * time make whole lines where to_stride keeps them aligned. */
static inline __attribute__((always_inline)) void patron_turn(const float *from,
                                                              uint64_t from_stride, uint64_t rows,
                                                              uint64_t columns, float *to,
                                                              uint64_t to_stride)
{
    const uint64_t tile = PATRON_TURN_ROWS;
    uint64_t whole_rows = rows - rows % (2 * tile);
    uint64_t whole_columns = columns - columns % PATRON_TURN_COLUMNS;
    for (uint64_t r = 0; r < whole_rows; r += 2 * tile) {
        const float *upper = from + r * from_stride, *lower = upper + tile * from_stride;
        for (uint64_t c = 0; c < whole_columns; c += PATRON_TURN_COLUMNS) {
            patron_turn_tile(upper + c, from_stride, to + c * to_stride + r, to_stride);
            patron_turn_tile(lower + c, from_stride, to + c * to_stride + r + tile, to_stride);
        }
        for (uint64_t c = whole_columns; c < columns; ++c)
            for (uint64_t i = 0; i < 2 * tile; ++i)
                to[c * to_stride + r + i] = upper[i * from_stride + c];
    }
    for (uint64_t r = whole_rows; r < rows; ++r)
        for (uint64_t c = 0; c < columns; ++c)
            to[c * to_stride + r] = from[r * from_stride + c];
}

#endif
