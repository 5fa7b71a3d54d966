/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of an itemset model of segments: each segment's part, and tables that follow from counts
 * and agree with the parts. */
#include "model/itemset_verify.h"
#include "model/model_file.h"
#include "model/verify_parts.h"

#include "itemset/contrast.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What the segments are. */
typedef struct segment_figures {
    uint64_t k, total;
    uint64_t *baskets, *min_counts; /* k */
} segment_figures;

/* A rule table's counts, rules x k. */
typedef struct rule_table {
    patron_side_lists sides;
    uint64_t *both, *antecedent, *consequent;
} rule_table;

/* ---- segments ---- */

static patron_status read_segments(const patron_model_part *part, segment_figures *figures)
{
    uint64_t *customers = NULL, sum = 0;
    patron_status status = patron_figure_read(part, "", "k", &figures->k);
    if (status == PATRON_OK)
        status = patron_figure_read(part, "", "n_baskets", &figures->total);
    if (status == PATRON_OK && (figures->k == 0 || figures->k > INT32_MAX))
        status =
            patron_fail(PATRON_DATA, "%s: %s: k is %" PRIu64, part->path, part->prefix, figures->k);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/baskets", figures->k, &figures->baskets);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/customers", figures->k, &customers);
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s) {
        sum += figures->baskets[s];
        if (customers[s] > figures->baskets[s])
            status = patron_fail(PATRON_DATA,
                                 "%s: segment %" PRIu64 ": %" PRIu64 " baskets of %" PRIu64
                                 " customers can't be",
                                 part->path, s, figures->baskets[s], customers[s]);
    }
    free(customers);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, "n_baskets of all segments", figures->total, sum);
    return status;
}

static patron_status verify_parts(const patron_model_part *model, segment_figures *figures)
{
    figures->min_counts = patron_allocate(figures->k, sizeof *figures->min_counts);
    patron_status status = figures->min_counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s) {
        char prefix[64];
        uint64_t baskets = 0;
        patron_model_part part = *model;
        snprintf(prefix, sizeof prefix, "/by_segment/%" PRIu64, s);
        part.prefix = prefix;
        status = patron_itemset_part_verify(&part, &baskets, &figures->min_counts[s]);
        if (status == PATRON_OK)
            status = patron_verify_equal(part.path, prefix, baskets, figures->baskets[s]);
    }
    return status;
}

/* ---- tables ---- */

/* Reads rows x columns numbers. */
static patron_status read_reals(const patron_model_part *part, const char *name, uint64_t rows,
                                uint64_t columns, double **values)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array array;
    patron_model_path(path, part->prefix, name);
    patron_status status = patron_h5_array_open(part->file, part->path, path, columns == 0 ? 1 : 2,
                                                PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, path, array.shape[0], rows);
    if (status == PATRON_OK && columns > 0)
        status = patron_verify_equal(part->path, path, array.shape[1], columns);
    if (status == PATRON_OK) {
        *values = patron_allocate(rows, (columns == 0 ? 1 : columns) * sizeof **values);
        status =
            *values == NULL ? PATRON_RESOURCE : patron_h5_read_f64_rows(&array, 0, rows, *values);
    }
    patron_h5_array_close(&array);
    return status;
}

/* Reads rows x k counts, none above the segment's baskets. */
static patron_status read_counts(const patron_model_part *part, const char *name, uint64_t rows,
                                 const segment_figures *figures, uint64_t **counts)
{
    double *values = NULL;
    uint64_t cells = rows * figures->k;
    patron_status status = read_reals(part, name, rows, figures->k, &values);
    if (status == PATRON_OK && (*counts = patron_allocate(cells, sizeof **counts)) == NULL)
        status = PATRON_RESOURCE;
    for (uint64_t c = 0; status == PATRON_OK && c < cells; ++c) {
        if (values[c] >= 0.0 && values[c] <= (double)figures->baskets[c % figures->k])
            (*counts)[c] = (uint64_t)values[c];
        else
            status = patron_fail(PATRON_DATA, "%s: %s%s: row %" PRIu64 ": a count that can't be",
                                 part->path, part->prefix, name, c / figures->k);
    }
    free(values);
    return status;
}

