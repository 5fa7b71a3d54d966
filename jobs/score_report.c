/* SPDX-License-Identifier: Apache-2.0 */
/* What the score job tells: customers by segment, how many are far, what was left out. */
#include "score_run.h"

#include "cli/json.h"
#include "cli/summary.h"
#include "jobs.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <string.h>

static bool is_shown(const score_run *run, uint64_t segment)
{
    return run->size[segment] == 0 || run->size[segment] >= run->options->min_group;
}

static uint64_t withheld(const score_run *run)
{
    uint64_t count = 0;
    for (uint64_t s = 0; s < run->segments.k; ++s)
        count += is_shown(run, s) ? 0 : 1;
    return count;
}

/* Few of them are as telling as few customers. */
static bool tells_far(const score_run *run, uint64_t segment)
{
    return run->segments.spread.quantile != NULL &&
           (run->far[segment] == 0 || run->far[segment] >= run->options->min_group);
}

static double share_of(const score_run *run, uint64_t segment)
{
    uint64_t scored = patron_dataset_rows(run->dataset) - run->dropped;
    return scored == 0 ? 0.0 : (double)run->size[segment] / (double)scored;
}

static patron_status print_json(const score_run *run)
{
    const patron_job_context *context = run->context;
    patron_summary summary = patron_summary_create("score");
    json_t *segments = json_array();
    for (uint64_t s = 0; s < run->segments.k; ++s) {
        if (!is_shown(run, s))
            continue;
        json_t *object = json_object();
        report_json_set(object, "segment", patron_json_count(s));
        report_json_set(object, "customers", patron_json_count(run->size[s]));
        report_json_set(object, "share", patron_json_real(share_of(run, s)));
        report_json_set(object, "outliers",
                        tells_far(run, s) ? patron_json_count(run->far[s]) : json_null());
        json_array_append_new(segments, object);
    }
    patron_summary_set_count(&summary, "customers", patron_dataset_rows(run->dataset));
    patron_summary_set_count(&summary, "dropped", run->dropped);
    patron_summary_set_count(&summary, "outliers", run->outliers);
    patron_summary_set_count(&summary, "withheld", withheld(run));
    patron_summary_set(&summary, "segments", segments);
    if (run->options->rules != NULL) {
        patron_summary_set_count(&summary, "offers", run->offers.total);
        patron_summary_set_count(&summary, "customers_with_offers", run->offers.customers);
        patron_summary_set_text(&summary, "rules_digest", run->offers.rules_digest,
                                strlen(run->offers.rules_digest));
    }
    patron_summary_set_text(&summary, "dataset_digest", run->digest, strlen(run->digest));
    patron_summary_set_text(&summary, "segments_digest", run->model_digest,
                            strlen(run->model_digest));
    patron_summary_set_count(&summary, "ranks", (uint64_t)context->comm->size);
    patron_summary_set_count(&summary, "threads", (uint64_t)context->threads);
    patron_summary_set_seconds(&summary, &context->phases);
    patron_status status = patron_job_print_summary(context, &summary);
    patron_summary_free(&summary);
    return status;
}

static patron_status print_text(const score_run *run)
{
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "customers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "share %", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "far", PATRON_ALIGN_RIGHT, false);
    for (uint64_t s = 0; s < run->segments.k; ++s) {
        if (!is_shown(run, s))
            continue;
        patron_table_add_count(&table, s);
        patron_table_add_count(&table, run->size[s]);
        patron_table_add_decimal(&table, 100.0 * share_of(run, s), 1);
        if (tells_far(run, s))
            patron_table_add_count(&table, run->far[s]);
        else
            report_add_text(&table, "-");
    }
    patron_status status =
        report_print_line("%" PRIu64 " customers in %" PRIu64 " segments (%" PRIu64
                          " left out), %" PRIu64 " far from theirs",
                          patron_dataset_rows(run->dataset) - run->dropped, run->segments.k,
                          run->dropped, run->outliers);
    patron_status printed = report_print_table("Segments", &table);
    status = status == PATRON_OK ? printed : status;
    if (status == PATRON_OK && withheld(run) > 0)
        status = report_print_line("%" PRIu64 " segments of fewer than %" PRIu64
                                   " customers are withheld (--min-group)",
                                   withheld(run), run->options->min_group);
    if (status == PATRON_OK && run->options->rules != NULL)
        status = report_print_line(
            "%" PRIu64 " offers to %" PRIu64 " customers by %" PRIu64 " rules", run->offers.total,
            run->offers.customers, run->offers.table.rules.count);
    return status;
}

patron_status score_report_print(const score_run *run)
{
    return patron_job_wants_summary(run->context) ? print_json(run) : print_text(run);
}
