/* SPDX-License-Identifier: Apache-2.0 */
/* Streams from what was on the left to what is on the right, as wide as what flows (a Sankey
 * diagram of two columns, in the order given). */
#include "page/chart.h"

#include "patron/memory.h"

#include <stdlib.h>

enum {
    WIDTH = 720,
    LEFT = 210,
    RIGHT = 510,
    TOP = 40,
    FULL = 320,
    GAP = 14,
    NODE = 10,
    LABEL = 28
};

typedef struct side {
    const patron_texts *labels;
    double *amount, *top, *used; /* labels->count each; `amount` is to free() */
} side;

static patron_status side_create(const patron_texts *labels, side *own)
{
    own->labels = labels;
    own->amount = patron_allocate(3 * labels->count, sizeof *own->amount);
    if (own->amount == NULL)
        return PATRON_RESOURCE;
    own->top = own->amount + labels->count;
    own->used = own->top + labels->count;
    return PATRON_OK;
}

/* Lays the nodes of a side below each other; where it ends. */
static double lay_out(side *own, double scale)
{
    double y = TOP;
    for (uint64_t i = 0; i < own->labels->count; ++i) {
        own->top[i] = y;
        y += own->amount[i] > 0.0 ? own->amount[i] * scale + GAP : 0.0;
    }
    return y;
}

static void put_nodes(patron_page *page, const side *own, double scale, double x, double label,
                      const char *anchor)
{
    for (uint64_t i = 0; i < own->labels->count; ++i) {
        double height = own->amount[i] * scale;
        if (!(height > 0.0))
            continue;
        patron_page_markup(page,
                           "<rect class=\"node\" x=\"%.1f\" y=\"%.1f\" width=\"%d\" "
                           "height=\"%.1f\"/>\n",
                           x, own->top[i], NODE, height > 1.0 ? height : 1.0);
        patron_chart_text(page, label, own->top[i] + height / 2.0 + 4.0, anchor,
                          patron_texts_at(own->labels, i), patron_texts_length(own->labels, i),
                          LABEL);
    }
}

static void put_legend(patron_page *page)
{
    static const char *const kinds[][2] = {{"steady", "stayed in the segment that theirs became"},
                                           {"moved", "moved, came or went"}};
    for (int i = 0; i < 2; ++i) {
        double x = LEFT + 290.0 * i;
        patron_page_markup(page,
                           "<rect class=\"%s\" x=\"%.0f\" y=\"6\" width=\"12\" height=\"12\"/>"
                           "<text x=\"%.0f\" y=\"16\">%s</text>\n",
                           kinds[i][0], x, x + 18.0, kinds[i][1]);
    }
}

static void put_stream(patron_page *page, const patron_chart_stream *stream, side *left,
                       side *right, double scale)
{
    double width = (double)stream->amount * scale, bend = (LEFT + RIGHT) / 2.0;
    double a = left->top[stream->row] + left->used[stream->row];
    double b = right->top[stream->column] + right->used[stream->column];
    left->used[stream->row] += width;
    right->used[stream->column] += width;
    patron_page_markup(page,
                       "<path class=\"mark %s\" d=\"M%d %.1fC%.1f %.1f %.1f %.1f %d %.1fV%.1f"
                       "C%.1f %.1f %.1f %.1f %d %.1fZ\"/>\n",
                       stream->is_steady ? "steady" : "moved", LEFT, a, bend, a, bend, b, RIGHT, b,
                       b + width, bend, b + width, bend, a + width, LEFT, a + width);
}

patron_status patron_chart_flow(patron_page *page, const patron_chart_words *words,
                                const patron_texts *left_labels, const patron_texts *right_labels,
                                const patron_chart_stream *streams, uint64_t count)
{
    double total = 0.0;
    side left = {0}, right = {0};
    patron_status status = side_create(left_labels, &left);
    if (status == PATRON_OK)
        status = side_create(right_labels, &right);
    if (status == PATRON_OK) {
        for (uint64_t i = 0; i < count; ++i) {
            left.amount[streams[i].row] += (double)streams[i].amount;
            right.amount[streams[i].column] += (double)streams[i].amount;
            total += (double)streams[i].amount;
        }
        double scale = total > 0.0 ? FULL / total : 0.0;
        double first = lay_out(&left, scale), second = lay_out(&right, scale);
        patron_chart_open(page, words, WIDTH, first > second ? first : second);
        put_legend(page);
        for (uint64_t i = 0; i < count; ++i)
            put_stream(page, &streams[i], &left, &right, scale);
        put_nodes(page, &left, scale, LEFT - NODE, LEFT - NODE - 8.0, "end");
        put_nodes(page, &right, scale, RIGHT, RIGHT + NODE + 8.0, "start");
        patron_chart_close_drawing(page);
    }
    free(left.amount);
    free(right.amount);
    return status;
}
