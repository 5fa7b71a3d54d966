/* SPDX-License-Identifier: Apache-2.0 */
/* Charts as inline SVG: the same bytes for the same figures, drawn with the page's colours.  Each
 * is a figure with a caption and a description for those who hear the page; the caller adds its
 * data as a table.  Nothing here is collective. */
#ifndef PATRON_PAGE_CHART_H
#define PATRON_PAGE_CHART_H

#include "page/page.h"
#include "quality/tree.h"

/* Words of ours, markup-free. */
typedef struct patron_chart_words {
    const char *title, *description;
} patron_chart_words;

/* A figure and its <svg> of so many units; `id` numbers nothing else.  Ends with the caller's
 * table, which patron_chart_close follows. */
void patron_chart_open(patron_page *page, const patron_chart_words *words, double width,
                       double height);
void patron_chart_close_drawing(patron_page *page);
void patron_chart_close(patron_page *page);

/* A text of the data at a place, cut to `columns`; `anchor` is start, middle or end. */
void patron_chart_text(patron_page *page, double x, double y, const char *anchor, const char *bytes,
                       uint64_t length, uint32_t columns);

/* ---- kinds: each opens a figure and closes its drawing ---- */

/* Bars from 0 to the right, one or two a label; `series` names them, NULL where there is one. */
void patron_chart_bars(patron_page *page, const patron_chart_words *words,
                       const patron_texts *labels, const double *first, const double *second,
                       const char *const series[2]);

/* y[count] (NaN: no mark) over x[count] ascending whole numbers, with bars of error[count] (NULL:
 * none); the point at `chosen` stands out. */
void patron_chart_line(patron_page *page, const patron_chart_words *words, const double *x,
                       const double *y, const double *error, uint32_t count, uint32_t chosen);

/* A mark each, by its third figure in one of five shades; legend[5] tells these. */
typedef struct patron_chart_point {
    double x, y;
    uint32_t shade;
} patron_chart_point;
enum { PATRON_CHART_SHADES = 5 };
void patron_chart_scatter(patron_page *page, const patron_chart_words *words,
                          const patron_chart_point *points, uint32_t count,
                          const char *const axis[2], const char *legend_title,
                          const double bounds[PATRON_CHART_SHADES]);

/* values[rows x columns] (NaN: empty) from below to above 0, the strongest shades from +-2. */
void patron_chart_heat(patron_page *page, const patron_chart_words *words, const patron_texts *rows,
                       const patron_texts *columns, const double *values);

/* How labels join into one: joins[count - 1]. */
void patron_chart_tree(patron_page *page, const patron_chart_words *words,
                       const patron_texts *labels, const patron_tree_join *joins);

/* Streams of `amount` from left[row] to right[column]; rows[count] ascend. */
typedef struct patron_chart_stream {
    uint32_t row, column;
    uint64_t amount;
    bool is_steady; /* drawn in the calm colour */
} patron_chart_stream;
patron_status patron_chart_flow(patron_page *page, const patron_chart_words *words,
                                const patron_texts *left, const patron_texts *right,
                                const patron_chart_stream *streams, uint64_t count);

#endif
