/* SPDX-License-Identifier: Apache-2.0 */
/* Segments on the page: sizes, shares, and a heatmap of how they differ from everyone. */
#include "report_run.h"

#include "page/chart.h"
#include "patron/memory.h"
#include "report_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { DIGITS = 4, DECIMALS = 1 };
static const double percent = 100.0;

static uint64_t drawn(const report_run *run)
{
    return run->shown_count < REPORT_DRAWN ? run->shown_count : REPORT_DRAWN;
}

static patron_status append_drawn(const report_run *run, patron_texts *labels)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < drawn(run); ++i)
        status = report_append_label(run, run->shown[i], labels);
    return status;
}

static double revenue_share(const report_run *run, uint64_t segment)
{
    return run->has_profile ? profile_revenue_share(&run->profile, (uint32_t)segment) : (double)NAN;
}

/* ---- the table ---- */

/* How many are far from its centroid; nothing where these are too few to be told. */
static void write_outliers(report_run *run, uint64_t segment)
{
    const patron_spread *spread = &run->segments.spread;
    uint64_t outliers = spread->quantile == NULL ? 0 : (uint64_t)spread->beyond[segment];
    bool is_few = outliers > 0 && outliers < run->options->min_group;
    if (spread->quantile == NULL || is_few)
        patron_page_cell_real(&run->page, (double)NAN, 0);
    else
        patron_page_cell_count(&run->page, outliers);
}

static void write_row(report_run *run, uint64_t segment)
{
    patron_page *page = &run->page;
    patron_page_row(page);
    patron_page_row_heading(page, patron_texts_at(&run->labels, segment),
                            patron_texts_length(&run->labels, segment));
    patron_page_cell_count(page, run->segments.size[segment]);
    patron_page_cell_real(page, percent * report_share(run, segment), DECIMALS);
    patron_page_cell_real(page, percent * revenue_share(run, segment), DECIMALS);
    write_outliers(run, segment);
    patron_page_row_end(page);
}

static void write_table(report_run *run)
{
    static const char *const headings[] = {
        "segment", "#customers", "#% of customers", "#% of revenue", "#far from its centroid",
        NULL};
    patron_page_table(&run->page, "Segments, the largest first", PATRON_PAGE_SORTS, headings);
    for (uint64_t i = 0; i < run->shown_count && i < REPORT_ROWS; ++i)
        write_row(run, run->shown[i]);
    patron_page_table_end(&run->page);
    if (run->shown_count > REPORT_ROWS)
        patron_page_paragraph(&run->page, "The %d largest of %" PRIu64 " segments are listed.",
                              REPORT_ROWS, run->shown_count);
}

/* ---- shares ---- */

