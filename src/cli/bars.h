/* SPDX-License-Identifier: Apache-2.0 */
/* Small drawings on one line: a bar a figure, in Unicode's block elements, or in ASCII.  Nothing
 * here is collective. */
#ifndef PATRON_CLI_BARS_H
#define PATRON_CLI_BARS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PATRON_BARS_MOST = 64,                          /* bars of a drawing */
    PATRON_BARS_CAPACITY = 3 * PATRON_BARS_MOST + 1 /* bytes of one, with NUL */
};

/* A bar a count, count <= PATRON_BARS_MOST: eight heights up to the greatest count; a blank for 0
 * alone. */
void patron_bars_draw(const uint64_t *counts, uint32_t count, bool unicode,
                      char text[PATRON_BARS_CAPACITY]);

/* The course of values[count], finite, from the least (lowest bar) to the greatest (highest); of
 * more than `width` <= PATRON_BARS_MOST values, that many evenly chosen ones, first and last among
 * them. */
void patron_bars_draw_course(const double *values, uint64_t count, uint32_t width, bool unicode,
                             char text[PATRON_BARS_CAPACITY]);

/* One lying bar: `share`, from 0 (one step) to 1, of `width` <= PATRON_BARS_MOST steps; none for
 * NaN. */
void patron_bars_draw_length(double share, uint32_t width, bool unicode,
                             char text[PATRON_BARS_CAPACITY]);

#endif
