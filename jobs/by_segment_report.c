/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of mining by segment: what each segment holds, and the items and rules that tell it
 * from the others.  Segments of few customers are counted, but not shown. */
#include "by_segment_report.h"

#include "by_segment_told.h"

#include "cli/json.h"
#include "cli/table.h"
#include "jobs.h"
#include "patron/memory.h"
#include "report_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_withheld(const by_segment_report *report, uint32_t segment)
{
    return report->customers[segment] < report->least;
}

static uint32_t count_withheld(const by_segment_report *report)
{
    uint32_t withheld = 0;
    for (uint32_t s = 0; s < report->groups->count; ++s)
        withheld += is_withheld(report, s);
    return withheld;
}

/* ---- JSON ---- */

static json_t *json_of_segment(const by_segment_report *report, const by_segment_told *told,
                               uint32_t segment)
{
    const patron_itemset_result *found = &report->found[segment];
    uint64_t total = 0;
    json_t *object = json_object(), *by_length = itemset_json_lengths(found, &total);
    json_object_set_new(object, "segment", patron_json_count(segment));
    json_object_set_new(object, "customers", patron_json_count(report->customers[segment]));
    json_object_set_new(object, "baskets", patron_json_count(found->baskets));
    json_object_set_new(object, "min_count", patron_json_count(found->min_count));
    json_object_set_new(object, "itemsets", patron_json_count(total));
    json_object_set_new(object, "itemsets_by_length", by_length);
    if (report->rules != NULL)
        json_object_set_new(object, "rules", patron_json_count(found->rules.total));
    by_segment_json_best(object, told, segment);
    return object;
}

static patron_status print_json(const by_segment_report *report, const by_segment_told *told)
{
    const patron_job_context *context = report->context;
    patron_summary summary = patron_summary_create(context->job);
    if (context->common->output != NULL)
        patron_summary_set_text(&summary, "output", context->common->output,
                                strlen(context->common->output));
    patron_summary_set_text(&summary, "dataset_digest", report->digest, strlen(report->digest));
    patron_summary_set_count(&summary, "baskets", report->groups->total + report->baskets_without);
    patron_summary_set_count(&summary, "baskets_without_segment", report->baskets_without);
    patron_summary_set_count(&summary, "items", report->names->count);
    patron_summary_set_count(&summary, "segments", report->groups->count);
    patron_summary_set_count(&summary, "min_group", report->min_group);
    patron_summary_set_count(&summary, "withheld", count_withheld(report));
    if (report->rules != NULL)
        patron_summary_set_count(&summary, "rules", report->rules->rules.total);
    json_t *segments = json_array();
    for (uint32_t s = 0; s < report->groups->count; ++s)
        if (!is_withheld(report, s))
            json_array_append_new(segments, json_of_segment(report, told, s));
    patron_summary_set(&summary, "by_segment", segments);
    itemset_summarize_work(&summary, context, &report->effort);
    patron_status status = patron_job_print_summary(report->context, &summary);
    patron_summary_free(&summary);
    return status;
}

/* ---- tables ---- */

/* The longest set of any segment that is shown. */
static uint32_t longest_shown(const by_segment_report *report)
{
    uint32_t longest = 0;
    for (uint32_t s = 0; s < report->groups->count; ++s)
        if (!is_withheld(report, s) && report->found[s].longest > longest)
            longest = report->found[s].longest;
    return longest;
}