static void write_share_rows(report_run *run, const double *first, const double *second)
{
    static const char *const headings[] = {"segment", "#% of customers", "#% of revenue", NULL};
    patron_page *page = &run->page;
    patron_page_details(page, "The figures of this chart");
    patron_page_table(page, "Shares by segment", PATRON_PAGE_TABLE, headings);
    for (uint64_t i = 0; i < drawn(run); ++i) {
        uint64_t s = run->shown[i];
        patron_page_row(page);
        patron_page_row_heading(page, patron_texts_at(&run->labels, s),
                                patron_texts_length(&run->labels, s));
        patron_page_cell_real(page, first[i], DECIMALS);
        patron_page_cell_real(page, second[i], DECIMALS);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_page_details_end(page);
}

static patron_status write_shares(report_run *run)
{
    static const char *const series[2] = {"% of customers", "% of revenue"};
    bool has_revenue = run->has_profile && run->profile.revenue != UINT32_MAX;
    patron_texts labels = {0};
    double *shares = patron_allocate(2 * (uint64_t)REPORT_DRAWN, sizeof *shares);
    patron_status status = shares == NULL ? PATRON_RESOURCE : append_drawn(run, &labels);
    if (status == PATRON_OK && labels.count > 0) {
        const patron_chart_words words = {
            has_revenue ? "Share of customers and of revenue" : "Share of customers",
            "Bars: the percentage of each segment, the largest segment first."};
        for (uint64_t i = 0; i < drawn(run); ++i) {
            shares[i] = percent * report_share(run, run->shown[i]);
            shares[REPORT_DRAWN + i] = percent * revenue_share(run, run->shown[i]);
        }
        patron_chart_bars(&run->page, &words, &labels, shares,
                          has_revenue ? shares + REPORT_DRAWN : NULL, series);
        write_share_rows(run, shares, shares + REPORT_DRAWN);
        patron_chart_close(&run->page);
    }
    patron_texts_free(&labels);
    free(shares);
    return status;
}

/* ---- the heatmap ---- */

/* Of the profile's columns, of which the shard has the names. */
static void fill_effects(const report_run *run, uint64_t columns, double *effects)
{
    for (uint64_t i = 0; i < drawn(run); ++i)
        for (uint64_t j = 0; j < columns; ++j) {
            uint32_t segment = (uint32_t)run->shown[i];
            effects[i * columns + j] = profile_is_told(&run->profile, segment, (uint32_t)j)
                                           ? profile_effect(&run->profile, segment, (uint32_t)j)
                                           : (double)NAN;
        }
}

/* Without the dataset: centroids of the segments that are shown against their mean, in the space
 * that was clustered. */
static void fill_centroids(const report_run *run, uint64_t columns, double *effects)
{
    const patron_segment_view *view = &run->segments;
    for (uint64_t j = 0; j < columns; ++j) {
        double mean = 0.0, square = 0.0, customers = 0.0;
        for (uint64_t i = 0; i < run->shown_count; ++i) {
            uint64_t s = run->shown[i];
            customers += (double)view->size[s];
            mean += (double)view->size[s] * view->centroids_scaled[s * view->columns + j];
        }
        mean /= customers;
        for (uint64_t i = 0; i < run->shown_count; ++i) {
            uint64_t s = run->shown[i];
            double gap = view->centroids_scaled[s * view->columns + j] - mean;
            square += (double)view->size[s] * gap * gap;
        }
        double deviation = sqrt(square / customers);
        for (uint64_t i = 0; i < drawn(run); ++i)
            effects[i * columns + j] =
                deviation > 0.0
                    ? (view->centroids_scaled[run->shown[i] * view->columns + j] - mean) / deviation
                    : (double)NAN;
    }
}

/* titles[columns]: names with units. */
static void write_centroid_rows(report_run *run, const patron_texts *titles, uint64_t columns)
{
    patron_page *page = &run->page;
    static const char *const headings[] = {"segment", "column", "#mean", NULL};
    const patron_segment_view *view = &run->segments;
    uint64_t rows = 0;
    patron_page_details(page, "The figures of this chart, in the data's own units");
    patron_page_table(page, "Mean of each column by segment", PATRON_PAGE_SORTS, headings);
    for (uint64_t i = 0; i < drawn(run); ++i)
        for (uint64_t j = 0; j < columns && rows < REPORT_ROWS; ++j, ++rows) {
            uint64_t s = run->shown[i];
            bool is_told =
                !run->has_profile || profile_is_told(&run->profile, (uint32_t)s, (uint32_t)j);
            double mean = run->has_profile
                              ? profile_figures(&run->profile, (uint32_t)s, (uint32_t)j)->mean
                              : view->centroids[s * view->columns + j];
            patron_page_row(page);
            patron_page_row_heading(page, patron_texts_at(&run->labels, s),
                                    patron_texts_length(&run->labels, s));
            patron_page_cell_text(page, patron_texts_at(titles, j), patron_texts_length(titles, j));
            patron_page_cell_figure(page, is_told ? mean : (double)NAN, DIGITS);
            patron_page_row_end(page);
        }
    patron_page_table_end(page);
    if (drawn(run) * columns > REPORT_ROWS)
        patron_page_paragraph(page, "The first %d figures are listed.", REPORT_ROWS);
    patron_page_details_end(page);
}

static patron_status write_heatmap(report_run *run)
{
    const patron_texts *names = run->has_profile ? &run->profile.shard.names : &run->segments.names;
    uint64_t columns = names->count < REPORT_DRAWN ? names->count : REPORT_DRAWN;
    const patron_texts none = {0};
    const patron_texts *units = run->has_profile ? &run->profile.shard.units : &none;
    patron_texts labels = {0}, heads = {0}, titles = {0};
    double *effects = patron_allocate(drawn(run) * columns, sizeof *effects);
    patron_status status = effects == NULL ? PATRON_RESOURCE : append_drawn(run, &labels);
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
        status =
            patron_texts_append(&heads, patron_texts_at(names, j), patron_texts_length(names, j));
        if (status == PATRON_OK)
            status = report_append_title(names, units, j, &titles);
    }
    if (status == PATRON_OK && labels.count > 0) {
        const patron_chart_words words = {
            run->has_profile ? "How segments differ from everyone, in standard deviations"
                             : "How centroids differ from each other, in standard deviations",
            "Cells: a segment a row, a column of the data across; orange above, blue below the "
            "mean."};
        (run->has_profile ? fill_effects : fill_centroids)(run, columns, effects);
        patron_chart_heat(&run->page, &words, &labels, &heads, effects);
        write_centroid_rows(run, &titles, columns);
        patron_chart_close(&run->page);
    }
    if (names->count > columns)
        patron_page_paragraph(&run->page, "The first %" PRIu64 " of %" PRIu64 " columns are drawn.",
                              columns, names->count);
    patron_texts_free(&labels);
    patron_texts_free(&heads);
    patron_texts_free(&titles);
    free(effects);
    return status;
}

patron_status report_write_segments(report_run *run)
{
    patron_page *page = &run->page;
    patron_page_section(page, "segments", "Segments");
    patron_status status = PATRON_OK;
    if (run->segment_path == NULL) {
        patron_page_paragraph(page, "Give a segment model beside the itemsets to see segments.");
    } else {
        if (!run->has_profile)
            patron_page_paragraph(page, "With <code>--data DATASET</code> segments get names, and "
                                        "their share of revenue.");
        write_table(run);
        report_write_withheld(run);
        status = write_shares(run);
        if (status == PATRON_OK)
            status = write_heatmap(run);
        if (run->shown_count > REPORT_DRAWN)
            patron_page_paragraph(page, "Charts show the %d largest segments.", REPORT_DRAWN);
    }
    patron_page_section_end(page);
    return status;
}
