/* SPDX-License-Identifier: Apache-2.0 */
/* The dendrogram of segments. */
#include "report_run.h"

#include "page/chart.h"

#include <inttypes.h>
#include <stdio.h>

static void write_join_rows(report_run *run)
{
    static const char *const headings[] = {"#groups left", "#height", "#segments below", NULL};
    enum { DIGITS = 4 };
    patron_page *page = &run->page;
    const patron_segment_view *view = &run->segments;
    patron_page_details(page, "The figures of this chart");
    patron_page_table(page, "Joins, the last first", PATRON_PAGE_TABLE, headings);
    for (uint64_t i = view->k - 1; i-- > 0;) {
        patron_page_row(page);
        patron_page_cell_count(page, view->k - 1 - i);
        patron_page_cell_figure(page, view->joins[i].height, DIGITS);
        patron_page_cell_count(page, (uint64_t)view->joins[i].count);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_page_details_end(page);
}

patron_status report_write_tree(report_run *run)
{
    static const patron_chart_words words = {
        "Segments that join, by height (Ward)",
        "Dendrogram: the farther right two branches meet, the more they differ."};
    patron_page *page = &run->page;
    const patron_segment_view *view = &run->segments;
    patron_page_section(page, "tree", "How segments join");
    if (run->segment_path == NULL || view->joins == NULL) {
        patron_page_paragraph(page, "Needs a segment model that holds <code>/tree</code>; "
                                    "<code>patron segment</code> writes it.");
    } else if (view->k < 2) {
        patron_page_paragraph(page, "One segment has nothing to join.");
    } else if (view->k > REPORT_DRAWN) {
        patron_page_paragraph(page,
                              "%" PRIu64 " segments are too many to draw; <code>patron inspect "
                              "MODEL --cut K</code> groups them.",
                              view->k);
    } else {
        patron_page_paragraph(page, "Segments that meet early are much alike, and can be addressed "
                                    "as one.");
        patron_chart_tree(page, &words, &run->labels, view->joins);
        write_join_rows(run);
        patron_chart_close(page);
    }
    patron_page_section_end(page);
    return PATRON_OK;
}
