/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of mining by segment: what each segment holds, and the items and rules that tell it
 * from the others.  Segments of few customers are counted, but not shown. */
#include "by_segment_report.h"

#include "cli/json.h"
#include "cli/table.h"
#include "item_labels.h"
#include "itemset/best_contrasts.h"
#include "jobs.h"
#include "patron/memory.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 5 }; /* items and rules of a segment */

/* The best of one segment. */
typedef struct segment_best {
    patron_itemset_group_item items[SHOWN];
    patron_itemset_group_rule rules[SHOWN];
    uint32_t item_count, rule_count;
} segment_best;

static bool is_withheld(const by_segment_report *report, uint32_t segment)
{
    return report->customers[segment] < report->min_group;
}

static uint32_t count_withheld(const by_segment_report *report)
{
    uint32_t withheld = 0;
    for (uint32_t s = 0; s < report->groups->count; ++s)
        withheld += is_withheld(report, s);
    return withheld;
}

/* Share of the other segments' baskets that hold an item; NaN where there are none. */
static double share_of_others(const by_segment_report *report, uint32_t segment,
                              const patron_itemset_group_item *item)
{
    return (double)(item->held_by_all - item->held) /
           (double)(report->groups->total - report->groups->baskets[segment]);
}

static double share_here(const by_segment_report *report, uint32_t segment,
                         const patron_itemset_group_item *item)
{
    return (double)item->held / (double)report->groups->baskets[segment];
}

/* ---- JSON ---- */

static json_t *json_of_item(const by_segment_report *report, uint32_t segment,
                            const patron_itemset_group_item *item)
{
    json_t *object = json_object();
    json_object_set_new(object, "item", report_json_text_of(report->names, item->item));
    if (report->labels->count > 0)
        json_object_set_new(object, "label", report_json_text_of(report->labels, item->item));
    json_object_set_new(object, "baskets", patron_json_count(item->held));
    json_object_set_new(object, "share", patron_json_real(share_here(report, segment, item)));
    json_object_set_new(object, "share_of_others",
                        patron_json_real(share_of_others(report, segment, item)));
    json_object_set_new(object, "lift", patron_json_real(item->lift));
    json_object_set_new(object, "p_value", patron_json_real(item->p_value));
    return object;
}

static json_t *json_of_rule(const by_segment_report *report, const patron_itemset_group_rule *best)
{
    const patron_itemset_rule *rule = &best->rule;
    json_t *object = json_object();
    report_json_set_side(object, "antecedent", report->names, report->labels, rule->antecedent,
                         rule->antecedent_length);
    report_json_set_side(object, "consequent", report->names, report->labels, rule->consequent,
                         rule->consequent_length);
    json_object_set_new(object, "baskets", patron_json_count(rule->support_count));
    json_object_set_new(object, "confidence", patron_json_real(rule->measures.confidence));
    json_object_set_new(object, "lift", patron_json_real(rule->measures.lift));
    json_object_set_new(object, "lift_in_all", patron_json_real(best->lift_in_all));
    return object;
}

static json_t *json_of_segment(const by_segment_report *report, uint32_t segment,
                               const segment_best *best)
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
    json_t *items = json_array(), *rules = json_array();
    for (uint32_t i = 0; i < best->item_count; ++i)
        json_array_append_new(items, json_of_item(report, segment, &best->items[i]));
    for (uint32_t i = 0; i < best->rule_count; ++i)
        json_array_append_new(rules, json_of_rule(report, &best->rules[i]));
    if (report->items != NULL)
        json_object_set(object, "best_items", items);
    if (report->rules != NULL)
        json_object_set(object, "best_rules", rules);
    json_decref(items);
    json_decref(rules);
    return object;
}

static patron_status print_json(const by_segment_report *report, const segment_best *best)
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
            json_array_append_new(segments, json_of_segment(report, s, &best[s]));
    patron_summary_set(&summary, "by_segment", segments);
    itemset_summarize_work(&summary, context, &report->effort);
    patron_status status = patron_job_print_summary(report->context, &summary);
    patron_summary_free(&summary);
    return status;
}

/* ---- tables ---- */

static patron_status print_table(patron_table *table)
{
    patron_status status = PATRON_OK;
    if (table->cell_count > 0)
        status = patron_table_print(table, stdout, patron_table_page_width(stdout));
    patron_table_free(table);
    return status;
}

static void add_number_column(patron_table *table, const char *heading)
{
    patron_table_add_column(table, heading, strlen(heading), PATRON_ALIGN_RIGHT, false);
}

static void add_text_column(patron_table *table, const char *heading)
{
    patron_table_add_column(table, heading, strlen(heading), PATRON_ALIGN_LEFT, true);
}

static void add_labels(const by_segment_report *report, const uint32_t *items, uint32_t count,
                       patron_table *table)
{
    patron_texts joined = {0};
    if (patron_item_labels_join(report->names, report->labels, items, count, &joined) == PATRON_OK)
        patron_table_add_text(table, patron_texts_at(&joined, 0), patron_texts_length(&joined, 0));
    else
        table->failed = true;
    patron_texts_free(&joined);
}

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
        add_number_column(&table, headings[i]);
    if (report->rules != NULL)
        add_number_column(&table, "rules");
    for (uint32_t length = 1; length <= longest; ++length) {
        char heading[32];
        snprintf(heading, sizeof heading, "of %" PRIu32, length);
        add_number_column(&table, heading);
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
    return print_table(&table);
}

