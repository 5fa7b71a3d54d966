/* SPDX-License-Identifier: Apache-2.0 */
/* Heights as characters: eight of them, the block elements U+2581 to U+2588. */
#include "cli/bars.h"

#include <math.h>
#include <string.h>

enum { HEIGHTS = 8 };

static const char *const blocks[HEIGHTS + 1] = {" ",
                                                "\xE2\x96\x81",
                                                "\xE2\x96\x82",
                                                "\xE2\x96\x83",
                                                "\xE2\x96\x84",
                                                "\xE2\x96\x85",
                                                "\xE2\x96\x86",
                                                "\xE2\x96\x87",
                                                "\xE2\x96\x88"};
static const char *const letters[HEIGHTS + 1] = {" ", "_", ".", "-", ":", "=", "+", "*", "#"};

static char *put(char *to, uint64_t height, bool unicode)
{
    return stpcpy(to, (unicode ? blocks : letters)[height]);
}

void patron_bars_draw(const uint64_t *counts, uint32_t count, bool unicode,
                      char text[PATRON_BARS_CAPACITY])
{
    uint64_t greatest = 0;
    *text = '\0';
    for (uint32_t i = 0; i < count; ++i)
        greatest = counts[i] > greatest ? counts[i] : greatest;
    for (uint32_t i = 0; i < count; ++i) {
        double part = counts[i] == 0 ? 0.0 : (double)counts[i] / (double)greatest;
        uint64_t height = (uint64_t)(part * HEIGHTS);
        text = put(text, counts[i] > 0 && height == 0 ? 1 : height, unicode);
    }
}

void patron_bars_draw_course(const double *values, uint64_t count, uint32_t width, bool unicode,
                             char text[PATRON_BARS_CAPACITY])
{
    uint64_t bars = count < width ? count : width;
    double least = count > 0 ? values[0] : 0.0, greatest = least;
    *text = '\0';
    for (uint64_t i = 0; i < count; ++i) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    for (uint64_t i = 0; i < bars; ++i) {
        double value = values[bars == 1 ? 0 : i * (count - 1) / (bars - 1)];
        double part = greatest > least ? (value - least) / (greatest - least) : 0.0;
        text = put(text, 1 + (uint64_t)(part * (HEIGHTS - 1)), unicode);
    }
}

void patron_bars_draw_length(double share, uint32_t width, bool unicode,
                             char text[PATRON_BARS_CAPACITY])
{
    uint32_t steps = isnan(share) ? 0 : 1 + (uint32_t)(share * (double)(width - 1));
    *text = '\0';
    for (uint32_t i = 0; i < steps; ++i)
        text = put(text, HEIGHTS, unicode);
}
