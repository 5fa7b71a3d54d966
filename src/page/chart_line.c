/* SPDX-License-Identifier: Apache-2.0 */
/* A figure for each of some whole numbers, as a line with marks, and one of these chosen. */
#include "page/chart.h"
#include "page/svg.h"

#include <math.h>

enum { WIDTH = 340, HEIGHT = 220, LEFT = 62, RIGHT = 326, TOP = 12, BOTTOM = 180, TICKS = 5 };

static double error_at(const double *error, uint32_t i)
{
    return error != NULL && error[i] > 0.0 ? error[i] : 0.0;
}

static patron_scale scale_of(const double *y, const double *error, uint32_t count)
{
    double low = (double)INFINITY, high = (double)-INFINITY;
    for (uint32_t i = 0; i < count; ++i) {
        double reach = error_at(error, i);
        if (isfinite(y[i])) {
            low = y[i] - reach < low ? y[i] - reach : low;
            high = y[i] + reach > high ? y[i] + reach : high;
        }
    }
    return low <= high ? patron_scale_make(low, high, TICKS, BOTTOM, TOP)
                       : patron_scale_make(0.0, 1.0, TICKS, BOTTOM, TOP);
}

static void put_path(patron_page *page, const patron_scale *across, const patron_scale *up,
                     const double *x, const double *y, uint32_t count)
{
    bool is_down = false;
    patron_page_markup(page, "<path class=\"line\" d=\"");
    for (uint32_t i = 0; i < count; ++i) {
        if (isfinite(y[i]))
            patron_page_markup(page, "%c%.1f %.1f", is_down ? 'L' : 'M',
                               patron_scale_at(across, x[i]), patron_scale_at(up, y[i]));
        is_down = isfinite(y[i]);
    }
    patron_page_markup(page, "\"/>\n");
}

static void put_mark(patron_page *page, const patron_scale *up, double x, double y, double reach,
                     bool is_chosen)
{
    if (!isfinite(y))
        return;
    if (reach > 0.0)
        patron_page_markup(
            page, "<line class=\"err\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x,
            patron_scale_at(up, y - reach), x, patron_scale_at(up, y + reach));
    patron_page_markup(page, "<circle class=\"mark %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
                       is_chosen ? "s2" : "s1", x, patron_scale_at(up, y), is_chosen ? "6" : "3.5");
}

void patron_chart_line(patron_page *page, const patron_chart_words *words, const double *x,
                       const double *y, const double *error, uint32_t count, uint32_t chosen)
{
    patron_scale across = patron_scale_make(x[0], x[count - 1], TICKS + 1, LEFT, RIGHT);
    patron_scale up = scale_of(y, error, count);
    patron_chart_open(page, words, WIDTH, HEIGHT);
    patron_svg_axis_x(page, &across, TOP, BOTTOM);
    patron_svg_axis_y(page, &up, LEFT, RIGHT);
    patron_page_markup(page,
                       "<text class=\"a\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
                       "segments</text>\n",
                       (LEFT + RIGHT) / 2, HEIGHT - 6);
    put_path(page, &across, &up, x, y, count);
    for (uint32_t i = 0; i < count; ++i)
        put_mark(page, &up, patron_scale_at(&across, x[i]), y[i], error_at(error, i), i == chosen);
    patron_chart_close_drawing(page);
}
