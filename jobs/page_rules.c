/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: a scatter of support, confidence and lift, and a table that sorts and filters. */
#include "report_run.h"

#include "cli/number.h"
#include "item_labels.h"
#include "page/chart.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const double percent = 100.0;

static patron_status write_items(report_run *run, const patron_item_list *list, bool is_heading)
{
    patron_texts joined = {0};
    patron_status status = patron_item_labels_join(&run->itemsets.names, &run->itemsets.labels,
                                                   list->items, list->length, &joined);
    if (status == PATRON_OK)
        (is_heading ? patron_page_row_heading : patron_page_cell_text)(
            &run->page, patron_texts_at(&joined, 0), patron_texts_length(&joined, 0));
    patron_texts_free(&joined);
    return status;
}

static patron_status write_rule(report_run *run, const patron_rule_view *rule)
{
    patron_page *page = &run->page;
    patron_page_row(page);
    patron_status status = write_items(run, &rule->antecedent, true);
    if (status == PATRON_OK)
        status = write_items(run, &rule->consequent, false);
    patron_page_cell_count(page, rule->count);
    patron_page_cell_real(page, percent * rule->measures.support, 2);
    patron_page_cell_real(page, percent * rule->measures.confidence, 1);
    patron_page_cell_real(page, rule->measures.lift, 2);
    patron_page_row_end(page);
    return status;
}

static patron_status write_table(report_run *run)
{
    static const char *const headings[] = {"who buys",      "also buys", "#baskets", "#support %",
                                           "#confidence %", "#lift",     NULL};
    const patron_itemset_view *view = &run->itemsets;
    patron_page *page = &run->page;
    size_t limit = patron_page_length(page) + REPORT_RULE_BYTES;
    patron_status status = PATRON_OK;
    patron_page_table(page, "Rules, the highest lift first", PATRON_PAGE_SORTS_FILTERS, headings);
    while (status == PATRON_OK && run->rules_listed < view->top_rule_count &&
           patron_page_length(page) < limit)
        status = write_rule(run, &view->top_rules[run->rules_listed++]);
    patron_page_table_end(page);
    return status;
}

/* Shades by a fifth of the rules each: bounds ascend. */
static void find_bounds(const patron_itemset_view *view, double bounds[PATRON_CHART_SHADES])
{
    uint64_t count = view->top_rule_count; /* lifts fall */
    for (uint64_t i = 0; i < PATRON_CHART_SHADES; ++i)
        bounds[i] =
            view->top_rules[count - 1 - i * (count - 1) / PATRON_CHART_SHADES].measures.lift;
}

static patron_status draw(report_run *run)
{
    static const patron_chart_words words = {
        "Rules by support, confidence and lift",
        "Scatter: a mark a rule; darker and larger is a higher lift. The table of rules has its "
        "figures."};
    static const char *const axis[2] = {"support, % of baskets", "confidence, %"};
    const patron_itemset_view *view = &run->itemsets;
    double bounds[PATRON_CHART_SHADES];
    patron_chart_point *points = patron_allocate(view->top_rule_count, sizeof *points);
    if (points == NULL)
        return PATRON_RESOURCE;
    find_bounds(view, bounds);
    for (uint32_t i = 0; i < view->top_rule_count; ++i) {
        const patron_itemset_measures *own = &view->top_rules[i].measures;
        points[i] = (patron_chart_point){percent * own->support, percent * own->confidence, 0};
        while (points[i].shade + 1 < PATRON_CHART_SHADES &&
               own->lift >= bounds[points[i].shade + 1])
            ++points[i].shade;
    }
    patron_chart_scatter(&run->page, &words, points, view->top_rule_count, axis, "lift", bounds);
    free(points);
    return PATRON_OK;
}

/* How many rules there are, are shown, and are withheld. */
static void write_counts(report_run *run)
{
    const patron_itemset_view *view = &run->itemsets;
    char rules[PATRON_NUMBER_CAPACITY];
    patron_number_count(view->rules, rules);
    if (view->rules == 0)
        patron_page_paragraph(&run->page, "The model holds no rules.");
    else if (run->rules_listed == view->rules)
        patron_page_paragraph(&run->page, "All %s rules of the model are listed.", rules);
    else
        patron_page_paragraph(&run->page,
                              "%s rules in the model; listed are the best %" PRIu32
                              " by lift (<code>--top</code>, and a page below a megabyte).",
                              rules, run->rules_listed);
    if (view->rules_withheld > 0)
        patron_page_paragraph(&run->page,
                              "%" PRIu64 " hold for fewer than %" PRIu64
                              " baskets and are withheld (<code>--min-group</code>).",
                              view->rules_withheld, run->options->min_group);
}

static patron_status write_rules(report_run *run)
{
    const patron_itemset_view *view = &run->itemsets;
    if (view->top_rule_count == 0) {
        write_counts(run);
        return PATRON_OK;
    }
    patron_page_paragraph(&run->page, "Support: share of baskets that hold both sides. Confidence: "
                                      "of those with the left side, the share that have the right "
                                      "one. Lift: how many times as often as by chance.");
    patron_status status = draw(run);
    if (status == PATRON_OK)
        status = write_table(run);
    patron_chart_close(&run->page);
    write_counts(run);
    return status;
}

patron_status report_write_rules(report_run *run)
{
    patron_status status = PATRON_OK;
    patron_page_section(&run->page, "rules", "Bought together");
    if (run->itemset_path == NULL)
        patron_page_paragraph(&run->page, "Needs an itemset model: <code>patron itemsets DATASET "
                                          "--rules -o itemsets.h5</code>.");
    else if (!run->itemsets.has_rules)
        patron_page_paragraph(&run->page, "The itemset model has no rules; <code>patron itemsets "
                                          "--rules</code> adds them.");
    else
        status = write_rules(run);
    patron_page_section_end(&run->page);
    return status;
}
