/* SPDX-License-Identifier: Apache-2.0 */
/* Horizontal bars, one or two a label. */
#include "page/chart.h"
#include "page/svg.h"

#include <math.h>

enum { WIDTH = 720, LEFT = 240, RIGHT = 690, TOP = 34, BAR = 13, GAP = 12, LABEL = 29 };

static double greatest_of(const double *values, uint64_t count, double so_far)
{
    for (uint64_t i = 0; values != NULL && i < count; ++i)
        if (values[i] > so_far)
            so_far = values[i];
    return so_far;
}

static void put_bar(patron_page *page, const patron_scale *scale, const char *class, double y,
                    double value)
{
    if (!(value >= 0.0))
        return;
    patron_page_markup(page,
                       "<rect class=\"mark %s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" "
                       "height=\"%d\"/>\n",
                       class, LEFT, y, patron_scale_at(scale, value) - LEFT, BAR);
}

static void put_legend(patron_page *page, const char *const series[2])
{
    static const char *const classes[] = {"s1", "s2"};
    for (int i = 0; i < 2; ++i) {
        double x = LEFT + 200.0 * i;
        patron_page_markup(page,
                           "<rect class=\"%s\" x=\"%.0f\" y=\"6\" width=\"12\" height=\"12\"/>"
                           "<text x=\"%.0f\" y=\"16\">%s</text>\n",
                           classes[i], x, x + 18.0, series[i]);
    }
}

void patron_chart_bars(patron_page *page, const patron_chart_words *words,
                       const patron_texts *labels, const double *first, const double *second,
                       const char *const series[2])
{
    const double middle = 4.0;
    uint64_t count = labels->count;
    double group = BAR * (second != NULL ? 2.0 : 1.0) + GAP;
    double bottom = TOP + group * (double)count;
    double most = greatest_of(second, count, greatest_of(first, count, 0.0));
    patron_scale scale = patron_scale_make(0.0, most > 0.0 ? most : 1.0, 6, LEFT, RIGHT);
    patron_chart_open(page, words, WIDTH, bottom + 26.0);
    if (second != NULL)
        put_legend(page, series);
    patron_svg_axis_x(page, &scale, TOP - 6.0, bottom);
    for (uint64_t i = 0; i < count; ++i) {
        double y = TOP + group * (double)i;
        patron_chart_text(page, LEFT - 10.0, y + (group - GAP) / 2.0 + middle, "end",
                          patron_texts_at(labels, i), patron_texts_length(labels, i), LABEL);
        put_bar(page, &scale, "s1", y, first[i]);
        if (second != NULL)
            put_bar(page, &scale, "s2", y + BAR, second[i]);
    }
    patron_chart_close_drawing(page);
}
