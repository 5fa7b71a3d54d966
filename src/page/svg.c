/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a chart, its texts and axes. */
#include "page/svg.h"

#include "page/chart.h"

#include <string.h>

void patron_chart_open(patron_page *page, const patron_chart_words *words, double width,
                       double height)
{
    const double wide = 480.0; /* beyond it, a phone scrolls rather than shrinks */
    uint32_t id = page->charts++;
    patron_page_markup(page,
                       "<figure>\n<figcaption id=\"c%u\">%s</figcaption>\n"
                       "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">\n"
                       "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
                       "role=\"img\" aria-labelledby=\"c%u d%u\">\n<desc id=\"d%u\">%s</desc>\n",
                       id, words->title, words->title, width > wide ? "wide" : "small", width,
                       height, width, height, id, id, id, words->description);
}

void patron_chart_close_drawing(patron_page *page)
{
    patron_page_markup(page, "</svg>\n</div>\n");
}

void patron_chart_close(patron_page *page)
{
    patron_page_markup(page, "</figure>\n");
}

void patron_chart_text(patron_page *page, double x, double y, const char *anchor, const char *bytes,
                       uint64_t length, uint32_t columns)
{
    patron_page_markup(page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    patron_page_short_text(page, bytes, length, columns);
    patron_page_markup(page, "</text>\n");
}

/* ---- axes ---- */

static void put_number(patron_page *page, double x, double y, const char *anchor, double value)
{
    patron_page_markup(page,
                       "<text class=\"a\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%.6g</text>\n",
                       x, y, anchor, value);
}

static void put_grid(patron_page *page, double x1, double y1, double x2, double y2)
{
    patron_page_markup(page,
                       "<line class=\"g\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1,
                       y1, x2, y2);
}

void patron_svg_axis_x(patron_page *page, const patron_scale *scale, double top, double bottom)
{
    const double below = 16.0;
    for (uint32_t i = 0; i < patron_scale_ticks(scale); ++i) {
        double value = patron_scale_tick(scale, i), x = patron_scale_at(scale, value);
        put_grid(page, x, top, x, bottom);
        put_number(page, x, bottom + below, "middle", value);
    }
}

void patron_svg_axis_y(patron_page *page, const patron_scale *scale, double left, double right)
{
    const double beside = 6.0, middle = 4.0;
    for (uint32_t i = 0; i < patron_scale_ticks(scale); ++i) {
        double value = patron_scale_tick(scale, i), y = patron_scale_at(scale, value);
        put_grid(page, left, y, right, y);
        put_number(page, left - beside, y + middle, "end", value);
    }
}
