/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of an itemset model of segments: each segment's part, and tables that follow from counts
 * and agree with the parts. */
#include "model/by_segment_tables.h"
#include "model/itemset_verify.h"
#include "model/verify_parts.h"

#include "itemset/contrast.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static patron_status verify_parts(const patron_model_part *model,
                                  patron_by_segment_figures *figures)
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

static patron_status fail_figure(const patron_model_part *part, const char *name, uint64_t row)
{
    return patron_fail(PATRON_DATA, "%s: %s%s: row %" PRIu64 " does not follow from its counts",
                       part->path, part->prefix, name, row);
}

static bool are_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* ---- items ---- */

/* Items ascend, and each is frequent in some segment. */
static patron_status check_items(const patron_model_part *part,
                                 const patron_by_segment_figures *figures, const uint64_t *items,
                                 const uint64_t *counts, uint64_t rows)
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
                                        const patron_by_segment_figures *figures,
                                        const uint64_t *counts, uint64_t rows)
{
    double *lift = NULL, *p_value = NULL;
    uint64_t k = figures->k;
    patron_status status = patron_by_segment_reals_read(part, "/items/lift", rows, k, &lift);
    if (status == PATRON_OK)
        status = patron_by_segment_reals_read(part, "/items/p_value", rows, k, &p_value);
    for (uint64_t i = 0; status == PATRON_OK && i < rows; ++i) {
        uint64_t all = patron_by_segment_sum(counts, i, k);
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

static patron_status verify_items(const patron_model_part *part,
                                  const patron_by_segment_figures *figures)
{
    patron_by_segment_items items = {0};
    patron_status status = patron_by_segment_items_read(part, figures, &items);
    if (status == PATRON_OK)
        status = check_items(part, figures, items.items, items.held, items.count);
    if (status == PATRON_OK)
        status = check_item_figures(part, figures, items.held, items.count);
    patron_by_segment_items_free(&items);
    return status;
}

/* ---- rules ---- */

static patron_status check_rule_figures(const patron_model_part *part,
                                        const patron_by_segment_figures *figures,
                                        const patron_by_segment_rules *table)
{
    double *lift = NULL, *in_all = NULL;
    uint64_t k = figures->k, rows = table->sides.antecedents.count;
    patron_status status = patron_by_segment_reals_read(part, "/rules/lift", rows, k, &lift);
    if (status == PATRON_OK)
        status = patron_by_segment_reals_read(part, "/rules/lift_in_all", rows, 0, &in_all);
    for (uint64_t c = 0; status == PATRON_OK && c < rows * k; ++c) {
        if (table->both[c] > table->antecedent[c] || table->both[c] > table->consequent[c])
            status = fail_figure(part, "/rules/count", c / k);
        else if (!are_same(lift[c], patron_itemset_contrast_lift(
                                        figures->baskets[c % k], table->both[c],
                                        table->antecedent[c], table->consequent[c])))
            status = fail_figure(part, "/rules/lift", c / k);
    }
    for (uint64_t i = 0; status == PATRON_OK && i < rows; ++i)
        if (!are_same(in_all[i], patron_itemset_contrast_lift(
                                     figures->total, patron_by_segment_sum(table->both, i, k),
                                     patron_by_segment_sum(table->antecedent, i, k),
                                     patron_by_segment_sum(table->consequent, i, k))))
            status = fail_figure(part, "/rules/lift_in_all", i);
    free(lift);
    free(in_all);
    return status;
}

/* Each rule of a segment's part is in the table, with its counts. */
static patron_status check_part_rules(const patron_model_part *part, uint64_t segment, uint64_t k,
                                      const patron_by_segment_rules *table,
                                      const patron_by_segment_rules *own)
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

static patron_status verify_part_rules(const patron_model_part *tables, uint64_t segment,
                                       uint64_t k, const patron_by_segment_rules *table)
{
    char prefix[64];
    patron_model_part part = *tables;
    patron_by_segment_rules own = {0};
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
    patron_by_segment_rules_free(&own);
    return status;
}

static patron_status verify_rules(const patron_model_part *part,
                                  const patron_by_segment_figures *figures)
{
    patron_by_segment_rules table = {0};
    patron_status status = patron_by_segment_rules_read(part, figures, &table);
    if (status == PATRON_OK)
        status = check_rule_figures(part, figures, &table);
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s)
        status = verify_part_rules(part, s, figures->k, &table);
    patron_by_segment_rules_free(&table);
    return status;
}

patron_status patron_by_segment_model_verify(const patron_model_part *model)
{
    patron_by_segment_figures figures = {0};
    patron_model_part tables = *model;
    tables.prefix = "/by_segment";
    patron_status status = patron_by_segment_figures_read(&tables, &figures);
    if (status == PATRON_OK)
        status = verify_parts(model, &figures);
    if (status == PATRON_OK)
        status = verify_items(&tables, &figures);
    if (status == PATRON_OK && patron_h5_exists(model->file, "/by_segment/rules"))
        status = verify_rules(&tables, &figures);
    patron_by_segment_figures_free(&figures);
    return status;
}
