/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of a dataset, for programs. */
#include "inspect_reports.h"
#include "jobs.h"

#include "cli/json.h"
#include "ingest/text.h"
#include "report_json.h"

#include <stdio.h>
#include <string.h>

/* {"0.05": x, ...} */
static json_t *quantiles_of(const double *quantiles)
{
    json_t *object = json_object();
    for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level) {
        char name[16];
        snprintf(name, sizeof name, "%g", patron_profile_levels[level]);
        report_json_set(object, name, patron_json_real(quantiles[level]));
    }
    return object;
}

static json_t *histogram_of(const patron_column_profile *column)
{
    double edges[PATRON_PROFILE_BINS + 1];
    if (!(column->least < column->greatest))
        return json_null();
    for (uint32_t bin = 0; bin <= PATRON_PROFILE_BINS; ++bin)
        edges[bin] = patron_profile_edge(column, bin);
    json_t *object = json_object();
    report_json_set(object, "edges", report_json_reals(edges, PATRON_PROFILE_BINS + 1));
    report_json_set(object, "counts", report_json_counts(column->bins, PATRON_PROFILE_BINS));
    return object;
}

static json_t *feature_of(const inspect_dataset *run, uint32_t j)
{
    const patron_column_profile *column = &run->rows.column[j];
    json_t *object = json_object();
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"name", report_json_text_of(run->names, j)},
        {"unit", report_json_text_of(run->units, j)},
        {"source", report_json_text_of(run->sources, j)},
        {"missing", patron_json_count(run->rows.rows - column->present)},
        {"missing_share", patron_json_real(inspect_missing_share(run, j))},
        {"distinct", column->distinct <= PATRON_PROFILE_DISTINCT
                         ? patron_json_count(column->distinct)
                         : json_null()},
        {"distinct_above", column->distinct <= PATRON_PROFILE_DISTINCT
                               ? json_null()
                               : patron_json_count(PATRON_PROFILE_DISTINCT)},
        {"constant", json_boolean(column->present > 0 && column->least == column->greatest)},
        {"zeros", patron_json_count(column->zeros)},
        {"negatives", patron_json_count(column->negatives)},
        {"outliers", patron_json_count(column->outliers)},
        {"far_outliers", patron_json_count(column->far_outliers)},
        {"mean", patron_json_real(column->mean)},
        {"standard_deviation", patron_json_real(column->deviation)},
        {"skewness", patron_json_real(column->skewness)},
        {"min", patron_json_real(column->least)},
        {"max", patron_json_real(column->greatest)},
        {"quantiles", quantiles_of(column->quantile)},
        {"histogram", histogram_of(column)}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; ++i)
        report_json_set(object, members[i].name, members[i].value);
    return object;
}

static void set_customers(const inspect_dataset *run, patron_summary *summary)
{
    json_t *features = json_array(), *weights = json_null();
    for (uint32_t j = 0; j < run->rows.columns; ++j)
        json_array_append_new(features, feature_of(run, j));
    patron_summary_set(summary, "features", features);
    patron_summary_set_count(summary, "duplicate_rows", run->rows.duplicates);
    if (run->rows.weighs) {
        weights = json_object();
        report_json_set(weights, "sum", patron_json_real(run->rows.weight.sum));
        report_json_set(weights, "min", patron_json_real(run->rows.weight.least));
        report_json_set(weights, "max", patron_json_real(run->rows.weight.greatest));
        report_json_set(weights, "zeros", patron_json_count(run->rows.weight.zeros));
    }
    patron_summary_set(summary, "weights", weights);
}

static json_t *time_of(int64_t seconds)
{
    char text[PATRON_TIME_CAPACITY];
    patron_time_text(seconds, text);
    return patron_json_text(text, strlen(text));
}

