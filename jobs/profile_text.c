/* SPDX-License-Identifier: Apache-2.0 */
/* The profile for people: the segments, their strongest traits, their items. */
#include "profile_run.h"

#include "item_labels.h"
#include "patron/memory.h"
#include "report_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void add_segment(const profile_run *run, uint32_t segment, patron_table *table)
{
    char *name = profile_name(run, segment);
    double all = (double)run->figures.rows[run->labels.k];
    table->failed = table->failed || name == NULL;
    patron_table_add_count(table, segment);
    report_add_text(table, name == NULL ? "" : name);
    patron_table_add_count(table, run->figures.rows[segment]);
    patron_table_add_decimal(table, 100.0 * (double)run->figures.rows[segment] / all, 1);
    if (run->revenue != UINT32_MAX) {
        patron_table_add_decimal(table, 100.0 * profile_revenue_share(run, segment), 1);
        patron_table_add_decimal(table, profile_times_a_head(run, segment), 2);
    }
    if (run->items.items > 0)
        patron_table_add_count(table, run->items.baskets[segment]);
    patron_table_add_text(table, patron_texts_at(&run->typical_id, segment),
                          patron_texts_length(&run->typical_id, segment));
    free(name);
}

static patron_status print_segments(const profile_run *run)
{
    patron_table table = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "name", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "customers", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "share %", PATRON_ALIGN_RIGHT, false);
    if (run->revenue != UINT32_MAX) {
        report_add_column(&table, "revenue %", PATRON_ALIGN_RIGHT, false);
        report_add_column(&table, "times a head", PATRON_ALIGN_RIGHT, false);
    }
    if (run->items.items > 0)
        report_add_column(&table, "baskets", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "typical customer", PATRON_ALIGN_LEFT, true);
    for (uint32_t s = 0; s < run->labels.k; ++s)
        if (profile_is_shown(run, s) && run->figures.rows[s] > 0)
            add_segment(run, s, &table);
    return report_print_table("Segments", &table);
}

/* ---- traits ---- */

static void add_trait(const profile_run *run, uint32_t segment, uint32_t column,
                      patron_table *table)
{
    const patron_column_profile *own = profile_figures(run, segment, column);
    const patron_column_profile *all = profile_figures(run, run->labels.k, column);
    bool is_category = profile_is_category(run, column);
    patron_texts title = {0};
    patron_table_add_count(table, segment);
    if (report_append_title(&run->shard.names, &run->shard.units, column, &title) == PATRON_OK)
        patron_table_add_text(table, patron_texts_at(&title, 0), patron_texts_length(&title, 0));
    else
        table->failed = true;
    patron_table_add_decimal(table, profile_effect(run, segment, column), 2);
    patron_table_add_real(table, own->mean, 4);
    patron_table_add_real(table, all->mean, 4);
    for (int q = PATRON_PROFILE_LOWER_QUARTILE; q <= PATRON_PROFILE_UPPER_QUARTILE; ++q)
        patron_table_add_real(table, is_category ? (double)NAN : own->quantile[q], 4);
    patron_table_add_decimal(table, is_category ? profile_lift(run, segment, column) : (double)NAN,
                             2);
    patron_texts_free(&title);
}

/* The traits of all shown segments, and how many columns of these are withheld. */
static patron_status add_traits(const profile_run *run, patron_table *table, uint64_t *withheld)
{
    uint32_t most = run->options->top;
    uint32_t *columns = patron_allocate(most, sizeof *columns);
    if (columns == NULL)
        return PATRON_RESOURCE;
    for (uint32_t s = 0; s < run->labels.k; ++s) {
        if (!profile_is_shown(run, s) || run->figures.rows[s] == 0)
            continue;
        uint32_t count = profile_traits(run, s, 0.0, most, columns);
        for (uint32_t i = 0; i < count; ++i)
            add_trait(run, s, columns[i], table);
        for (uint32_t j = 0; j < run->figures.columns; ++j)
            *withheld += profile_is_told(run, s, j) ? 0 : 1;
    }
    free(columns);
    return PATRON_OK;
}