static patron_status fail_figure(const patron_model_part *part, const char *name, uint64_t row)
{
    return patron_fail(PATRON_DATA, "%s: %s%s: row %" PRIu64 " does not follow from its counts",
                       part->path, part->prefix, name, row);
}

static bool are_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static uint64_t sum_row(const uint64_t *counts, uint64_t row, uint64_t k)
{
    uint64_t sum = 0;
    for (uint64_t s = 0; s < k; ++s)
        sum += counts[row * k + s];
    return sum;
}

/* ---- items ---- */

/* Items ascend, and each is frequent in some segment. */
static patron_status check_items(const patron_model_part *part, const segment_figures *figures,
                                 const uint64_t *items, const uint64_t *counts, uint64_t rows)
{
    for (uint64_t i = 0; i < rows; ++i) {
        bool is_frequent = false;
        for (uint64_t s = 0; s < figures->k; ++s)
            is_frequent = is_frequent || counts[i * figures->k + s] >= figures->min_counts[s];
        if (!is_frequent || items[i] >= part->item_count || (i > 0 && items[i] <= items[i - 1]))
            return patron_fail(PATRON_DATA,
                               "%s: %s/items: row %" PRIu64 ": an item that does not belong there",
                               part->path, part->prefix, i);
    }
    return PATRON_OK;
}

static patron_status check_item_figures(const patron_model_part *part,
                                        const segment_figures *figures, const uint64_t *counts,
                                        uint64_t rows)
{
    double *lift = NULL, *p_value = NULL;
    uint64_t k = figures->k;
    patron_status status = read_reals(part, "/items/lift", rows, k, &lift);
    if (status == PATRON_OK)
        status = read_reals(part, "/items/p_value", rows, k, &p_value);
    for (uint64_t i = 0; status == PATRON_OK && i < rows; ++i) {
        uint64_t all = sum_row(counts, i, k);
        for (uint64_t s = 0; status == PATRON_OK && s < k; ++s) {
            uint64_t held = counts[i * k + s], here = figures->baskets[s];
            double expected = patron_itemset_contrast_lift(figures->total, held, here, all);
            if (!are_same(lift[i * k + s], expected))
                status = fail_figure(part, "/items/lift", i);
            else if (!are_same(p_value[i * k + s],
                               patron_itemset_p_value(figures->total, held, here, all)))
                status = fail_figure(part, "/items/p_value", i);
        }
    }
    free(lift);
    free(p_value);
    return status;
}

