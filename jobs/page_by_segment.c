/* SPDX-License-Identifier: Apache-2.0 */
/* What each segment buys more than others, from a model of itemsets by segment: the counts are of
 * all baskets, with the chance that they came about without a difference. */
#include "report_run.h"
#include "report_text.h"

#include "by_segment_told.h"
#include "item_labels.h"
#include "page/chart.h"

#include <inttypes.h>
#include <stdio.h>

enum { BARS = 20, DECIMALS = 2 };

static const double percent = 100.0;

static patron_status join(const report_run *run, const uint32_t *items, uint32_t count,
                          patron_texts *joined)
{
    patron_texts_free(joined);
    return patron_item_labels_join(&run->by_segment.names, &run->by_segment.labels, items, count,
                                   joined);
}

static patron_status write_items(report_run *run, const uint32_t *items, uint32_t count)
{
    patron_texts joined = {0};
    patron_status status = join(run, items, count, &joined);
    if (status == PATRON_OK)
        patron_page_cell_text(&run->page, patron_texts_at(&joined, 0),
                              patron_texts_length(&joined, 0));
    patron_texts_free(&joined);
    return status;
}

/* The segment's label, or its number where there is no segment model. */
static void write_segment(report_run *run, uint32_t segment)
{
    char number[16];
    int length = snprintf(number, sizeof number, "%" PRIu32, segment);
    if (segment < run->labels.count)
        patron_page_row_heading(&run->page, patron_texts_at(&run->labels, segment),
                                patron_texts_length(&run->labels, segment));
    else
        patron_page_row_heading(&run->page, number, (uint64_t)length);
}

/* ---- items ---- */

static patron_status write_item(report_run *run, const by_segment_told *told, uint32_t segment,
                                const patron_itemset_group_item *item)
{
    patron_page *page = &run->page;
    patron_page_row(page);
    write_segment(run, segment);
    patron_status status = write_items(run, &item->item, 1);
    patron_page_cell_count(page, item->held);
    patron_page_cell_real(page, percent * by_segment_share(told, segment, item), 1);
    patron_page_cell_real(page, percent * by_segment_share_of_others(told, segment, item), 1);
    patron_page_cell_real(page, item->lift, DECIMALS);
    patron_page_cell_figure(page, item->p_value, DECIMALS);
    patron_page_row_end(page);
    return status;
}

static patron_status write_item_table(report_run *run, const by_segment_told *told)
{
    static const char *const headings[] = {
        "segment",       "item",  "#baskets", "#% of its baskets",
        "#% of others'", "#lift", "#chance",  NULL};
    size_t limit = patron_page_length(&run->page) + REPORT_SEGMENT_BYTES;
    patron_status status = PATRON_OK;
    patron_page_table(&run->page, "Items of each segment against the others",
                      PATRON_PAGE_SORTS_FILTERS, headings);
    for (uint32_t s = 0; s < told->k; ++s)
        for (uint32_t i = 0; status == PATRON_OK && i < told->best[s].item_count &&
                             patron_page_length(&run->page) < limit;
             ++i)
            status = write_item(run, told, s, &told->best[s].items[i]);
    patron_page_table_end(&run->page);
    return status;
}

/* The best item of each segment as a bar; no bars, no chart. */
static patron_status draw(report_run *run)
{
    static const patron_chart_words words = {
        "The item that each segment buys most above the others, by lift",
        "Bars: how many times as often as in the baskets of all segments; the segment's number "
        "stands before."};
    const patron_by_segment_view *view = &run->by_segment;
    double lifts[BARS];
    patron_texts bars = {0}, item = {0};
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < view->k && bars.count < BARS; ++s) {
        if (view->best[s].item_count == 0)
            continue;
        lifts[bars.count] = view->best[s].items[0].lift;
        status = join(run, &view->best[s].items[0].item, 1, &item);
        if (status == PATRON_OK)
            status = report_append_bar(&bars, s, &item);
    }
    if (status == PATRON_OK)
        patron_chart_bars(&run->page, &words, &bars, lifts, NULL, NULL);
    patron_texts_free(&bars);
    patron_texts_free(&item);
    return status;
}

/* ---- rules ---- */

static patron_status write_rule(report_run *run, uint32_t segment,
                                const patron_itemset_group_rule *best)
{
    patron_page *page = &run->page;
    const patron_itemset_rule *rule = &best->rule;
    patron_page_row(page);
    write_segment(run, segment);
    patron_status status = write_items(run, rule->antecedent, rule->antecedent_length);
    if (status == PATRON_OK)
        status = write_items(run, rule->consequent, rule->consequent_length);
    patron_page_cell_count(page, rule->support_count);
    patron_page_cell_real(page, percent * rule->measures.confidence, 1);
    patron_page_cell_real(page, rule->measures.lift, DECIMALS);
    patron_page_cell_real(page, best->lift_in_all, DECIMALS);
    patron_page_row_end(page);
    return status;
}

static patron_status write_rule_table(report_run *run)
{
    static const char *const headings[] = {"segment",       "who buys", "also buys",    "#baskets",
                                           "#confidence %", "#lift",    "#lift in all", NULL};
    const patron_by_segment_view *view = &run->by_segment;
    size_t limit = patron_page_length(&run->page) + REPORT_SEGMENT_BYTES;
    patron_status status = PATRON_OK;
    patron_page_table(&run->page, "Rules of each segment, the furthest above all segments first",
                      PATRON_PAGE_SORTS_FILTERS, headings);
    for (uint32_t s = 0; s < view->k; ++s)
        for (uint32_t i = 0; status == PATRON_OK && i < view->best[s].rule_count &&
                             patron_page_length(&run->page) < limit;
             ++i)
            status = write_rule(run, s, &view->best[s].rules[i]);
    patron_page_table_end(&run->page);
    return status;
}

/* ---- all of it ---- */

static uint64_t count_best(const patron_by_segment_view *view, bool of_rules)
{
    uint64_t count = 0;
    for (uint32_t s = 0; s < view->k; ++s)
        count += of_rules ? view->best[s].rule_count : view->best[s].item_count;
    return count;
}

patron_status report_write_by_segment(report_run *run)
{
    patron_page *page = &run->page;
    const patron_by_segment_view *view = &run->by_segment;
    const by_segment_told told = {
        .k = view->k, .total = view->total, .baskets = view->baskets, .best = view->best};
    patron_status status = PATRON_OK;
    if (view->withheld > 0)
        patron_page_paragraph(page,
                              "%" PRIu32 " of %" PRIu32 " segments: fewer than %" PRIu64
                              " customers with baskets%s, withheld (<code>--min-group</code>).",
                              view->withheld, view->k, run->options->min_group,
                              report_complement_note(view->least, run->options->min_group));
    if (count_best(view, false) == 0) {
        patron_page_paragraph(page, "No item stands out in enough baskets.");
    } else {
        patron_page_paragraph(page, "Lift: how many times as often as in the baskets of all "
                                    "segments. Chance: how likely so many baskets would be, were "
                                    "the item dealt to baskets at random.");
        status = draw(run);
        if (status == PATRON_OK)
            status = write_item_table(run, &told);
        patron_chart_close(page);
    }
    if (status == PATRON_OK && count_best(view, true) > 0)
        status = write_rule_table(run);
    return status;
}
