/* SPDX-License-Identifier: Apache-2.0 */
/* What each segment buys more than others. */
#include "report_run.h"

#include "item_labels.h"
#include "page/chart.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BARS = 20, MOST = 5 };

/* An item that a segment buys more. */
typedef struct told_item {
    uint32_t segment, item;
    double lift;
} told_item;

/* Of the drawn segments, segment by segment; told[REPORT_DRAWN x MOST] is room.  How many. */
static uint32_t find_items(const report_run *run, told_item *told)
{
    uint32_t count = 0, items[MOST];
    for (uint64_t i = 0; i < run->shown_count && i < REPORT_DRAWN; ++i) {
        uint32_t segment = (uint32_t)run->shown[i];
        uint32_t found = profile_best_items(&run->profile, segment, MOST, items);
        for (uint32_t n = 0; n < found; ++n)
            told[count++] =
                (told_item){segment, items[n], profile_item_lift(&run->profile, segment, items[n])};
    }
    return count;
}

static patron_status append_item(const report_run *run, const told_item *told, patron_texts *labels)
{
    return patron_item_labels_join(patron_dataset_item_names(run->profile.dataset),
                                   patron_dataset_item_labels(run->profile.dataset), &told->item, 1,
                                   labels);
}

static patron_status write_rows(report_run *run, const told_item *told, uint32_t count)
{
    static const char *const headings[] = {"segment",           "item",  "#baskets",
                                           "#% of its baskets", "#lift", NULL};
    enum { DECIMALS = 2 };
    const double percent = 100.0;
    patron_page *page = &run->page;
    const profile_items *items = &run->profile.items;
    patron_texts labels = {0};
    patron_status status = PATRON_OK;
    patron_page_table(page, "Items by lift over all segments", PATRON_PAGE_SORTS_FILTERS, headings);
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint32_t segment = told[i].segment;
        uint64_t baskets = items->count[(uint64_t)segment * items->items + told[i].item];
        status = append_item(run, &told[i], &labels);
        if (status != PATRON_OK)
            break;
        patron_page_row(page);
        patron_page_row_heading(page, patron_texts_at(&run->labels, segment),
                                patron_texts_length(&run->labels, segment));
        patron_page_cell_text(page, patron_texts_at(&labels, i), patron_texts_length(&labels, i));
        patron_page_cell_count(page, baskets);
        patron_page_cell_real(page, percent * (double)baskets / (double)items->baskets[segment], 1);
        patron_page_cell_real(page, told[i].lift, DECIMALS);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
    patron_texts_free(&labels);
    return status;
}

patron_status report_append_bar(patron_texts *bars, uint32_t segment, const patron_texts *item)
{
    char *text = NULL;
    patron_status status = PATRON_OK;
    if (asprintf(&text, "%" PRIu32 " · %.*s", segment, (int)patron_texts_length(item, 0),
                 patron_texts_at(item, 0)) < 0)
        return patron_fail(PATRON_RESOURCE, "out of memory for a label");
    status = patron_texts_append(bars, text, (uint64_t)strlen(text));
    free(text);
    return status;
}

/* The best of each segment as a bar. */
static patron_status draw(report_run *run, const told_item *told, uint32_t count)
{
    static const patron_chart_words words = {
        "The item that each segment buys most above the others, by lift",
        "Bars: how many times as often as in all baskets; the segment's number stands before."};
    double lifts[BARS];
    patron_texts labels = {0}, item = {0};
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < count && labels.count < BARS; ++i) {
        if (i > 0 && told[i].segment == told[i - 1].segment)
            continue;
        lifts[labels.count] = told[i].lift;
        patron_texts_free(&item);
        status = append_item(run, &told[i], &item);
        if (status == PATRON_OK)
            status = report_append_bar(&labels, told[i].segment, &item);
    }
    if (status == PATRON_OK)
        patron_chart_bars(&run->page, &words, &labels, lifts, NULL, NULL);
    patron_texts_free(&labels);
    patron_texts_free(&item);
    return status;
}

patron_status report_write_items(report_run *run)
{
    patron_page *page = &run->page;
    patron_page_section(page, "items", "What each segment buys more than others");
    patron_status status = PATRON_OK;
    if (run->by_segment_path != NULL) {
        status = report_write_by_segment(run);
    } else if (!run->has_profile || run->profile.items.items == 0) {
        patron_page_paragraph(page, "Needs <code>--data DATASET</code> with baskets of the "
                                    "customers in segments, or a model of <code>patron itemsets "
                                    "--by-segment</code>.");
    } else {
        told_item *told = patron_allocate((uint64_t)REPORT_DRAWN * MOST, sizeof *told);
        uint32_t count = told != NULL ? find_items(run, told) : 0;
        status = told == NULL ? PATRON_RESOURCE : PATRON_OK;
        if (status == PATRON_OK && count == 0) {
            patron_page_paragraph(page, "No item stands out in enough baskets.");
        } else if (status == PATRON_OK) {
            status = draw(run, told, count);
            if (status == PATRON_OK)
                status = write_rows(run, told, count);
            patron_chart_close(page);
        }
        free(told);
    }
    patron_page_section_end(page);
    return status;
}