static patron_status verify_items(const patron_model_part *part, const segment_figures *figures)
{
    char path[PATRON_MODEL_PATH];
    uint64_t *items = NULL, *counts = NULL, rows = 0;
    patron_h5_array array;
    patron_model_path(path, part->prefix, "/items/item");
    patron_status status =
        patron_h5_array_open(part->file, part->path, path, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        rows = array.shape[0];
    patron_h5_array_close(&array);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/items/item", rows, &items);
    if (status == PATRON_OK)
        status = read_counts(part, "/items/count", rows, figures, &counts);
    if (status == PATRON_OK)
        status = check_items(part, figures, items, counts, rows);
    if (status == PATRON_OK)
        status = check_item_figures(part, figures, counts, rows);
    free(items);
    free(counts);
    return status;
}

/* ---- rules ---- */

static patron_status check_rule_figures(const patron_model_part *part,
                                        const segment_figures *figures, const rule_table *table)
{
    double *lift = NULL, *in_all = NULL;
    uint64_t k = figures->k, rows = table->sides.antecedents.count;
    patron_status status = read_reals(part, "/rules/lift", rows, k, &lift);
    if (status == PATRON_OK)
        status = read_reals(part, "/rules/lift_in_all", rows, 0, &in_all);
    for (uint64_t c = 0; status == PATRON_OK && c < rows * k; ++c) {
        if (table->both[c] > table->antecedent[c] || table->both[c] > table->consequent[c])
            status = fail_figure(part, "/rules/count", c / k);
        else if (!are_same(lift[c], patron_itemset_contrast_lift(
                                        figures->baskets[c % k], table->both[c],
                                        table->antecedent[c], table->consequent[c])))
            status = fail_figure(part, "/rules/lift", c / k);
    }
    for (uint64_t i = 0; status == PATRON_OK && i < rows; ++i)
        if (!are_same(in_all[i],
                      patron_itemset_contrast_lift(figures->total, sum_row(table->both, i, k),
                                                   sum_row(table->antecedent, i, k),
                                                   sum_row(table->consequent, i, k))))
            status = fail_figure(part, "/rules/lift_in_all", i);
    free(lift);
    free(in_all);
    return status;
}

/* Each rule of a segment's part is in the table, with its counts. */
static patron_status check_part_rules(const patron_model_part *part, uint64_t segment, uint64_t k,
                                      const rule_table *table, const rule_table *own)
{
    uint64_t row = 0, rows = table->sides.antecedents.count;
    for (uint64_t i = 0; i < own->sides.antecedents.count; ++i) {
        while (row < rows && patron_sides_compare(&table->sides, row, &own->sides, i) < 0)
            ++row;
        uint64_t cell = row * k + segment;
        if (row == rows || patron_sides_compare(&table->sides, row, &own->sides, i) != 0 ||
            table->both[cell] != own->both[i] || table->antecedent[cell] != own->antecedent[i] ||
            table->consequent[cell] != own->consequent[i])
            return patron_fail(PATRON_DATA,
                               "%s: %s/rules: rule %" PRIu64 " is not in the table of all segments",
                               part->path, part->prefix, i);
    }
    return PATRON_OK;
}

static void free_table(rule_table *table)
{
    patron_sides_free(&table->sides);
    free(table->both);
    free(table->antecedent);
    free(table->consequent);
}

static patron_status verify_part_rules(const patron_model_part *tables, uint64_t segment,
                                       uint64_t k, const rule_table *table)
{
    char prefix[64];
    patron_model_part part = *tables;
    rule_table own = {0};
    snprintf(prefix, sizeof prefix, "%s/%" PRIu64, tables->prefix, segment);
    part.prefix = prefix;
    patron_status status = patron_sides_read(&part, &own.sides);
    uint64_t rules = own.sides.antecedents.count;
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/count", rules, &own.both);
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/antecedent_count", rules, &own.antecedent);
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/consequent_count", rules, &own.consequent);
    if (status == PATRON_OK)
        status = check_part_rules(&part, segment, k, table, &own);
    free_table(&own);
    return status;
}

static patron_status verify_rules(const patron_model_part *part, const segment_figures *figures)
{
    rule_table table = {0};
    patron_status status = patron_sides_read(part, &table.sides);
    uint64_t rows = table.sides.antecedents.count;
    if (status == PATRON_OK)
        status = read_counts(part, "/rules/count", rows, figures, &table.both);
    if (status == PATRON_OK)
        status = read_counts(part, "/rules/antecedent_count", rows, figures, &table.antecedent);
    if (status == PATRON_OK)
        status = read_counts(part, "/rules/consequent_count", rows, figures, &table.consequent);
    if (status == PATRON_OK)
        status = check_rule_figures(part, figures, &table);
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s)
        status = verify_part_rules(part, s, figures->k, &table);
    free_table(&table);
    return status;
}

patron_status patron_by_segment_model_verify(const patron_model_part *model)
{
    segment_figures figures = {0};
    patron_model_part tables = *model;
    tables.prefix = "/by_segment";
    patron_status status = read_segments(&tables, &figures);
    if (status == PATRON_OK)
        status = verify_parts(model, &figures);
    if (status == PATRON_OK)
        status = verify_items(&tables, &figures);
    if (status == PATRON_OK && patron_h5_exists(model->file, "/by_segment/rules"))
        status = verify_rules(&tables, &figures);
    free(figures.baskets);
    free(figures.min_counts);
    return status;
}
