/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of an itemset model: sets by length, and the best sets and rules with their labels. */
#include "inspect_reports.h"
#include "jobs.h"

#include "cli/json.h"
#include "item_labels.h"
#include "model/itemset_model.h"
#include "model/itemset_read.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>
#include <string.h>

typedef struct itemsets {
    patron_job_context *context;
    const inspect_options *options;
    const char *path;
    patron_itemset_view view;
} itemsets;

/* ---- JSON ---- */

static json_t *sets_of(const patron_itemset_view *view)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < view->top_set_count; ++i) {
        const patron_set_view *set = &view->top_sets[i];
        json_t *object = json_object();
        report_json_set(object, "items",
                        report_json_items(&view->names, set->items.items, set->items.length));
        report_json_set(object, "labels",
                        report_json_items(&view->labels, set->items.items, set->items.length));
        report_json_set(object, "baskets", patron_json_count(set->count));
        report_json_set(object, "share",
                        patron_json_real((double)set->count / (double)view->baskets));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *rules_of(const patron_itemset_view *view)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < view->top_rule_count; ++i) {
        const patron_rule_view *rule = &view->top_rules[i];
        json_t *object = json_object();
        report_json_set_side(object, "antecedent", &view->names, &view->labels,
                             rule->antecedent.items, rule->antecedent.length);
        report_json_set_side(object, "consequent", &view->names, &view->labels,
                             rule->consequent.items, rule->consequent.length);
        report_json_set(object, "baskets", patron_json_count(rule->count));
        report_json_set_measures(object, &rule->measures);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *lengths_of(const patron_itemset_view *view)
{
    json_t *object = json_object();
    for (uint64_t length = 1; length <= view->longest; ++length) {
        char name[24];
        snprintf(name, sizeof name, "%" PRIu64, length);
        report_json_set(object, name, patron_json_count(view->by_length[length]));
    }
    return object;
}

static patron_status print_json(const itemsets *run)
{
    const patron_itemset_view *view = &run->view;
    patron_summary summary = patron_summary_create("inspect");
    patron_summary_set_text(&summary, "path", run->path, strlen(run->path));
    patron_summary_set_text(&summary, "kind", PATRON_ITEMSET_KIND, strlen(PATRON_ITEMSET_KIND));
    patron_summary_set_count(&summary, "baskets", view->baskets);
    patron_summary_set_count(&summary, "items", view->names.count);
    patron_summary_set(&summary, "figures", report_json_facts(&view->figures));
    patron_summary_set_count(&summary, "itemsets", view->sets);
    patron_summary_set(&summary, "itemsets_by_length", lengths_of(view));
    patron_summary_set_count(&summary, "itemsets_withheld", view->sets_withheld);
    patron_summary_set(&summary, "top_itemsets", sets_of(view));
    if (view->has_rules) {
        patron_summary_set_count(&summary, "rules", view->rules);
        patron_summary_set_count(&summary, "rules_withheld", view->rules_withheld);
        patron_summary_set(&summary, "rule_figures", report_json_facts(&view->rule_figures));
        patron_summary_set(&summary, "top_rules", rules_of(view));
    }
    patron_summary_set(&summary, "run", report_json_facts(&view->run));
    return patron_job_end_summary(run->context, &summary);
}

/* ---- text ---- */

static patron_status add_items(const patron_itemset_view *view, const patron_item_list *list,
                               patron_table *table)
{
    patron_texts joined = {0};
    patron_status status =
        patron_item_labels_join(&view->names, &view->labels, list->items, list->length, &joined);
    if (status == PATRON_OK)
        patron_table_add_text(table, patron_texts_at(&joined, 0), patron_texts_length(&joined, 0));
    patron_texts_free(&joined);
    return status;
}

static patron_status print_lengths(const patron_itemset_view *view)
{
    patron_table table = {0};
    report_add_column(&table, "items", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "sets", PATRON_ALIGN_RIGHT, false);
    for (uint64_t length = 1; length <= view->longest; ++length) {
        if (view->by_length[length] == 0)
            continue;
        patron_table_add_count(&table, length);
        patron_table_add_count(&table, view->by_length[length]);
    }
    return report_print_table("Sets by length", &table);
}

static patron_status print_sets(const patron_itemset_view *view)
{
    patron_table table = {0};
    patron_status status = PATRON_OK;
    report_add_column(&table, "set", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "%", PATRON_ALIGN_RIGHT, false);
    for (uint32_t i = 0; status == PATRON_OK && i < view->top_set_count; ++i) {
        status = add_items(view, &view->top_sets[i].items, &table);
        patron_table_add_count(&table, view->top_sets[i].count);
        patron_table_add_decimal(
            &table, 100.0 * (double)view->top_sets[i].count / (double)view->baskets, 1);
    }
    patron_status printed = report_print_table("In most baskets", &table);
    return status == PATRON_OK ? printed : status;
}

static patron_status print_rules(const patron_itemset_view *view)
{
    patron_table table = {0};
    patron_status status = PATRON_OK;
    report_add_column(&table, "who buys", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "also buys", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "confidence %", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "lift", PATRON_ALIGN_RIGHT, false);
    for (uint32_t i = 0; status == PATRON_OK && i < view->top_rule_count; ++i) {
        const patron_rule_view *rule = &view->top_rules[i];
        status = add_items(view, &rule->antecedent, &table);
        if (status == PATRON_OK)
            status = add_items(view, &rule->consequent, &table);
        patron_table_add_count(&table, rule->count);
        patron_table_add_decimal(&table, 100.0 * rule->measures.confidence, 1);
        patron_table_add_decimal(&table, rule->measures.lift, 2);
    }
    patron_status printed = report_print_table("Rules of the highest lift", &table);
    return status == PATRON_OK ? printed : status;
}

static patron_status print_withheld(const itemsets *run)
{
    const patron_itemset_view *view = &run->view;
    if (view->sets_withheld + view->rules_withheld == 0)
        return PATRON_OK;
    putchar('\n');
    return report_print_line("%" PRIu64 " sets and %" PRIu64 " rules hold for fewer than %" PRIu64
                             " baskets: not listed (--min-group)",
                             view->sets_withheld, view->rules_withheld, run->options->min_group);
}

static patron_status print_head(const itemsets *run)
{
    const patron_itemset_view *view = &run->view;
    const patron_fact *kind = patron_facts_find(&view->figures, "kind");
    const patron_fact *least = patron_facts_find(&view->figures, "min_count");
    patron_status status = report_print_line(
        "%s: an itemset model: %" PRIu64 " sets (%s) in at least %" PRIu64 " of %" PRIu64
        " baskets of %" PRIu64 " different items",
        run->path, view->sets,
        kind != NULL && kind->kind == PATRON_FACT_TEXT ? kind->text : "kind unknown",
        least != NULL ? least->count : 0, view->baskets, view->names.count);
    return status == PATRON_OK && view->has_rules
               ? report_print_line("%" PRIu64 " rules", view->rules)
               : status;
}

static patron_status print_text(const itemsets *run)
{
    const patron_itemset_view *view = &run->view;
    patron_status status = print_head(run);
    if (status == PATRON_OK)
        status = print_lengths(view);
    if (status == PATRON_OK)
        status = print_sets(view);
    if (status == PATRON_OK)
        status = print_rules(view);
    if (status == PATRON_OK)
        status = print_withheld(run);
    return status == PATRON_OK ? report_print_run(&view->run) : status;
}

/* ---- the story ---- */

patron_status inspect_itemsets_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    itemsets run = {.context = context, .options = options, .path = options->inputs.names[0]};
    patron_status status =
        patron_itemset_view_read(comm, run.path, options->top, options->min_group, &run.view);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        if (comm->rank == 0)
            status = patron_job_wants_summary(context) ? print_json(&run) : print_text(&run);
        status = patron_comm_agree(comm, status);
    }
    patron_itemset_view_free(&run.view);
    return status;
}
