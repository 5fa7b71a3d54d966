/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of a segment model: the tree of its segments, and a cut of it. */
#include "inspect_tree.h"

#include "cli/bars.h"
#include "cli/json.h"
#include "cli/terminal.h"
#include "patron/memory.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 256, BAR = 10 };

/* What a join adds to the inertia. */
static double added(const patron_tree_join *join)
{
    return join->height * join->height / 2.0;
}

json_t *inspect_tree_object(const patron_segment_view *view)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i + 1 < view->k; ++i) {
        const patron_tree_join *join = &view->joins[i];
        json_t *object = json_object();
        report_json_set(object, "a", patron_json_count((uint64_t)join->a));
        report_json_set(object, "b", patron_json_count((uint64_t)join->b));
        report_json_set(object, "height", patron_json_real(join->height));
        report_json_set(object, "inertia_added", patron_json_real(added(join)));
        report_json_set(object, "segments", patron_json_count((uint64_t)join->count));
        json_array_append_new(array, object);
    }
    return array;
}

/* ---- text ---- */

/* Adds a cell of the segments below `node`, as far as there is room. */
static void add_members(const patron_segment_view *view, uint64_t node, patron_table *table)
{
    char text[MEMBERS] = {0};
    size_t used = 0;
    bool *is_below = patron_allocate(2 * view->k, sizeof *is_below);
    table->failed = table->failed || is_below == NULL;
    if (is_below == NULL)
        return;
    is_below[node] = true;
    for (uint64_t at = node; at >= view->k; --at) {
        const patron_tree_join *join = &view->joins[at - view->k];
        if (is_below[at])
            is_below[(uint64_t)join->a] = is_below[(uint64_t)join->b] = true;
    }
    for (uint64_t s = 0; s < view->k && used < sizeof text; ++s)
        if (is_below[s])
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRIu64,
                                     used > 0 ? " " : "", s);
    report_add_text(table, text);
    free(is_below);
}

/* `customers` is NaN where their number is not told. */
static void add_join(const patron_segment_view *view, uint64_t index, double customers,
                     patron_table *table)
{
    const patron_tree_join *join = &view->joins[index];
    double highest = view->joins[view->k - 2].height;
    char bar[PATRON_BARS_CAPACITY];
    patron_table_add_count(table, view->k - 1 - index);
    patron_table_add_real(table, join->height, 4);
    patron_bars_draw_length(highest > 0.0 ? join->height / highest : 0.0, BAR,
                            patron_terminal_is_unicode(), bar);
    report_add_text(table, bar);
    patron_table_add_real(table, added(join), 4);
    if (isnan(customers))
        report_add_text(table, "-");
    else
        patron_table_add_count(table, (uint64_t)customers);
    add_members(view, (uint64_t)join->a, table);
    add_members(view, (uint64_t)join->b, table);
}

/* Customers below each node, or segments of fewer than `least`; NULL: out of memory. */
static double *count_below(const patron_segment_view *view, bool of_withheld, uint64_t least)
{
    double *below = patron_allocate(2 * view->k, sizeof *below);
    for (uint64_t s = 0; below != NULL && s < view->k; ++s)
        below[s] = !of_withheld ? (double)view->size[s] : view->size[s] < least ? 1.0 : 0.0;
    for (uint64_t i = 0; below != NULL && i + 1 < view->k; ++i)
        below[view->k + i] = below[(uint64_t)view->joins[i].a] + below[(uint64_t)view->joins[i].b];
    return below;
}

patron_status inspect_tree_print(const patron_segment_view *view, uint32_t most, uint64_t least)
{
    static const struct {
        const char *heading;
        patron_align align;
        bool shrinks;
    } columns[] = {{"groups left", PATRON_ALIGN_RIGHT, false},
                   {"height", PATRON_ALIGN_RIGHT, false},
                   {"", PATRON_ALIGN_LEFT, false},
                   {"inertia added", PATRON_ALIGN_RIGHT, false},
                   {"customers", PATRON_ALIGN_RIGHT, false},
                   {"segments", PATRON_ALIGN_LEFT, true},
                   {"join segments", PATRON_ALIGN_LEFT, true}};
    patron_table table = {0};
    double *customers = count_below(view, false, least), *hidden = count_below(view, true, least);
    if (customers == NULL || hidden == NULL) {
        free(customers);
        free(hidden);
        return PATRON_RESOURCE;
    }
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; ++i)
        report_add_column(&table, columns[i].heading, columns[i].align, columns[i].shrinks);
    uint32_t shown = 0;
    for (uint64_t i = view->k - 1; i-- > 0 && shown < most;)
        if (customers[view->k + i] >= (double)least) {
            /* beside the segments that are shown, a part of the withheld ones would be told */
            double some = hidden[view->k + i], all = hidden[2 * view->k - 2];
            add_join(view, i, some > 0.0 && some < all ? (double)NAN : customers[view->k + i],
                     &table);
            ++shown;
        }
    free(customers);
    free(hidden);
    return report_print_table("How segments join (Ward), the last first", &table);
}

/* ---- cut ---- */

patron_status inspect_tree_cut(const patron_segment_view *view, const char *path, uint32_t groups,
                               uint32_t **group)
{
    if (view->joins == NULL)
        return patron_fail(PATRON_DATA, "--cut: %s has no /tree", path);
    if (groups > view->k)
        return patron_fail(PATRON_DATA,
                           "--cut: %" PRIu32 " groups asked for, %s has %" PRIu64 " segments",
                           groups, path, view->k);
    *group = patron_allocate(view->k, sizeof **group);
    return *group == NULL ? PATRON_RESOURCE
                          : patron_tree_cut(view->joins, (uint32_t)view->k, groups, *group);
}
