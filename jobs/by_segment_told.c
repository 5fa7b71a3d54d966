/* SPDX-License-Identifier: Apache-2.0 */
/* Items and rules that tell segments from each other, as JSON and as tables. */
#include "by_segment_told.h"

#include "cli/json.h"
#include "item_labels.h"
#include "report_json.h"
#include "report_text.h"

#include <inttypes.h>

double by_segment_share_of_others(const by_segment_told *told, uint32_t segment,
                                  const patron_itemset_group_item *item)
{
    return (double)(item->held_by_all - item->held) /
           (double)(told->total - told->baskets[segment]);
}

double by_segment_share(const by_segment_told *told, uint32_t segment,
                        const patron_itemset_group_item *item)
{
    return (double)item->held / (double)told->baskets[segment];
}

/* ---- JSON ---- */

static json_t *json_of_item(const by_segment_told *told, uint32_t segment,
                            const patron_itemset_group_item *item)
{
    json_t *object = json_object();
    json_object_set_new(object, "item", report_json_text_of(told->names, item->item));
    if (told->labels->count > 0)
        json_object_set_new(object, "label", report_json_text_of(told->labels, item->item));
    json_object_set_new(object, "baskets", patron_json_count(item->held));
    json_object_set_new(object, "share", patron_json_real(by_segment_share(told, segment, item)));
    json_object_set_new(object, "share_of_others",
                        patron_json_real(by_segment_share_of_others(told, segment, item)));
    json_object_set_new(object, "lift", patron_json_real(item->lift));
    json_object_set_new(object, "p_value", patron_json_real(item->p_value));
    return object;
}

static json_t *json_of_rule(const by_segment_told *told, const patron_itemset_group_rule *best)
{
    const patron_itemset_rule *rule = &best->rule;
    json_t *object = json_object();
    report_json_set_side(object, "antecedent", told->names, told->labels, rule->antecedent,
                         rule->antecedent_length);
    report_json_set_side(object, "consequent", told->names, told->labels, rule->consequent,
                         rule->consequent_length);
    json_object_set_new(object, "baskets", patron_json_count(rule->support_count));
    json_object_set_new(object, "confidence", patron_json_real(rule->measures.confidence));
    json_object_set_new(object, "lift", patron_json_real(rule->measures.lift));
    json_object_set_new(object, "lift_in_all", patron_json_real(best->lift_in_all));
    return object;
}

void by_segment_json_best(json_t *object, const by_segment_told *told, uint32_t segment)
{
    const patron_segment_best *best = &told->best[segment];
    json_t *items = json_array(), *rules = json_array();
    for (uint32_t i = 0; i < best->item_count; ++i)
        json_array_append_new(items, json_of_item(told, segment, &best->items[i]));
    for (uint32_t i = 0; i < best->rule_count; ++i)
        json_array_append_new(rules, json_of_rule(told, &best->rules[i]));
    if (told->has_items)
        json_object_set(object, "best_items", items);
    if (told->has_rules)
        json_object_set(object, "best_rules", rules);
    json_decref(items);
    json_decref(rules);
}

/* ---- tables ---- */

patron_status by_segment_print_table(patron_table *table)
{
    patron_status status = PATRON_OK;
    if (table->cell_count > 0)
        status = patron_table_print(table, stdout, patron_table_page_width(stdout));
    patron_table_free(table);
    return status;
}

static void add_labels(const by_segment_told *told, const uint32_t *items, uint32_t count,
                       patron_table *table)
{
    patron_texts joined = {0};
    if (patron_item_labels_join(told->names, told->labels, items, count, &joined) == PATRON_OK)
        patron_table_add_text(table, patron_texts_at(&joined, 0), patron_texts_length(&joined, 0));
    else
        table->failed = true;
    patron_texts_free(&joined);
}

static patron_status print_items(const by_segment_told *told)
{
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "buys", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "share %", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "others %", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "lift", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "chance", PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; s < told->k; ++s)
        for (uint32_t i = 0; i < told->best[s].item_count; ++i) {
            const patron_itemset_group_item *item = &told->best[s].items[i];
            patron_table_add_count(&table, s);
            add_labels(told, &item->item, 1, &table);
            patron_table_add_count(&table, item->held);
            patron_table_add_decimal(&table, 100.0 * by_segment_share(told, s, item), 1);
            patron_table_add_decimal(&table, 100.0 * by_segment_share_of_others(told, s, item), 1);
            patron_table_add_decimal(&table, item->lift, 2);
            patron_table_add_real(&table, item->p_value, 2);
        }
    report_print_line("%s", table.cell_count > 0
                                ? "\nWhat a segment buys that others do not, by lift:\n"
                                : "\nNo segment buys an item more often than the others, in enough "
                                  "baskets");
    return by_segment_print_table(&table);
}

static patron_status print_rules(const by_segment_told *told)
{
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "who buys", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "also buys", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "confidence %", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "lift", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "in all", PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; s < told->k; ++s)
        for (uint32_t i = 0; i < told->best[s].rule_count; ++i) {
            const patron_itemset_rule *rule = &told->best[s].rules[i].rule;
            patron_table_add_count(&table, s);
            add_labels(told, rule->antecedent, rule->antecedent_length, &table);
            add_labels(told, rule->consequent, rule->consequent_length, &table);
            patron_table_add_count(&table, rule->support_count);
            patron_table_add_decimal(&table, 100.0 * rule->measures.confidence, 1);
            patron_table_add_decimal(&table, rule->measures.lift, 2);
            patron_table_add_decimal(&table, told->best[s].rules[i].lift_in_all, 2);
        }
    report_print_line("\n%" PRIu64 " rules of all segments; %s", told->rules,
                      table.cell_count > 0
                          ? "those whose lift is furthest above that in all segments together:\n"
                          : "none has a lift above that in all segments together");
    return by_segment_print_table(&table);
}

patron_status by_segment_print_best(const by_segment_told *told)
{
    patron_status status = told->has_items ? print_items(told) : PATRON_OK;
    return status == PATRON_OK && told->has_rules ? print_rules(told) : status;
}

/* ---- a model ---- */

static by_segment_told told_of(const patron_by_segment_view *view)
{
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

json_t *by_segment_json_view(const patron_by_segment_view *view)
{
    const by_segment_told told = told_of(view);
    json_t *segments = json_array();
    for (uint32_t s = 0; s < view->k; ++s) {
        if (view->customers[s] < view->least)
            continue;
        json_t *object = json_object();
        report_json_set(object, "segment", patron_json_count(s));
        report_json_set(object, "customers", patron_json_count(view->customers[s]));
        report_json_set(object, "baskets", patron_json_count(view->baskets[s]));
        by_segment_json_best(object, &told, s);
        json_array_append_new(segments, object);
    }
    return segments;
}

patron_status by_segment_print_view(const patron_by_segment_view *view)
{
    const by_segment_told told = told_of(view);
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "customers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; s < view->k; ++s) {
        if (view->customers[s] < view->least)
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