static json_t *items_of(const inspect_dataset *run)
{
    json_t *items = json_array();
    for (uint32_t i = 0; i < run->items.count; ++i) {
        const patron_best_entry *entry = &run->items.entries[i];
        json_t *item = json_object();
        report_json_set(
            item, "name",
            report_json_text_of(patron_dataset_item_names(run->dataset), entry->number));
        report_json_set(
            item, "label",
            report_json_text_of(patron_dataset_item_labels(run->dataset), entry->number));
        report_json_set(item, "baskets", patron_json_count(entry->key[0]));
        report_json_set(item, "share",
                        patron_json_real((double)entry->key[0] / (double)run->baskets.baskets));
        json_array_append_new(items, item);
    }
    return items;
}

static void set_baskets(const inspect_dataset *run, patron_summary *summary)
{
    const patron_baskets_profile *baskets = &run->baskets;
    bool has_customer = patron_dataset_has_basket_customer(run->dataset);
    bool has_time = patron_dataset_has_basket_time(run->dataset) && baskets->baskets > 0;
    patron_summary_set_count(summary, "empty_baskets", baskets->empty);
    patron_summary_set(summary, "baskets_without_customer",
                       has_customer ? patron_json_count(baskets->without_customer) : json_null());
    patron_summary_set_count(summary, "basket_items", baskets->entries);
    json_t *lengths = json_object();
    report_json_set(lengths, "mean", patron_json_real(baskets->mean));
    report_json_set(lengths, "min", patron_json_count(baskets->shortest));
    report_json_set(lengths, "max", patron_json_count(baskets->longest));
    report_json_set(lengths, "quantiles", quantiles_of(baskets->quantile));
    patron_summary_set(summary, "basket_length", lengths);
    patron_summary_set_count(summary, "items_in_no_basket", baskets->never);
    patron_summary_set(summary, "first_time", has_time ? time_of(baskets->earliest) : json_null());
    patron_summary_set(summary, "last_time", has_time ? time_of(baskets->latest) : json_null());
    patron_summary_set(summary, "top_items", items_of(run));
    patron_summary_set_count(summary, "items_withheld", run->items_withheld);
}

static void set_extras(const inspect_dataset *run, patron_summary *summary)
{
    const patron_dataset_extras *extras = &run->extras;
    json_t *quality = json_object(), *others = json_object();
    for (uint64_t i = 0; i < extras->names.count; ++i) {
        const patron_quality *figure = &extras->figures[i];
        report_json_set_named(quality, &extras->names, i,
                              figure->is_real ? patron_json_real(figure->real)
                                              : patron_json_count(figure->count));
    }
    for (uint64_t i = 0; i < extras->others.count; ++i)
        report_json_set_named(others, &extras->others, i, report_json_text_of(&extras->kinds, i));
    patron_summary_set(summary, "quality", quality);
    patron_summary_set(summary, "others", others);
}

patron_status inspect_dataset_print_json(const inspect_dataset *run)
{
    const patron_dataset *dataset = run->dataset;
    const char *path = patron_dataset_path(dataset);
    const char *digest = patron_dataset_recorded_digest(dataset);
    patron_summary summary = patron_summary_create("inspect");
    patron_summary_set_text(&summary, "path", path, strlen(path));
    patron_summary_set_text(&summary, "kind", "dataset", strlen("dataset"));
    patron_summary_set(&summary, "recorded_digest",
                       digest[0] != '\0' ? json_string(digest) : json_null());
    patron_summary_set_count(&summary, "parts", patron_dataset_parts(dataset));
    patron_summary_set_count(&summary, "rows", patron_dataset_rows(dataset));
    patron_summary_set_count(&summary, "columns", patron_dataset_columns(dataset));
    patron_summary_set_count(&summary, "baskets", patron_dataset_baskets(dataset));
    patron_summary_set_count(&summary, "items", patron_dataset_item_names(dataset)->count);
    if (run->rows.columns > 0)
        set_customers(run, &summary);
    if (patron_dataset_has_baskets(dataset))
        set_baskets(run, &summary);
    set_extras(run, &summary);
    return patron_job_end_summary(run->context, &summary);
}
