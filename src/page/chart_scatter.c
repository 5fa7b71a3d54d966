/* SPDX-License-Identifier: Apache-2.0 */
/* Marks by two figures, shaded and sized by a third. */
#include "page/chart.h"
#include "page/svg.h"

#include <math.h>

enum { WIDTH = 720, HEIGHT = 430, LEFT = 64, RIGHT = 700, TOP = 40, BOTTOM = 380, TICKS = 7 };

static void put_legend(patron_page *page, const char *title,
                       const double bounds[PATRON_CHART_SHADES])
{
    patron_page_markup(page, "<text x=\"%d\" y=\"20\">%s</text>\n", LEFT, title);
    for (int i = 0; i < PATRON_CHART_SHADES; ++i) {
        double x = LEFT + 90.0 + 105.0 * i;
        patron_page_markup(page,
                           "<circle class=\"q%d\" cx=\"%.0f\" cy=\"16\" r=\"%.1f\"/>"
                           "<text class=\"a\" x=\"%.0f\" y=\"20\">from %.3g</text>\n",
                           i, x, 3.0 + i, x + 12.0, bounds[i]);
    }
}

void patron_chart_scatter(patron_page *page, const patron_chart_words *words,
                          const patron_chart_point *points, uint32_t count,
                          const char *const axis[2], const char *legend_title,
                          const double bounds[PATRON_CHART_SHADES])
{
    double low[2] = {(double)INFINITY, (double)INFINITY};
    double high[2] = {(double)-INFINITY, (double)-INFINITY};
    for (uint32_t i = 0; i < count; ++i) {
        low[0] = fmin(low[0], points[i].x);
        high[0] = fmax(high[0], points[i].x);
        low[1] = fmin(low[1], points[i].y);
        high[1] = fmax(high[1], points[i].y);
    }
    patron_scale across = patron_scale_make(low[0], high[0], TICKS, LEFT, RIGHT);
    patron_scale up = patron_scale_make(low[1], high[1], TICKS, BOTTOM, TOP);
    patron_chart_open(page, words, WIDTH, HEIGHT);
    put_legend(page, legend_title, bounds);
    patron_svg_axis_x(page, &across, TOP, BOTTOM);
    patron_svg_axis_y(page, &up, LEFT, RIGHT);
    patron_page_markup(page,
                       "<text class=\"a\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n"
                       "<text class=\"a\" x=\"14\" y=\"%d\" text-anchor=\"middle\" "
                       "transform=\"rotate(-90 14 %d)\">%s</text>\n",
                       (LEFT + RIGHT) / 2, HEIGHT - 12, axis[0], (TOP + BOTTOM) / 2,
                       (TOP + BOTTOM) / 2, axis[1]);
    for (uint32_t i = count; i-- > 0;) /* the first, which are the best, on top */
        patron_page_markup(page, "<circle class=\"mark q%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"%u\"/>\n",
                           points[i].shade, patron_scale_at(&across, points[i].x),
                           patron_scale_at(&up, points[i].y), 3 + points[i].shade);
    patron_chart_close_drawing(page);
}
