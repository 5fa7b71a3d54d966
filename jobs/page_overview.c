/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the report: what was analysed, what was left out, and where to go. */
#include "report_run.h"

#include "cli/number.h"

#include <inttypes.h>
#include <string.h>

static void write_tile(patron_page *page, const char *name, uint64_t count)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_count(count, text);
    patron_page_markup(page, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, text);
}

static void write_tiles(report_run *run)
{
    patron_page *page = &run->page;
    patron_page_markup(page, "<dl class=\"tiles\">\n");
    if (run->segment_path != NULL) {
        write_tile(page, "customers", run->segments.rows);
        write_tile(page, "in segments", run->segments.rows - run->segments.dropped);
        write_tile(page, "left out", run->segments.dropped);
        write_tile(page, "segments", run->segments.k);
        write_tile(page, "columns clustered", run->segments.columns);
    }
    if (run->itemset_path != NULL) {
        write_tile(page, "baskets", run->itemsets.baskets);
        write_tile(page, "items", run->itemsets.names.count);
        write_tile(page, "sets of items", run->itemsets.sets);
        if (run->itemsets.has_rules)
            write_tile(page, "rules", run->itemsets.rules);
    }
    if (run->by_segment_path != NULL)
        write_tile(page, "baskets of segments", run->by_segment.total);
    patron_page_markup(page, "</dl>\n");
}

void report_write_name(report_run *run, const char *bytes, uint64_t length)
{
    char words[128];
    length = length < sizeof words ? length : sizeof words;
    memcpy(words, bytes, length);
    for (size_t i = 0; i < length; ++i)
        words[i] = (char)(words[i] == '_' ? ' ' : words[i]);
    patron_page_row_heading(&run->page, words, length);
}

static void write_quality(report_run *run)
{
    static const char *const headings[] = {"what", "#figure", NULL};
    enum { DECIMALS = 2 };
    patron_page *page = &run->page;
    const patron_dataset_extras *extras = &run->extras;
    if (extras->names.count == 0)
        return;
    patron_page_details(page, "What was read into the dataset, and what rules left out");
    patron_page_table(page, "Figures of reading", PATRON_PAGE_TABLE, headings);
    for (uint64_t i = 0; i < extras->names.count && i < REPORT_ROWS; ++i) {
        patron_page_row(page);
        report_write_name(run, patron_texts_at(&extras->names, i),
                          patron_texts_length(&extras->names, i));
        if (extras->figures[i].is_real)
            patron_page_cell_real(page, extras->figures[i].real, DECIMALS);
        else
            patron_page_cell_count(page, extras->figures[i].count);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_page_details_end(page);
}

static void write_contents(patron_page *page)
{
    static const char *const links[][2] = {
        {"analysed", "What was analysed"}, {"segments", "Segments"},
        {"choice", "How many segments"},   {"tree", "How segments join"},
        {"items", "What they buy"},        {"rules", "Bought together"},
        {"drift", "What changed"},         {"facts", "Where it comes from"}};
    patron_page_markup(page, "<nav aria-label=\"Sections\">\n<ul>\n");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; ++i)
        patron_page_markup(page, "<li><a href=\"#%s\">%s</a></li>\n", links[i][0], links[i][1]);
    patron_page_markup(page, "</ul>\n</nav>\n");
}

patron_status report_write_overview(report_run *run)
{
    patron_page *page = &run->page;
    patron_page_markup(
        page, "<p class=\"lead\">Groups of customers who are alike, and what goes together "
              "in their baskets.</p>\n");
    write_contents(page);
    patron_page_markup(page, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
    patron_page_section(page, "analysed", "What was analysed");
    write_tiles(run);
    if (run->segment_path == NULL)
        patron_page_paragraph(page, "No segment model was given; <code>patron segment</code> makes "
                                    "one.");
    if (run->itemset_path == NULL && run->by_segment_path == NULL)
        patron_page_paragraph(page, "No itemset model was given; <code>patron itemsets "
                                    "--rules</code> makes one.");
    if (run->has_profile)
        write_quality(run);
    patron_page_paragraph(page,
                          "Figures that fewer than %" PRIu64
                          " customers or baskets stand behind are withheld, and counted.",
                          run->options->min_group);
    patron_page_section_end(page);
    return PATRON_OK;
}
