/* SPDX-License-Identifier: Apache-2.0 */
/* Cells shaded from far below 0 (blue) to far above (orange), each with its figure. */
#include "page/chart.h"

#include <math.h>

/* BESIDE: for the slanted heads of the last columns, HEAD capital letters long. */
enum {
    LEFT = 200,
    TOP = 136,
    BESIDE = 150,
    CELL_WIDTH = 66,
    CELL_HEIGHT = 28,
    LABEL = 24,
    HEAD = 26
};

/* Of nine shades, the fifth about 0. */
static int shade_of(double value)
{
    static const double bounds[] = {-2.0, -1.0, -0.5, -0.2, 0.2, 0.5, 1.0, 2.0};
    int shade = 0;
    while (shade < 8 && value >= bounds[shade])
        ++shade;
    return shade;
}

static void put_cell(patron_page *page, double x, double y, double value)
{
    if (isnan(value))
        return;
    const double least = 0.05; /* below, it is written as 0 without a sign */
    int shade = shade_of(value);
    patron_page_markup(page,
                       "<rect class=\"mark h%d\" x=\"%.0f\" y=\"%.0f\" width=\"%d\" "
                       "height=\"%d\"/><text class=\"t%d\" x=\"%.0f\" y=\"%.0f\" "
                       "text-anchor=\"middle\">%+.1f</text>\n",
                       shade, x, y, CELL_WIDTH - 2, CELL_HEIGHT - 2, shade, x + CELL_WIDTH / 2.0,
                       y + CELL_HEIGHT / 2.0 + 3.0, fabs(value) < least ? 0.0 : value);
}

void patron_chart_heat(patron_page *page, const patron_chart_words *words, const patron_texts *rows,
                       const patron_texts *columns, const double *values)
{
    patron_chart_open(page, words, LEFT + BESIDE + CELL_WIDTH * (double)columns->count,
                      TOP + 8.0 + CELL_HEIGHT * (double)rows->count);
    for (uint64_t j = 0; j < columns->count; ++j) {
        double x = LEFT + CELL_WIDTH * ((double)j + 0.5);
        patron_page_markup(page, "<g transform=\"translate(%.1f %.1f) rotate(-35)\">", x,
                           TOP - 8.0);
        patron_chart_text(page, 0.0, 0.0, "start", patron_texts_at(columns, j),
                          patron_texts_length(columns, j), HEAD);
        patron_page_markup(page, "</g>\n");
    }
    for (uint64_t i = 0; i < rows->count; ++i) {
        double y = TOP + CELL_HEIGHT * (double)i;
        patron_chart_text(page, LEFT - 10.0, y + CELL_HEIGHT / 2.0 + 3.0, "end",
                          patron_texts_at(rows, i), patron_texts_length(rows, i), LABEL);
        for (uint64_t j = 0; j < columns->count; ++j)
            put_cell(page, LEFT + CELL_WIDTH * (double)j, y, values[i * columns->count + j]);
    }
    patron_chart_close_drawing(page);
}
