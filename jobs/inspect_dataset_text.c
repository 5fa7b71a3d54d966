/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of a dataset, for people. */
#include "inspect_reports.h"

#include "cli/bars.h"
#include "cli/terminal.h"
#include "ingest/text.h"
#include "report_text.h"

#include <inttypes.h>
#include <string.h>

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static patron_status print_head(const inspect_dataset *run)
{
    const patron_dataset *dataset = run->dataset;
    const char *digest = patron_dataset_recorded_digest(dataset);
    uint64_t parts = patron_dataset_parts(dataset), rows = patron_dataset_rows(dataset);
    uint64_t columns = patron_dataset_columns(dataset), baskets = patron_dataset_baskets(dataset);
    uint64_t items = patron_dataset_item_names(dataset)->count;
    patron_status status = report_print_line(
        "%s: a dataset of %" PRIu64 " customer%s x %" PRIu64 " column%s and %" PRIu64
        " basket%s of %" PRIu64 " item%s, in %" PRIu64 " part%s",
        patron_dataset_path(dataset), rows, plural(rows), columns, plural(columns), baskets,
        plural(baskets), items, plural(items), parts, plural(parts));
    if (status == PATRON_OK && digest[0] != '\0')
        status = report_print_line("digest %s, as recorded when it was written", digest);
    return status;
}

/* ---- customers ---- */

static void add_text_of(patron_table *table, const patron_texts *texts, uint32_t index)
{
    patron_table_add_text(table, patron_texts_at(texts, index), patron_texts_length(texts, index));
}

static void add_distinct(patron_table *table, uint64_t distinct)
{
    if (distinct <= PATRON_PROFILE_DISTINCT)
        patron_table_add_count(table, distinct);
    else
        report_add_text(table, ">10,000");
}

/* What the column's histogram says, or why there is none. */
static void add_drawing(patron_table *table, const patron_column_profile *column)
{
    char bars[PATRON_BARS_CAPACITY] = "constant";
    if (column->present == 0)
        strcpy(bars, "no values");
    else if (column->least < column->greatest)
        patron_bars_draw(column->bins, PATRON_PROFILE_BINS, patron_terminal_is_unicode(), bars);
    report_add_text(table, bars);
}

static patron_status print_columns(const inspect_dataset *run)
{
    static const char *const counts[] = {"missing", "%", "distinct", "zeros", "below 0"};
    bool has_units = run->units->count > 0;
    patron_table table = {0};
    report_add_column(&table, "column", PATRON_ALIGN_LEFT, true);
    if (has_units)
        report_add_column(&table, "unit", PATRON_ALIGN_LEFT, true);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i)
        report_add_column(&table, counts[i], PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "histogram", PATRON_ALIGN_LEFT, false);
    for (uint32_t j = 0; j < run->rows.columns; ++j) {
        const patron_column_profile *column = &run->rows.column[j];
        add_text_of(&table, run->names, j);
        if (has_units)
            add_text_of(&table, run->units, j);
        patron_table_add_count(&table, run->rows.rows - column->present);
        patron_table_add_decimal(&table, 100.0 * inspect_missing_share(run, j), 1);
        add_distinct(&table, column->distinct);
        patron_table_add_count(&table, column->zeros);
        patron_table_add_count(&table, column->negatives);
        add_drawing(&table, column);
    }
    return report_print_table("Columns", &table);
}

static patron_status print_values(const inspect_dataset *run)
{
    static const char *const figures[] = {"mean",   "deviation", "least", "5 %",     "25 %",
                                          "median", "75 %",      "95 %",  "greatest"};
    patron_table table = {0};
    report_add_column(&table, "column", PATRON_ALIGN_LEFT, true);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; ++i)
        report_add_column(&table, figures[i], PATRON_ALIGN_RIGHT, false);
    for (uint32_t j = 0; j < run->rows.columns; ++j) {
        const patron_column_profile *column = &run->rows.column[j];
        add_text_of(&table, run->names, j);
        patron_table_add_real(&table, column->mean, 4);
        patron_table_add_real(&table, column->deviation, 4);
        patron_table_add_real(&table, column->least, 4);
        for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level)
            patron_table_add_real(&table, column->quantile[level], 4);
        patron_table_add_real(&table, column->greatest, 4);
    }
    return report_print_table("Values", &table);
}

