/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values of reports. */
#include "report_json.h"

#include "cli/json.h"
#include "cli/text.h"
#include "itemsets_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_member(json_t *object, const char *bytes, uint64_t length, json_t *value)
{
    char *name = patron_text_repair(bytes, length);
    if (name != NULL)
        json_object_set_new(object, name, value);
    else
        json_decref(value);
    free(name);
}

void report_json_set(json_t *object, const char *name, json_t *value)
{
    set_member(object, name, strlen(name), value);
}

void report_json_set_named(json_t *object, const patron_texts *names, uint64_t index, json_t *value)
{
    set_member(object, patron_texts_at(names, index), patron_texts_length(names, index), value);
}

json_t *report_json_text_of(const patron_texts *texts, uint64_t index)
{
    if (index >= texts->count)
        return json_null();
    return patron_json_text(patron_texts_at(texts, index), patron_texts_length(texts, index));
}

json_t *report_json_items(const patron_texts *texts, const uint32_t *items, uint64_t count)
{
    if (texts->count == 0)
        return json_null();
    json_t *array = json_array();
    for (uint64_t i = 0; i < count; ++i)
        json_array_append_new(array, report_json_text_of(texts, items[i]));
    return array;
}

void report_json_set_side(json_t *object, const char *side, const patron_texts *names,
                          const patron_texts *labels, const uint32_t *items, uint64_t count)
{
    char of_labels[32];
    snprintf(of_labels, sizeof of_labels, "%s_labels", side);
    report_json_set(object, side, report_json_items(names, items, count));
    report_json_set(object, of_labels, report_json_items(labels, items, count));
}

void report_json_set_measures(json_t *object, const patron_itemset_measures *measures)
{
    for (int m = 0; m < PATRON_MEASURES; ++m)
        report_json_set(object, itemsets_measure_names[m],
                        patron_json_real(patron_itemset_measure_value(
                            measures, (patron_itemset_measure_kind)m)));
}

json_t *report_json_reals(const double *values, uint64_t count)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < count; ++i)
        json_array_append_new(array, patron_json_real(values[i]));
    return array;
}

json_t *report_json_counts(const uint64_t *values, uint64_t count)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < count; ++i)
        json_array_append_new(array, patron_json_count(values[i]));
    return array;
}

static json_t *value_of(const patron_fact *fact)
{
    if (fact->kind == PATRON_FACT_COUNT)
        return patron_json_count(fact->count);
    if (fact->kind == PATRON_FACT_REAL)
        return patron_json_real(fact->real);
    json_t *said = strcmp(fact->name, "options") == 0 ? json_loads(fact->text, 0, NULL) : NULL;
    return said != NULL ? said : patron_json_text(fact->text, strlen(fact->text));
}

json_t *report_json_facts(const patron_facts *facts)
{
    json_t *object = json_object();
    for (uint64_t i = 0; i < facts->count; ++i)
        report_json_set(object, facts->facts[i].name, value_of(&facts->facts[i]));
    return object;
}
