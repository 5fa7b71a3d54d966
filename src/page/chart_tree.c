/* SPDX-License-Identifier: Apache-2.0 */
/* A dendrogram that grows to the right: each join is drawn where its height is. */
#include "page/chart.h"
#include "page/svg.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { WIDTH = 720, LEFT = 240, RIGHT = 690, TOP = 16, ROW = 26, LABEL = 30, TICKS = 6 };

/* Where a node stands. */
typedef struct place {
    double x, y;
} place;

/* Segments in the order in which the tree lists them, so that no branches cross: order[count], from
 * stack[2 x count], both room. */
static void order_leaves(const patron_tree_join *joins, uint64_t count, uint64_t *order,
                         uint64_t *stack)
{
    uint64_t depth = 1, found = 0;
    stack[0] = 2 * count - 2;
    while (depth > 0) {
        uint64_t node = stack[--depth];
        if (node < count) {
            order[found++] = node;
            continue;
        }
        stack[depth++] = (uint64_t)joins[node - count].b;
        stack[depth++] = (uint64_t)joins[node - count].a;
    }
}

static void put_join(patron_page *page, place a, place b, double x)
{
    patron_page_markup(page, "<path class=\"mark join\" d=\"M%.1f %.1fH%.1fV%.1fH%.1f\"/>\n", a.x,
                       a.y, x, b.y, b.x);
}

static void draw(patron_page *page, const patron_texts *labels, const patron_tree_join *joins,
                 const uint64_t *order, place *places)
{
    const double middle = 4.0;
    uint64_t count = labels->count;
    double bottom = TOP + ROW * (double)count;
    patron_scale scale = patron_scale_make(
        0.0, joins[count - 2].height > 0.0 ? joins[count - 2].height : 1.0, TICKS, LEFT, RIGHT);
    patron_svg_axis_x(page, &scale, TOP, bottom);
    for (uint64_t i = 0; i < count; ++i) {
        place own = {LEFT, TOP + ROW * ((double)i + 0.5)};
        places[order[i]] = own;
        patron_chart_text(page, LEFT - 10.0, own.y + middle, "end",
                          patron_texts_at(labels, order[i]), patron_texts_length(labels, order[i]),
                          LABEL);
    }
    for (uint64_t i = 0; i + 1 < count; ++i) {
        place a = places[(uint64_t)joins[i].a], b = places[(uint64_t)joins[i].b];
        double x = patron_scale_at(&scale, joins[i].height);
        put_join(page, a, b, x);
        places[count + i] = (place){x, (a.y + b.y) / 2.0};
    }
}

void patron_chart_tree(patron_page *page, const patron_chart_words *words,
                       const patron_texts *labels, const patron_tree_join *joins)
{
    uint64_t count = labels->count;
    uint64_t *order = patron_allocate(3 * count, sizeof *order);
    place *places = patron_allocate(2 * count, sizeof *places);
    patron_chart_open(page, words, WIDTH, TOP + ROW * (double)count + 26.0);
    page->failed = page->failed || order == NULL || places == NULL;
    if (order != NULL && places != NULL) {
        order_leaves(joins, count, order, order + count);
        draw(page, labels, joins, order, places);
    }
    patron_chart_close_drawing(page);
    free(order);
    free(places);
}
