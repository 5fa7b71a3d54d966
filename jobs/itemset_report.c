/* SPDX-License-Identifier: Apache-2.0 */
/* The itemsets job's summary: sets by length, and the best rules with the items' labels. */
#include "itemset_report.h"

#include "cli/json.h"
#include "cli/table.h"
#include "item_labels.h"
#include "itemset/best_rules.h"
#include "jobs.h"
#include "report_json.h"
#include "report_text.h"
#include "runtime/usage.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_RULES = 10 };

itemset_effort itemset_effort_sum(const patron_comm *comm, const patron_itemset_effort *own)
{
    uint64_t sums[] = {own->bytes_sent, own->mining_cpu};
    uint64_t most[] = {own->mining_cpu, patron_usage_peak_memory()};
    patron_comm_reduce_u64(comm, sums, 2, PATRON_SUM);
    patron_comm_reduce_u64(comm, most, 2, PATRON_MAX);
    return (itemset_effort){.exchanged_bytes = sums[0],
                            .cpu_mean = 1e-9 * (double)sums[1] / comm->size,
                            .cpu_max = 1e-9 * (double)most[0],
                            .peak_memory = most[1]};
}

/* ---- JSON ---- */

void itemset_summarize_work(patron_summary *summary, const patron_job_context *context,
                            const itemset_effort *effort)
{
    patron_summary_set_count(summary, "ranks", (uint64_t)context->comm->size);
    patron_summary_set_count(summary, "threads", (uint64_t)context->threads);
    patron_summary_set_count(summary, "exchanged_bytes", effort->exchanged_bytes);
    patron_summary_set(summary, "mining_cpu",
                       json_pack("{s:o, s:o}", "max", patron_summary_seconds(effort->cpu_max),
                                 "mean", patron_summary_seconds(effort->cpu_mean)));
    patron_summary_set_count(summary, "peak_memory", effort->peak_memory);
    patron_summary_set_run(summary, &context->phases);
}

json_t *itemset_json_lengths(const patron_itemset_result *found, uint64_t *total)
{
    json_t *by_length = json_object();
    *total = 0;
    for (uint32_t length = 1; length <= found->longest; ++length) {
        char name[16];
        snprintf(name, sizeof name, "%" PRIu32, length);
        json_object_set_new(by_length, name,
                            json_integer((json_int_t)found->count_by_length[length]));
        *total += found->count_by_length[length];
    }
    return by_length;
}

static json_t *json_of_rules(const itemset_report *report, const patron_itemset_rule *best,
                             uint32_t count)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; ++i) {
        json_t *object = json_object();
        report_json_set_side(object, "antecedent", report->names, report->labels,
                             best[i].antecedent, best[i].antecedent_length);
        report_json_set_side(object, "consequent", report->names, report->labels,
                             best[i].consequent, best[i].consequent_length);
        json_object_set_new(object, "baskets", patron_json_count(best[i].support_count));
        report_json_set_measures(object, &best[i].measures);
        json_array_append_new(array, object);
    }
    return array;
}

static patron_status print_json(const itemset_report *report, const patron_itemset_rule *best,
                                uint32_t count)
{
    const patron_itemset_result *found = report->found;
    const patron_job_context *context = report->context;
    patron_summary summary = patron_summary_create("itemsets");
    if (context->common->output != NULL)
        patron_summary_set_text(&summary, "output", context->common->output,
                                strlen(context->common->output));
    if (report->digest[0] != '\0')
        patron_summary_set_text(&summary, "dataset_digest", report->digest, strlen(report->digest));
    patron_summary_set_count(&summary, "baskets", found->baskets);
    patron_summary_set_count(&summary, "items", report->names->count);
    patron_summary_set_count(&summary, "min_count", report->options->min_count);
    uint64_t total = 0;
    json_t *by_length = itemset_json_lengths(found, &total);
    patron_summary_set_count(&summary, "itemsets", total);
    patron_summary_set(&summary, "itemsets_by_length", by_length);
    if (report->text != NULL)
        patron_summary_set_text(&summary, "text", report->text, strlen(report->text));
    if (report->options->rules) {
        patron_summary_set_count(&summary, "rules", found->rules.total);
        patron_summary_set_real(&summary, "min_confidence", report->options->min_confidence);
        patron_summary_set_text(&summary, "by", report->by, strlen(report->by));
        patron_summary_set(&summary, "top_rules", json_of_rules(report, best, count));
    }
    if (report->options->significance > 0.0)
        patron_summary_set_count(&summary, "rules_tested", found->rules.tested);
    itemset_summarize_work(&summary, context, &report->effort);
    patron_status status = patron_job_print_summary(context, &summary);
    patron_summary_free(&summary);
    return status;
}