static patron_status print_shapes(const inspect_dataset *run)
{
    bool has_sources = run->sources->count > 0;
    patron_table table = {0};
    report_add_column(&table, "column", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "skewness", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "outliers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "far ones", PATRON_ALIGN_RIGHT, false);
    if (has_sources)
        report_add_column(&table, "source", PATRON_ALIGN_LEFT, true);
    for (uint32_t j = 0; j < run->rows.columns; ++j) {
        const patron_column_profile *column = &run->rows.column[j];
        add_text_of(&table, run->names, j);
        patron_table_add_real(&table, column->skewness, 3);
        patron_table_add_count(&table, column->outliers);
        patron_table_add_count(&table, column->far_outliers);
        if (has_sources)
            add_text_of(&table, run->sources, j);
    }
    return report_print_table("Shape and source", &table);
}

static patron_status print_customers(const inspect_dataset *run)
{
    const patron_weight_profile *weight = &run->rows.weight;
    uint64_t duplicates = run->rows.duplicates;
    patron_status status = print_columns(run);
    if (status == PATRON_OK)
        status = print_values(run);
    if (status == PATRON_OK)
        status = print_shapes(run);
    putchar('\n');
    if (status == PATRON_OK)
        status = report_print_line("%" PRIu64 " row%s an earlier row in these columns", duplicates,
                                   duplicates == 1 ? " equals" : "s equal");
    if (status == PATRON_OK && run->rows.weighs)
        status = report_print_line("weights from %g to %g, %.10g in all, %" PRIu64 " of them 0",
                                   weight->least, weight->greatest, weight->sum, weight->zeros);
    return status;
}

/* ---- baskets ---- */

static void add_count(patron_table *table, const char *what, uint64_t count)
{
    report_add_text(table, what);
    patron_table_add_count(table, count);
}

static void add_real(patron_table *table, const char *what, double real)
{
    report_add_text(table, what);
    patron_table_add_real(table, real, 4);
}

static void add_time(patron_table *table, const char *what, int64_t seconds)
{
    char text[PATRON_TIME_CAPACITY];
    report_add_text(table, what);
    report_add_text(table, patron_time_text(seconds, text));
}

static patron_status print_baskets(const inspect_dataset *run)
{
    static const char *const levels[PATRON_PROFILE_LEVELS] = {
        "items of a basket, 5 %", "items of a basket, 25 %", "items of a basket, median",
        "items of a basket, 75 %", "items of a basket, 95 %"};
    const patron_baskets_profile *baskets = &run->baskets;
    patron_table table = {0};
    report_begin_figures(&table);
    add_count(&table, "baskets", baskets->baskets);
    add_count(&table, "empty baskets", baskets->empty);
    if (patron_dataset_has_basket_customer(run->dataset))
        add_count(&table, "baskets without customer", baskets->without_customer);
    add_count(&table, "items in all baskets", baskets->entries);
    add_real(&table, "items of a basket, mean", baskets->mean);
    add_count(&table, "items of a basket, least", baskets->shortest);
    for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level)
        add_real(&table, levels[level], baskets->quantile[level]);
    add_count(&table, "items of a basket, most", baskets->longest);
    add_count(&table, "different items", patron_dataset_item_names(run->dataset)->count);
    add_count(&table, "items in no basket", baskets->never);
    if (patron_dataset_has_basket_time(run->dataset) && baskets->baskets > 0) {
        add_time(&table, "first time", baskets->earliest);
        add_time(&table, "last time", baskets->latest);
    }
    return report_print_table("Baskets", &table);
}

static patron_status print_items(const inspect_dataset *run)
{
    const patron_texts *names = patron_dataset_item_names(run->dataset);
    const patron_texts *labels = patron_dataset_item_labels(run->dataset);
    patron_table table = {0};
    report_add_column(&table, "item", PATRON_ALIGN_LEFT, true);
    if (labels->count > 0)
        report_add_column(&table, "label", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "%", PATRON_ALIGN_RIGHT, false);
    for (uint32_t i = 0; i < run->items.count; ++i) {
        const patron_best_entry *entry = &run->items.entries[i];
        add_text_of(&table, names, (uint32_t)entry->number);
        if (labels->count > 0)
            add_text_of(&table, labels, (uint32_t)entry->number);
        patron_table_add_count(&table, entry->key[0]);
        patron_table_add_decimal(&table,
                                 100.0 * (double)entry->key[0] / (double)run->baskets.baskets, 1);
    }
    patron_status status = report_print_table("Most frequent items", &table);
    if (status != PATRON_OK || run->items_withheld == 0)
        return status;
    putchar('\n');
    return report_print_line(
        "%" PRIu64 " item%s in fewer than %" PRIu64 " baskets: not listed (--min-group)",
        run->items_withheld, run->items_withheld == 1 ? " is" : "s are", run->options->min_group);
}

/* ---- beside these ---- */

static patron_status print_extras(const inspect_dataset *run)
{
    const patron_dataset_extras *extras = &run->extras;
    patron_table quality = {0}, others = {0};
    report_begin_figures(&quality);
    for (uint64_t i = 0; i < extras->names.count; ++i) {
        report_add_name(&quality, patron_texts_at(&extras->names, i),
                        patron_texts_length(&extras->names, i));
        if (extras->figures[i].is_real)
            patron_table_add_decimal(&quality, extras->figures[i].real, 3);
        else
            patron_table_add_count(&quality, extras->figures[i].count);
    }
    report_add_column(&others, "path", PATRON_ALIGN_LEFT, true);
    report_add_column(&others, "in the first part", PATRON_ALIGN_LEFT, false);
    for (uint64_t i = 0; i < extras->others.count; ++i) {
        add_text_of(&others, &extras->others, (uint32_t)i);
        add_text_of(&others, &extras->kinds, (uint32_t)i);
    }
    patron_status status = report_print_table("Recorded when it was made (/quality)", &quality);
    patron_status other = report_print_table("Also there", &others);
    return status == PATRON_OK ? other : status;
}

patron_status inspect_dataset_print_text(const inspect_dataset *run)
{
    patron_status status = print_head(run);
    if (status == PATRON_OK && run->rows.columns > 0)
        status = print_customers(run);
    if (status == PATRON_OK && patron_dataset_has_baskets(run->dataset))
        status = print_baskets(run);
    if (status == PATRON_OK && patron_dataset_has_baskets(run->dataset))
        status = print_items(run);
    return status == PATRON_OK ? print_extras(run) : status;
}
