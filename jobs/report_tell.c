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

static void summarize_by_segment(const report_run *run, patron_summary *summary)
{
    const patron_by_segment_view *view = &run->by_segment;
    patron_summary_set_count(summary, "segments_with_itemsets", view->k);
    patron_summary_set_count(summary, "segments_with_itemsets_withheld", view->withheld);
    patron_summary_set_count(summary, "baskets_of_segments", view->total);
    if (view->has_rules)
        patron_summary_set_count(summary, "rules_of_segments", view->rules);
    patron_summary_set(summary, "by_segment", by_segment_json_view(view));
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
        status = by_segment_print_view(&run->by_segment);
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
    return patron_job_end_summary(run->context, &summary);
}

patron_status report_tell(const report_run *run)
{
    return patron_job_wants_summary(run->context) ? tell_programs(run) : tell_people(run);
}