static patron_status print_segments(const by_segment_report *report)
{
    static const char *const headings[] = {"segment", "customers", "baskets", "least", "sets"};
    patron_table table = {0};
    uint32_t longest = report->count_only ? longest_shown(report) : 0;
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; ++i)
        report_add_column(&table, headings[i], PATRON_ALIGN_RIGHT, false);
    if (report->rules != NULL)
        report_add_column(&table, "rules", PATRON_ALIGN_RIGHT, false);
    for (uint32_t length = 1; length <= longest; ++length) {
        char heading[32];
        snprintf(heading, sizeof heading, "of %" PRIu32, length);
        report_add_column(&table, heading, PATRON_ALIGN_RIGHT, false);
    }
    for (uint32_t s = 0; s < report->groups->count; ++s) {
        const patron_itemset_result *found = &report->found[s];
        uint64_t total = 0;
        if (is_withheld(report, s))
            continue;
        for (uint32_t length = 1; length <= found->longest; ++length)
            total += found->count_by_length[length];
        const uint64_t figures[] = {s, report->customers[s], found->baskets, found->min_count,
                                    total};
        for (size_t i = 0; i < sizeof figures / sizeof figures[0]; ++i)
            patron_table_add_count(&table, figures[i]);
        if (report->rules != NULL)
            patron_table_add_count(&table, found->rules.total);
        for (uint32_t length = 1; length <= longest; ++length)
            patron_table_add_count(&table,
                                   length <= found->longest ? found->count_by_length[length] : 0);
    }
    report_print_line("Sets of %" PRIu64 " items in at least `least` baskets of each of %" PRIu32
                      " segments, of %" PRIu64 " baskets in all:\n",
                      report->names->count, report->groups->count,
                      report->groups->total + report->baskets_without);
    return by_segment_print_table(&table);
}

static patron_status print_tables(const by_segment_report *report, const by_segment_told *told)
{
    uint32_t withheld = count_withheld(report);
    patron_status status = print_segments(report);
    if (withheld > 0)
        report_print_line("\nWithheld: %" PRIu32 " %s of fewer than %" PRIu64
                          " customers%s (--min-group)",
                          withheld, withheld == 1 ? "segment" : "segments", report->min_group,
                          report_complement_note(report->least, report->min_group));
    if (report->baskets_without > 0)
        report_print_line("\n%" PRIu64 " baskets are of no segment", report->baskets_without);
    if (status == PATRON_OK)
        status = by_segment_print_best(told);
    if (report->context->common->output != NULL)
        report_print_line("\nModel in %s", report->context->common->output);
    return status;
}

/* ---- either ---- */

/* The best of the segments that are shown.  Collective. */
static patron_status find_best(const by_segment_report *report, patron_segment_best *best)
{
    const patron_comm *comm = report->context->comm;
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < report->groups->count; ++s) {
        uint64_t least = report->found[s].min_count;
        if (is_withheld(report, s))
            continue;
        if (report->items != NULL)
            status =
                patron_itemset_best_items(comm, report->groups, report->items, s, least,
                                          PATRON_SEGMENT_BEST, best[s].items, &best[s].item_count);
        if (status == PATRON_OK && report->rules != NULL)
            status = patron_itemset_best_group_rules(comm, report->groups, report->rules, s, least,
                                                     PATRON_SEGMENT_BEST, best[s].rules,
                                                     &best[s].rule_count);
    }
    return status;
}

patron_status by_segment_report_print(const by_segment_report *report)
{
    const patron_comm *comm = report->context->comm;
    patron_segment_best *best = patron_allocate(report->groups->count, sizeof *best);
    patron_status status = patron_comm_agree(comm, best == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = find_best(report, best);
    if (status == PATRON_OK && comm->rank == 0) {
        const by_segment_told told = {.k = report->groups->count,
                                      .total = report->groups->total,
                                      .baskets = report->groups->baskets,
                                      .best = best,
                                      .names = report->names,
                                      .labels = report->labels,
                                      .has_items = report->items != NULL,
                                      .has_rules = report->rules != NULL,
                                      .rules =
                                          report->rules != NULL ? report->rules->rules.total : 0};
        status = patron_job_wants_summary(report->context) ? print_json(report, &told)
                                                           : print_tables(report, &told);
    }
    patron_segment_best_free(best, report->groups->count);
    return patron_comm_agree(comm, status);
}
