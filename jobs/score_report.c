/* SPDX-License-Identifier: Apache-2.0 */
/* What the score job tells: customers by segment, how many are far, what was left out; offers, and
 * what the policy kept back. */
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
    return run->size[segment] == 0 || run->size[segment] >= run->least;
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

static const char *rows_name(const score_run *run)
{
    return run->options->baskets ? "baskets" : "customers";
}

static double share_of(const score_run *run, uint64_t segment)
{
    uint64_t scored = run->rows - run->dropped;
    return scored == 0 ? 0.0 : (double)run->size[segment] / (double)scored;
}

/* ---- JSON ---- */

static void set_segments(patron_summary *summary, const score_run *run)
{
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
    patron_summary_set_count(summary, "dropped", run->dropped);
    patron_summary_set_count(summary, "outliers", run->outliers);
    patron_summary_set_count(summary, "withheld", withheld(run));
    patron_summary_set(summary, "segments", segments);
}

static void set_policy(patron_summary *summary, const score_run *run)
{
    const patron_withheld_tally *tally = &run->offers.tally;
    json_t *reasons = json_array();
    for (int reason = 1; reason < PATRON_WITHHELD_REASONS; ++reason) {
        const char *name = patron_withheld_names[reason];
        json_t *object = json_object();
        report_json_set(object, "reason", patron_json_text(name, strlen(name)));
        report_json_set(object, "offers", patron_json_count(tally->offers[reason]));
        report_json_set(object, rows_name(run), patron_json_count(tally->rows[reason]));
        json_array_append_new(reasons, object);
    }
    patron_summary_set_count(summary, "offers_before_policy", tally->before);
    patron_summary_set(summary, "offers_withheld", reasons);
    patron_summary_set_count(summary, "offers_instead", tally->instead);
    if (run->policy.quiet_list != NULL) {
        patron_summary_set_count(summary, "quiet_listed", run->offers.listed);
        patron_summary_set_count(summary, "quiet_unknown", run->offers.unknown);
    }
}

static void set_offers(patron_summary *summary, const score_run *run)
{
    patron_summary_set_count(summary, "offers", run->offers.total);
    patron_summary_set_count(
        summary, run->options->baskets ? "baskets_with_offers" : "customers_with_offers",
        run->offers.rows);
    if (run->options->policy != NULL)
        set_policy(summary, run);
    patron_summary_set_text(summary, "rules_digest", run->offers.rules_digest,
                            strlen(run->offers.rules_digest));
}

static patron_status print_json(const score_run *run)
{
    const patron_job_context *context = run->context;
    patron_summary summary = patron_summary_create("score");
    patron_summary_set_count(&summary, rows_name(run), run->rows);
    if (!run->options->baskets)
        set_segments(&summary, run);
    if (run->options->rules != NULL)
        set_offers(&summary, run);
    patron_summary_set_text(&summary, "dataset_digest", run->digest, strlen(run->digest));
    if (!run->options->baskets)
        patron_summary_set_text(&summary, "segments_digest", run->model_digest,
                                strlen(run->model_digest));
    if (!run->options->baskets)
        patron_summary_set_flag(&summary, "streamed", run->shard.is_streamed);
    patron_summary_set_count(&summary, "peak_memory", run->peak_memory);
    patron_summary_set_count(&summary, "ranks", (uint64_t)context->comm->size);
    patron_summary_set_count(&summary, "threads", (uint64_t)context->threads);
    return patron_job_end_summary(context, &summary);
}

/* ---- text ---- */

static patron_status print_segments(const score_run *run)
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
                          run->rows - run->dropped, run->segments.k, run->dropped, run->outliers);
    patron_status printed = report_print_table("Segments", &table);
    status = status == PATRON_OK ? printed : status;
    if (status == PATRON_OK && withheld(run) > 0)
        status = report_print_line("%" PRIu64 " segments of fewer than %" PRIu64
                                   " customers%s are withheld (--min-group)",
                                   withheld(run), run->options->min_group,
                                   report_complement_note(run->least, run->options->min_group));
    return status;
}

static patron_status print_policy(const score_run *run)
{
    const patron_withheld_tally *tally = &run->offers.tally;
    patron_table table = {0};
    report_add_column(&table, "reason", PATRON_ALIGN_LEFT, false);
    report_add_column(&table, "offers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, rows_name(run), PATRON_ALIGN_RIGHT, false);
    for (int reason = 1; reason < PATRON_WITHHELD_REASONS; ++reason) {
        const char *name = patron_withheld_names[reason];
        if (tally->offers[reason] == 0)
            continue;
        report_add_name(&table, name, strlen(name));
        patron_table_add_count(&table, tally->offers[reason]);
        patron_table_add_count(&table, tally->rows[reason]);
    }
    patron_status status = report_print_table("Withheld by the policy", &table);
    if (status == PATRON_OK)
        status = report_print_line(
            "%" PRIu64 " offers without the policy, %" PRIu64 " %s in place of those withheld",
            tally->before, tally->instead, tally->instead == 1 ? "other" : "others");
    if (status == PATRON_OK && run->policy.quiet_list != NULL)
        status = report_print_line("%" PRIu64 " of %" PRIu64
                                   " ids on the quiet list are of no customer here",
                                   run->offers.unknown, run->offers.listed);
    return status;
}

static patron_status print_text(const score_run *run)
{
    patron_status status = run->options->baskets ? PATRON_OK : print_segments(run);
    if (status == PATRON_OK && run->options->rules != NULL)
        status = report_print_line("%s%" PRIu64 " offers to %" PRIu64 " of %" PRIu64
                                   " %s by %" PRIu64 " rules",
                                   run->options->baskets ? "" : "\n", run->offers.total,
                                   run->offers.rows, run->rows, rows_name(run), run->offers.rules);
    return status == PATRON_OK && run->options->policy != NULL ? print_policy(run) : status;
}

patron_status score_report_print(const score_run *run)
{
    return patron_job_wants_summary(run->context) ? print_json(run) : print_text(run);
}