/* ---- tables ---- */

static patron_status print_lengths(const itemset_report *report)
{
    const patron_itemset_result *found = report->found;
    uint64_t total = 0;
    patron_table table = {0};
    patron_table_add_column(&table, "items", 5, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "sets", 4, PATRON_ALIGN_RIGHT, false);
    for (uint32_t length = 1; length <= found->longest; ++length) {
        if (found->count_by_length[length] == 0)
            continue;
        patron_table_add_count(&table, length);
        patron_table_add_count(&table, found->count_by_length[length]);
        total += found->count_by_length[length];
    }
    report_print_line("%" PRIu64 " sets of items in at least %" PRIu64 " of %" PRIu64 " baskets:\n",
                      total, report->options->min_count, found->baskets);
    patron_status status = PATRON_OK;
    if (total > 0)
        status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    patron_table_free(&table);
    return status;
}

static patron_status add_rule(const itemset_report *report, const patron_itemset_rule *rule,
                              patron_table *table)
{
    patron_texts sides = {0};
    patron_status status = patron_item_labels_join(report->names, report->labels, rule->antecedent,
                                                   rule->antecedent_length, &sides);
    if (status == PATRON_OK)
        status = patron_item_labels_join(report->names, report->labels, rule->consequent,
                                         rule->consequent_length, &sides);
    for (uint64_t side = 0; status == PATRON_OK && side < 2; ++side)
        patron_table_add_text(table, patron_texts_at(&sides, side),
                              patron_texts_length(&sides, side));
    patron_table_add_count(table, rule->support_count);
    patron_table_add_decimal(table, 100.0 * rule->measures.confidence, 1);
    patron_table_add_decimal(table, rule->measures.lift, 2);
    patron_texts_free(&sides);
    return status;
}

static patron_status print_rules(const itemset_report *report, const patron_itemset_rule *best,
                                 uint32_t count)
{
    patron_table table = {0};
    patron_status status = PATRON_OK;
    patron_table_add_column(&table, "who buys", 8, PATRON_ALIGN_LEFT, true);
    patron_table_add_column(&table, "also buys", 9, PATRON_ALIGN_LEFT, true);
    patron_table_add_column(&table, "baskets", 7, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "confidence %", 12, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "lift", 4, PATRON_ALIGN_RIGHT, false);
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i)
        status = add_rule(report, &best[i], &table);
    char tested[64] = "";
    if (report->options->significance > 0.0)
        snprintf(tested, sizeof tested, ", of %" PRIu64 " that were tested",
                 report->found->rules.tested);
    report_print_line("\n%" PRIu64 " rules with a confidence of at least %g%s; the best by %s:\n",
                      report->found->rules.total, report->options->min_confidence, tested,
                      report->by);
    if (status == PATRON_OK && count > 0)
        status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    patron_table_free(&table);
    return status;
}

static patron_status print_tables(const itemset_report *report, const patron_itemset_rule *best,
                                  uint32_t count)
{
    patron_status status = print_lengths(report);
    if (status == PATRON_OK && report->options->rules)
        status = print_rules(report, best, count);
    if (report->context->common->output != NULL)
        report_print_line("\nModel in %s", report->context->common->output);
    if (report->text != NULL)
        report_print_line("\nSets as text in %s", report->text);
    return status;
}

patron_status itemset_report_print(const itemset_report *report)
{
    const patron_comm *comm = report->context->comm;
    patron_itemset_rule best[SHOWN_RULES] = {0};
    uint32_t count = 0;
    patron_status status = PATRON_OK;
    bool sets_were_printed = report->text != NULL && strcmp(report->text, "-") == 0;
    bool is_for_programs = patron_job_wants_summary(report->context);
    if (report->options->rules)
        status = patron_itemset_best_rules(comm, report->found, report->options->by, SHOWN_RULES,
                                           best, &count);
    if (status == PATRON_OK && comm->rank == 0 && is_for_programs)
        status = print_json(report, best, count);
    else if (status == PATRON_OK && comm->rank == 0 && !sets_were_printed)
        status = print_tables(report, best, count);
    for (uint32_t i = 0; i < count; ++i)
        patron_itemset_rule_free(&best[i]);
    return patron_comm_agree(comm, status);
}
