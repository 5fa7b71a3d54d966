/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of an itemset model of segments: what each holds, and what tells it from the others. */
#include "inspect_reports.h"

#include "by_segment_told.h"
#include "jobs.h"
#include "model/itemset_model.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <string.h>

static patron_status print_json(patron_job_context *context, const inspect_options *options,
                                const patron_by_segment_view *view)
{
    const char *path = options->inputs.names[0];
    patron_summary summary = patron_summary_create("inspect");
    patron_summary_set_text(&summary, "path", path, strlen(path));
    patron_summary_set_text(&summary, "kind", PATRON_ITEMSET_KIND, strlen(PATRON_ITEMSET_KIND));
    patron_summary_set_text(&summary, "segments_digest", view->segments_digest,
                            strlen(view->segments_digest));
    patron_summary_set_count(&summary, "segments", view->k);
    patron_summary_set_count(&summary, "segments_withheld", view->withheld);
    patron_summary_set_count(&summary, "baskets", view->total + view->without);
    patron_summary_set_count(&summary, "baskets_without_segment", view->without);
    patron_summary_set_count(&summary, "items", view->names.count);
    if (view->has_rules)
        patron_summary_set_count(&summary, "rules", view->rules);
    patron_summary_set(&summary, "by_segment", by_segment_json_view(view));
    patron_summary_set(&summary, "run", report_json_facts(&view->run));
    return patron_job_end_summary(context, &summary);
}

static patron_status print_text(const inspect_options *options, const patron_by_segment_view *view)
{
    patron_status status = report_print_line(
        "%s: an itemset model by segment: %" PRIu64 " baskets of %" PRIu64
        " different items, %" PRIu64 " of them of no segment; segments of the model of digest %s",
        options->inputs.names[0], view->total + view->without, view->names.count, view->without,
        view->segments_digest);
    if (status == PATRON_OK)
        status = by_segment_print_view(view);
    if (status == PATRON_OK && view->withheld > 0)
        status = report_print_line(
            "\n%" PRIu32 " %s fewer than %" PRIu64 " customers%s: not shown (--min-group)",
            view->withheld, view->withheld == 1 ? "segment has" : "segments have",
            options->min_group, report_complement_note(view->least, options->min_group));
    return status == PATRON_OK ? report_print_run(&view->run) : status;
}

patron_status inspect_by_segment_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    patron_by_segment_view view = {0};
    patron_status status =
        patron_by_segment_view_read(comm, options->inputs.names[0], options->min_group, &view);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        if (comm->rank == 0)
            status = patron_job_wants_summary(context) ? print_json(context, options, &view)
                                                       : print_text(options, &view);
        status = patron_comm_agree(comm, status);
    }
    patron_by_segment_view_free(&view);
    return status;
}