static patron_status print_traits(const profile_run *run)
{
    static const char *const headings[] = {"effect", "mean", "of everyone", "25 %",
                                           "median", "75 %", "lift"};
    patron_table table = {0};
    uint64_t withheld = 0;
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "column", PATRON_ALIGN_LEFT, true);
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; ++i)
        report_add_column(&table, headings[i], PATRON_ALIGN_RIGHT, false);
    patron_status status = add_traits(run, &table, &withheld);
    patron_status printed =
        report_print_table("What sets them apart, in standard deviations of everyone", &table);
    if (status != PATRON_OK || printed != PATRON_OK || withheld == 0)
        return status == PATRON_OK ? printed : status;
    putchar('\n');
    return report_print_line("%" PRIu64 " columns of segments have fewer than %" PRIu64
                             " customers behind them, or would tell of such: not shown "
                             "(--min-group)",
                             withheld, run->options->min_group);
}

/* ---- items ---- */

static patron_status add_item(const profile_run *run, uint32_t segment, uint32_t item,
                              patron_table *table)
{
    patron_texts label = {0};
    const profile_items *items = &run->items;
    uint64_t count = items->count[(uint64_t)segment * items->items + item];
    patron_status status =
        patron_item_labels_join(patron_dataset_item_names(run->dataset),
                                patron_dataset_item_labels(run->dataset), &item, 1, &label);
    if (status == PATRON_OK) {
        patron_table_add_count(table, segment);
        patron_table_add_text(table, patron_texts_at(&label, 0), patron_texts_length(&label, 0));
        patron_table_add_count(table, count);
        patron_table_add_decimal(table, 100.0 * (double)count / (double)items->baskets[segment], 1);
        patron_table_add_decimal(table, profile_item_lift(run, segment, item), 2);
    }
    patron_texts_free(&label);
    return status;
}

static patron_status print_items(const profile_run *run)
{
    static const char *const headings[] = {"baskets", "share %", "lift"};
    patron_table table = {0};
    uint32_t most = run->options->top;
    uint32_t *items = patron_allocate(most, sizeof *items);
    patron_status status = items == NULL ? PATRON_RESOURCE : PATRON_OK;
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "buys", PATRON_ALIGN_LEFT, true);
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; ++i)
        report_add_column(&table, headings[i], PATRON_ALIGN_RIGHT, false);
    for (uint32_t s = 0; status == PATRON_OK && s < run->labels.k; ++s) {
        uint32_t count = profile_is_shown(run, s) ? profile_best_items(run, s, most, items) : 0;
        for (uint32_t i = 0; status == PATRON_OK && i < count; ++i)
            status = add_item(run, s, items[i], &table);
    }
    free(items);
    patron_status printed = report_print_table("What they buy more than others", &table);
    return status == PATRON_OK ? printed : status;
}

patron_status profile_print_text(const profile_run *run)
{
    uint64_t all = run->figures.rows[run->labels.k];
    patron_status status =
        report_print_line("%" PRIu32 " segments of %" PRIu64 " customers, %" PRIu64 " in none",
                          run->labels.k, all, patron_dataset_rows(run->dataset) - all);
    if (status == PATRON_OK)
        status = print_segments(run);
    if (status == PATRON_OK && run->withheld > 0)
        status = report_print_line(
            "\n%" PRIu64 " segment%s fewer than %" PRIu64 " customers%s: not shown (--min-group)",
            run->withheld, run->withheld == 1 ? " has" : "s have", run->options->min_group,
            report_complement_note(run->least, run->options->min_group));
    if (status == PATRON_OK)
        status = print_traits(run);
    return status == PATRON_OK && run->items.items > 0 ? print_items(run) : status;
}
