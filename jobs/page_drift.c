/* SPDX-License-Identifier: Apache-2.0 */
/* What changed since an earlier model: the flow of customers, and the stability of features. */
#include "report_run.h"

#include "cli/number.h"
#include "page/chart.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 3 };

static patron_status append(patron_texts *labels, const char *text)
{
    return patron_texts_append(labels, text, strlen(text));
}

/* Labels of the flow's rows or columns: who is absent, in no segment, then the segments. */
static patron_status label_side(const report_run *run, int side, patron_texts *labels)
{
    char text[64];
    uint32_t segments = run->drift.side[side].labels.segments;
    patron_status status = append(labels, side == COMPARE_FIRST ? "new customers" : "gone");
    if (status == PATRON_OK)
        status = append(labels, "in no segment");
    for (uint32_t s = 0; status == PATRON_OK && s < segments; ++s) {
        snprintf(text, sizeof text, "%s %" PRIu32, side == COMPARE_FIRST ? "was" : "is", s);
        if (side == COMPARE_SECOND && run->has_profile)
            status = report_append_label(run, s, labels);
        else
            status = append(labels, text);
    }
    return status;
}

static bool is_steady(const report_run *run, const patron_contingency_cell *cell)
{
    return cell->row >= COMPARE_SEGMENTS && cell->column >= COMPARE_SEGMENTS &&
           run->drift.partner[COMPARE_FIRST][cell->row - COMPARE_SEGMENTS] ==
               cell->column - COMPARE_SEGMENTS;
}

/* Streams that are told into streams[room]; counts the customers of others. */
static uint64_t find_streams(const report_run *run, patron_chart_stream *streams, uint64_t room,
                             uint64_t *withheld)
{
    const patron_contingency *flows = &run->drift.drift.flows;
    uint64_t count = 0;
    for (uint64_t i = 0; i < flows->cell_count; ++i) {
        const patron_contingency_cell *cell = &flows->cell[i];
        if (!run->drift.drift.told.cell[i] || count == room)
            ++*withheld;
        else
            streams[count++] =
                (patron_chart_stream){cell->row, cell->column, cell->count, is_steady(run, cell)};
    }
    return count;
}

static void write_stream_rows(report_run *run, const patron_texts *left, const patron_texts *right,
                              const patron_chart_stream *streams, uint64_t count)
{
    static const char *const headings[] = {"before", "now", "#customers", NULL};
    patron_page *page = &run->page;
    patron_page_details(page, "The figures of this chart");
    patron_page_table(page, "Customers by segment before and now", PATRON_PAGE_SORTS, headings);
    for (uint64_t i = 0; i < count; ++i) {
        patron_page_row(page);
        patron_page_row_heading(page, patron_texts_at(left, streams[i].row),
                                patron_texts_length(left, streams[i].row));
        patron_page_cell_text(page, patron_texts_at(right, streams[i].column),
                              patron_texts_length(right, streams[i].column));
        patron_page_cell_count(page, streams[i].amount);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_page_details_end(page);
}

static patron_status write_flow(report_run *run)
{
    static const patron_chart_words words = {
        "From segments before to segments now",
        "Flow: as wide as the customers in it; blue stayed, orange moved."};
    patron_texts left = {0}, right = {0};
    uint64_t withheld = 0;
    patron_chart_stream *streams = patron_allocate(REPORT_ROWS, sizeof *streams);
    patron_status status =
        streams == NULL ? PATRON_RESOURCE : label_side(run, COMPARE_FIRST, &left);
    if (status == PATRON_OK)
        status = label_side(run, COMPARE_SECOND, &right);
    if (status == PATRON_OK && left.count <= REPORT_DRAWN && right.count <= REPORT_DRAWN) {
        uint64_t count = find_streams(run, streams, REPORT_ROWS, &withheld);
        status = patron_chart_flow(&run->page, &words, &left, &right, streams, count);
        if (status == PATRON_OK) {
            write_stream_rows(run, &left, &right, streams, count);
            patron_chart_close(&run->page);
        }
        if (withheld > 0)
            patron_page_paragraph(&run->page,
                                  "%" PRIu64 " flows are not shown: fewer than %" PRIu64
                                  " customers, or they would tell of such "
                                  "(<code>--min-group</code>), or more than %d flows.",
                                  withheld, run->options->min_group, REPORT_ROWS);
    } else if (status == PATRON_OK) {
        patron_page_paragraph(&run->page, "There are too many segments to draw; <code>patron "
                                          "compare --drift</code> lists the flows.");
    }
    patron_texts_free(&left);
    patron_texts_free(&right);
    free(streams);
    return status;
}

static void write_features(report_run *run)
{
    static const char *const headings[] = {"feature", "#stability index", NULL};
    const compare_drift *drift = &run->drift.drift;
    uint64_t features = drift->features.count, everyone = run->drift.table.rows;
    patron_page *page = &run->page;
    patron_page_table(page, "How features drifted, over all customers", PATRON_PAGE_SORTS,
                      headings);
    for (uint64_t j = 0; j < features && j < REPORT_ROWS; ++j) {
        patron_page_row(page);
        patron_page_row_heading(page, patron_texts_at(&drift->features, j),
                                patron_texts_length(&drift->features, j));
        patron_page_cell_figure(page, drift->of_features[everyone * features + j], DIGITS);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
}

static void write_movements(patron_page *page, const compare_drift *drift)
{
    enum { COUNTS = 5 };
    const uint64_t counts[COUNTS] = {drift->common, drift->stayed, drift->moved, drift->joined,
                                     drift->lost};
    char text[COUNTS][PATRON_NUMBER_CAPACITY];
    for (int i = 0; i < COUNTS; ++i)
        patron_number_count(counts[i], text[i]);
    patron_page_paragraph(page,
                          "%s customers are in both; %s stayed, %s moved; %s are new and %s are "
                          "gone. A population stability index above 0.1 is a change to look at, "
                          "above 0.25 a large one; that of the segments is %.3g.",
                          text[0], text[1], text[2], text[3], text[4], drift->of_segments);
}

patron_status report_write_drift(report_run *run)
{
    patron_page *page = &run->page;
    const compare_drift *drift = &run->drift.drift;
    patron_status status = PATRON_OK;
    patron_page_section(page, "drift", "What changed since the previous model");
    if (!run->has_drift) {
        patron_page_paragraph(page, "With <code>--previous MODEL</code> this section tells who "
                                    "moved between segments since an earlier model.");
    } else {
        write_movements(page, drift);
        status = write_flow(run);
        write_features(run);
    }
    patron_page_section_end(page);
    return status;
}
