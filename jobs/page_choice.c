/* SPDX-License-Identifier: Apache-2.0 */
/* How many segments: figures of each k, and how good each segment of the fit is. */
#include "report_run.h"

#include "page/chart.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES = 5, DIGITS = 4 };

typedef struct curve {
    patron_chart_words words;
    const char *heading;
    size_t value, error; /* places in a row; error 0: none */
} curve;

static const curve curves[CURVES] = {
    {{"Inertia: where the curve bends",
      "Line: inertia by the number of segments; the largest mark is the chosen one."},
     "#inertia",
     offsetof(patron_sweep_row, inertia),
     0},
    {{"Silhouette: how clearly apart",
      "Line: silhouette by the number of segments; the largest mark is the chosen one."},
     "#silhouette",
     offsetof(patron_sweep_row, silhouette),
     offsetof(patron_sweep_row, silhouette_error)},
    {{"Pair silhouette: apart by the distances of all pairs",
      "Line: mean silhouette by pairs of customers, by the number of segments; the largest mark is "
      "the chosen one."},
     "#pair silhouette",
     offsetof(patron_sweep_row, pair_silhouette),
     offsetof(patron_sweep_row, pair_silhouette_error)},
    {{"Stability: the same on halves of the data",
      "Line: mean Jaccard overlap by the number of segments; the largest mark is the chosen one."},
     "#stability",
     offsetof(patron_sweep_row, jaccard),
     0},
    {{"Gap: against data without clusters",
      "Line: gap statistic by the number of segments; the largest mark is the chosen one."},
     "#gap",
     offsetof(patron_sweep_row, gap),
     offsetof(patron_sweep_row, gap_error)}};

static double figure_of(const patron_sweep_row *row, size_t place)
{
    double value = 0.0;
    memcpy(&value, (const char *)row + place, sizeof value);
    return value;
}

static void write_curve_rows(patron_page *page, const patron_sweep *sweep, const curve *which)
{
    const char *const headings[] = {"#segments", which->heading, NULL};
    patron_page_details(page, "The figures of this chart");
    patron_page_table(page, which->words.title, PATRON_PAGE_TABLE, headings);
    for (uint32_t i = 0; i < sweep->count && i < REPORT_ROWS; ++i) {
        patron_page_row(page);
        patron_page_cell_count(page, sweep->rows[i].k);
        patron_page_cell_figure(page, figure_of(&sweep->rows[i], which->value), DIGITS);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_page_details_end(page);
}

static patron_status write_curves(patron_page *page, const patron_sweep *sweep)
{
    uint32_t count = sweep->count;
    double *x = patron_allocate(3 * (uint64_t)count, sizeof *x);
    if (x == NULL)
        return PATRON_RESOURCE;
    double *y = x + count, *error = y + count;
    patron_page_markup(page, "<div class=\"charts\">\n");
    for (int c = 0; c < CURVES; ++c) {
        for (uint32_t i = 0; i < count; ++i) {
            x[i] = (double)sweep->rows[i].k;
            y[i] = figure_of(&sweep->rows[i], curves[c].value);
            error[i] = curves[c].error > 0 ? figure_of(&sweep->rows[i], curves[c].error) : 0.0;
        }
        patron_chart_line(page, &curves[c].words, x, y, error, count, sweep->chosen);
        write_curve_rows(page, sweep, &curves[c]);
        patron_chart_close(page);
    }
    patron_page_markup(page, "</div>\n");
    free(x);
    return PATRON_OK;
}

static patron_status write_sweep(report_run *run)
{
    patron_page *page = &run->page;
    const patron_sweep *sweep = &run->segments.sweep;
    if (sweep->count == 0) {
        patron_page_paragraph(page,
                              "The number of segments, %" PRIu64
                              ", was given. <code>patron segment --k-range 2..20</code> "
                              "tries each, and tells here how good each is.",
                              run->segments.k_requested);
        return PATRON_OK;
    }
    patron_page_markup(
        page, "<p>Chosen: <strong>%" PRIu32 " segments</strong> of %" PRIu32 " to %" PRIu32 ". ",
        sweep->rows[sweep->chosen].k, sweep->rows[0].k, sweep->rows[sweep->count - 1].k);
    patron_page_data(page, sweep->reason, strlen(sweep->reason));
    patron_page_markup(page, ". In each curve the largest mark is this one.</p>\n");
    if (!sweep->test.has_clusters)
        patron_page_paragraph(page, "<strong>The data show no clusters of their own:</strong> "
                                    "segments divide a continuum.");
    return write_curves(page, sweep);
}

static void write_validation(report_run *run)
{
    static const char *const headings[] = {
        "segment",     "#silhouette",    "#stability", "#compactness",
        "#separation", "#connectedness", NULL};
    patron_page *page = &run->page;
    const patron_validation *validation = &run->segments.validation;
    if (validation->segments == NULL) {
        patron_page_paragraph(page, "<code>patron segment --validate</code> judges each segment.");
        return;
    }
    patron_page_table(page, "How good each segment is", PATRON_PAGE_SORTS, headings);
    for (uint64_t i = 0; i < run->shown_count && i < REPORT_ROWS; ++i) {
        const patron_validated_segment *own = &validation->segments[run->shown[i]];
        const double figures[] = {own->silhouette, own->stability, own->compactness,
                                  own->separation, own->connectedness};
        patron_page_row(page);
        patron_page_row_heading(page, patron_texts_at(&run->labels, run->shown[i]),
                                patron_texts_length(&run->labels, run->shown[i]));
        for (size_t f = 0; f < sizeof figures / sizeof figures[0]; ++f)
            patron_page_cell_figure(page, figures[f], DIGITS);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
}

patron_status report_write_choice(report_run *run)
{
    patron_status status = PATRON_OK;
    patron_page_section(&run->page, "choice", "How many segments");
    if (run->segment_path == NULL) {
        patron_page_paragraph(&run->page, "Needs a segment model.");
    } else {
        status = write_sweep(run);
        write_validation(run);
    }
    patron_page_section_end(&run->page);
    return status;
}