static patron_status print_items(const by_segment_report *report, const segment_best *best)
{
    patron_table table = {0};
    add_number_column(&table, "segment");
    add_text_column(&table, "buys");
    add_number_column(&table, "baskets");
    add_number_column(&table, "share %");
    add_number_column(&table, "others %");
    add_number_column(&table, "lift");
    add_number_column(&table, "chance");
    for (uint32_t s = 0; s < report->groups->count; ++s)
        for (uint32_t i = 0; i < best[s].item_count; ++i) {
            const patron_itemset_group_item *item = &best[s].items[i];
            patron_table_add_count(&table, s);
            add_labels(report, &item->item, 1, &table);
            patron_table_add_count(&table, item->held);
            patron_table_add_decimal(&table, 100.0 * share_here(report, s, item), 1);
            patron_table_add_decimal(&table, 100.0 * share_of_others(report, s, item), 1);
            patron_table_add_decimal(&table, item->lift, 2);
            patron_table_add_real(&table, item->p_value, 2);
        }
    report_print_line("\nWhat a segment buys that others do not, by lift:\n");
    return print_table(&table);
}

static patron_status print_rules(const by_segment_report *report, const segment_best *best)
{
    patron_table table = {0};
    add_number_column(&table, "segment");
    add_text_column(&table, "who buys");
    add_text_column(&table, "also buys");
    add_number_column(&table, "baskets");
    add_number_column(&table, "confidence %");
    add_number_column(&table, "lift");
    add_number_column(&table, "in all");
    for (uint32_t s = 0; s < report->groups->count; ++s)
        for (uint32_t i = 0; i < best[s].rule_count; ++i) {
            const patron_itemset_rule *rule = &best[s].rules[i].rule;
            patron_table_add_count(&table, s);
            add_labels(report, rule->antecedent, rule->antecedent_length, &table);
            add_labels(report, rule->consequent, rule->consequent_length, &table);
            patron_table_add_count(&table, rule->support_count);
            patron_table_add_decimal(&table, 100.0 * rule->measures.confidence, 1);
            patron_table_add_decimal(&table, rule->measures.lift, 2);
            patron_table_add_decimal(&table, best[s].rules[i].lift_in_all, 2);
        }
    report_print_line("\n%" PRIu64
                      " rules of all segments; those whose lift is furthest above that "
                      "in all segments together:\n",
                      report->rules->rules.total);
    return print_table(&table);
}

static patron_status print_tables(const by_segment_report *report, const segment_best *best)
{
    uint32_t withheld = count_withheld(report);
    patron_status status = print_segments(report);
    if (withheld > 0)
        report_print_line("\nWithheld: %" PRIu32 " %s of fewer than %" PRIu64
                          " customers (--min-group)",
                          withheld, withheld == 1 ? "segment" : "segments", report->min_group);
    if (report->baskets_without > 0)
        report_print_line("\n%" PRIu64 " baskets are of no segment", report->baskets_without);
    if (status == PATRON_OK && report->items != NULL)
        status = print_items(report, best);
    if (status == PATRON_OK && report->rules != NULL)
        status = print_rules(report, best);
    if (report->context->common->output != NULL)
        report_print_line("\nModel in %s", report->context->common->output);
    return status;
}

/* ---- either ---- */

/* The best of the segments that are shown.  Collective. */
static patron_status find_best(const by_segment_report *report, segment_best *best)
{
    const patron_comm *comm = report->context->comm;
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < report->groups->count; ++s) {
        uint64_t least = report->found[s].min_count;
        if (is_withheld(report, s))
            continue;
        if (report->items != NULL)
            status = patron_itemset_best_items(comm, report->groups, report->items, s, least, SHOWN,
                                               best[s].items, &best[s].item_count);
        if (status == PATRON_OK && report->rules != NULL)
            status = patron_itemset_best_group_rules(comm, report->groups, report->rules, s, least,
                                                     SHOWN, best[s].rules, &best[s].rule_count);
    }
    return status;
}

patron_status by_segment_report_print(const by_segment_report *report)
{
    const patron_comm *comm = report->context->comm;
    segment_best *best = patron_allocate(report->groups->count, sizeof *best);
    patron_status status = patron_comm_agree(comm, best == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = find_best(report, best);
    if (status == PATRON_OK && comm->rank == 0)
        status = patron_job_wants_summary(report->context) ? print_json(report, best)
                                                           : print_tables(report, best);
    for (uint32_t s = 0; best != NULL && s < report->groups->count; ++s)
        for (uint32_t i = 0; i < best[s].rule_count; ++i)
            patron_itemset_rule_free(&best[s].rules[i].rule);
    free(best);
    return patron_comm_agree(comm, status);
}
