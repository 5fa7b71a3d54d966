/* SPDX-License-Identifier: Apache-2.0 */
/* What the report job tells of its page on standard output. */
#include "report_run.h"

#include "by_segment_told.h"
#include "cli/json.h"
#include "jobs.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <string.h>

/* ---- items and rules by segment ---- */

static bool is_withheld(const report_run *run, uint32_t segment)
{
    return run->by_segment.customers[segment] < run->options->min_group;
}

static by_segment_told told_of(const report_run *run)
{
    const patron_by_segment_view *view = &run->by_segment;
    return (by_segment_told){.k = view->k,
                             .total = view->total,
                             .baskets = view->baskets,
                             .best = view->best,
                             .names = &view->names,
                             .labels = &view->labels,
                             .has_items = true,
                             .has_rules = view->has_rules,
                             .rules = view->rules};
}

static patron_status print_by_segment(const report_run *run)
{
    const patron_by_segment_view *view = &run->by_segment;
    const by_segment_told told = told_of(run);
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "customers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; s < view->k; ++s) {
        if (is_withheld(run, s))
            continue;
        patron_table_add_count(&table, s);
        patron_table_add_count(&table, view->customers[s]);
        patron_table_add_count(&table, view->baskets[s]);
    }
    patron_status status =
        report_print_line("\n%" PRIu64 " baskets of %" PRIu32 " segments, %" PRIu32 " withheld:\n",
                          view->total, view->k, view->withheld);
    patron_status printed = by_segment_print_table(&table);
    status = status == PATRON_OK ? printed : status;
    return status == PATRON_OK ? by_segment_print_best(&told) : status;
}

static void summarize_by_segment(const report_run *run, patron_summary *summary)
{
    const patron_by_segment_view *view = &run->by_segment;
    const by_segment_told told = told_of(run);
    json_t *segments = json_array();
    for (uint32_t s = 0; s < view->k; ++s) {
        if (is_withheld(run, s))
            continue;
        json_t *object = json_object();
        report_json_set(object, "segment", patron_json_count(s));
        report_json_set(object, "customers", patron_json_count(view->customers[s]));
        report_json_set(object, "baskets", patron_json_count(view->baskets[s]));
        by_segment_json_best(object, &told, s);
        json_array_append_new(segments, object);
    }
    patron_summary_set_count(summary, "segments_with_itemsets", view->k);
    patron_summary_set_count(summary, "segments_with_itemsets_withheld", view->withheld);
    patron_summary_set_count(summary, "baskets_of_segments", view->total);
    if (view->has_rules)
        patron_summary_set_count(summary, "rules_of_segments", view->rules);
    patron_summary_set(summary, "by_segment", segments);
}

/* ---- all of it ---- */

static patron_status tell_people(const report_run *run)
{
    const patron_itemset_view *itemsets = &run->itemsets;
    patron_status status =
        report_print_line("%s: %zu bytes with %" PRIu32 " charts, opens in any browser",
                          run->context->common->output, (size_t)run->page.length, run->page.charts);
    if (status == PATRON_OK)
        status = report_print_line(
            "%" PRIu64 " segments, %" PRIu64 " withheld; %" PRIu64 " rules, %" PRIu32
            " listed, %" PRIu64 " withheld",
            (uint64_t)run->segments.k, (uint64_t)run->segments.k - run->shown_count,
            (uint64_t)itemsets->rules, run->rules_listed, (uint64_t)itemsets->rules_withheld);
    if (status == PATRON_OK && run->by_segment_path != NULL)
        status = print_by_segment(run);
    return status;
}

static patron_status tell_programs(const report_run *run)
{
    const patron_common_options *common = run->context->common;
    patron_summary summary = patron_summary_create("report");
    patron_summary_set_text(&summary, "output", common->output, strlen(common->output));
    patron_summary_set_count(&summary, "bytes", run->page.length);
    patron_summary_set_count(&summary, "charts", run->page.charts);
    patron_summary_set_count(&summary, "segments", run->segments.k);
    patron_summary_set_count(&summary, "segments_withheld", run->segments.k - run->shown_count);
    patron_summary_set_count(&summary, "rules", run->itemsets.rules);
    patron_summary_set_count(&summary, "rules_listed", run->rules_listed);
    patron_summary_set_count(&summary, "rules_withheld", run->itemsets.rules_withheld);
    if (run->by_segment_path != NULL)
        summarize_by_segment(run, &summary);
    patron_summary_set_run(&summary, &run->context->phases);
    patron_status status = patron_job_print_summary(run->context, &summary);
    patron_summary_free(&summary);
    return status;
}

patron_status report_tell(const report_run *run)
{
    return patron_job_wants_summary(run->context) ? tell_programs(run) : tell_people(run);
}
