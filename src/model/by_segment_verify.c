/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of an itemset model of segments: each segment's part, and tables that follow from counts
 * and agree with the parts.  Each rank checks its range of each part and table.  That the rules of
 * the parts are in the table of all is checked by its ranges: as both ascend, the rules of a part
 * that belong to a range of the table are found by halving. */
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

static patron_status verify_parts(const patron_comm *comm, const patron_model_part *model,
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
        status = patron_itemset_part_verify(comm, &part, &baskets, &figures->min_counts[s]);
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
                                 const patron_by_segment_figures *figures,
                                 const patron_by_segment_items *table)
{
    const uint64_t *items = table->items;
    for (uint64_t i = 0; i < table->range.count; ++i) {
        bool is_frequent = false;
        for (uint64_t s = 0; s < figures->k; ++s)
            is_frequent = is_frequent || table->held[i * figures->k + s] >= figures->min_counts[s];
        if (!is_frequent || items[i] >= part->item_count || (i > 0 && items[i] <= items[i - 1]))
            return patron_fail(PATRON_DATA,
                               "%s: %s/items: row %" PRIu64 ": an item that does not belong there",
                               part->path, part->prefix, table->range.first + i);
    }
    return PATRON_OK;
}

static patron_status check_item_figures(const patron_model_part *part,
                                        const patron_by_segment_figures *figures,
                                        const patron_by_segment_items *table)
{
    double *lift = NULL, *p_value = NULL;
    uint64_t k = figures->k;
    patron_status status =
        patron_by_segment_reals_read(part, "/items/lift", table->total, table->range, k, &lift);
    if (status == PATRON_OK)
        status = patron_by_segment_reals_read(part, "/items/p_value", table->total, table->range, k,
                                              &p_value);
    for (uint64_t i = 0; status == PATRON_OK && i < table->range.count; ++i) {
        uint64_t all = patron_by_segment_sum(table->held, i, k), row = table->range.first + i;
        for (uint64_t s = 0; status == PATRON_OK && s < k; ++s) {
            uint64_t held = table->held[i * k + s], here = figures->baskets[s];
            double expected = patron_itemset_contrast_lift(figures->total, held, here, all);
            if (!are_same(lift[i * k + s], expected))
                status = fail_figure(part, "/items/lift", row);
            else if (!are_same(p_value[i * k + s],
                               patron_itemset_p_value(figures->total, held, here, all)))
                status = fail_figure(part, "/items/p_value", row);
        }
    }
    free(lift);
    free(p_value);
    return status;
}

/* What a piece of a table is held against. */
typedef struct table_check {
    const patron_by_segment_figures *figures;
    uint64_t total; /* rows of the table */
} table_check;

static patron_status verify_items(const patron_model_part *part, patron_range range,
                                  const void *context)
{
    const table_check *sound = context;
    patron_by_segment_items items = {0};
    patron_status status =
        patron_by_segment_items_read(part, sound->figures, sound->total, range, &items);
    if (status == PATRON_OK)
        status = check_items(part, sound->figures, &items);
    if (status == PATRON_OK)
        status = check_item_figures(part, sound->figures, &items);
    patron_by_segment_items_free(&items);
    return status;
}

/* ---- rules ---- */

static patron_status check_rule_figures(const patron_model_part *part,
                                        const patron_by_segment_figures *figures,
                                        const patron_by_segment_rules *table)
{
    double *lift = NULL, *in_all = NULL;
    uint64_t k = figures->k, rows = table->range.count, first = table->range.first;
    patron_status status =
        patron_by_segment_reals_read(part, "/rules/lift", table->total, table->range, k, &lift);
    if (status == PATRON_OK)
        status = patron_by_segment_reals_read(part, "/rules/lift_in_all", table->total,
                                              table->range, 0, &in_all);
    for (uint64_t c = 0; status == PATRON_OK && c < rows * k; ++c) {
        if (table->both[c] > table->antecedent[c] || table->both[c] > table->consequent[c])
            status = fail_figure(part, "/rules/count", first + c / k);
        else if (!are_same(lift[c], patron_itemset_contrast_lift(
                                        figures->baskets[c % k], table->both[c],
                                        table->antecedent[c], table->consequent[c])))
            status = fail_figure(part, "/rules/lift", first + c / k);
    }
    for (uint64_t i = 0; status == PATRON_OK && i < rows; ++i)
        if (!are_same(in_all[i], patron_itemset_contrast_lift(
                                     figures->total, patron_by_segment_sum(table->both, i, k),
                                     patron_by_segment_sum(table->antecedent, i, k),
                                     patron_by_segment_sum(table->consequent, i, k))))
            status = fail_figure(part, "/rules/lift_in_all", first + i);
    free(lift);
    free(in_all);
    return status;
}

/* How many of the part's `rules` are not behind rule `row` of a piece of the table. */
static patron_status count_until(const patron_model_part *part, uint64_t rules,
                                 const patron_side_lists *table, uint64_t row, uint64_t *until)
{
    uint64_t low = 0, high = rules;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && low < high) {
        uint64_t middle = low + (high - low) / 2;
        patron_side_lists rule = {0};
        status = patron_sides_read(part, (patron_range){.first = middle, .count = 1}, &rule);
        if (status == PATRON_OK && patron_sides_compare(&rule, 0, table, row) <= 0)
            low = middle + 1;
        else
            high = middle;
        patron_sides_free(&rule);
    }
    *until = low;
    return status;
}

/* Those of the part's rules that belong to a piece of the table: behind its first row, which is of
 * the piece before, up to its last; at both ends of the table, all that are left. */
static patron_status find_own(const patron_model_part *part, uint64_t rules,
                              const patron_by_segment_rules *table, patron_range *own)
{
    const patron_range rows = table->range;
    uint64_t end = rules;
    *own = (patron_range){0};
    if (rows.count == 0 && table->total > 0)
        return PATRON_OK;
    patron_status status = PATRON_OK;
    if (rows.first > 0)
        status = count_until(part, rules, &table->sides, 0, &own->first);
    if (status == PATRON_OK && rows.first + rows.count < table->total)
        status = count_until(part, rules, &table->sides, rows.count - 1, &end);
    own->count = end > own->first ? end - own->first : 0;
    return status;
}

/* Each of a segment's own rules is in the piece of the table, with its counts. */
static patron_status check_part_rules(const patron_model_part *part, uint64_t segment, uint64_t k,
                                      const patron_by_segment_rules *table,
                                      const patron_by_segment_rules *own)
{
    uint64_t row = 0, rows = table->range.count;
    for (uint64_t i = 0; i < own->range.count; ++i) {
        while (row < rows && patron_sides_compare(&table->sides, row, &own->sides, i) < 0)
            ++row;
        uint64_t cell = row * k + segment;
        if (row == rows || patron_sides_compare(&table->sides, row, &own->sides, i) != 0 ||
            table->both[cell] != own->both[i] || table->antecedent[cell] != own->antecedent[i] ||
            table->consequent[cell] != own->consequent[i])
            return patron_fail(PATRON_DATA,
                               "%s: %s/rules: rule %" PRIu64 " is not in the table of all segments",
                               part->path, part->prefix, own->range.first + i);
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
    patron_status status = patron_sides_count(&part, &own.total);
    if (status == PATRON_OK)
        status = find_own(&part, own.total, table, &own.range);
    if (status == PATRON_OK)
        status = patron_sides_read(&part, own.range, &own.sides);
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/count", own.total, own.range, &own.both);
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/antecedent_count", own.total, own.range,
                                    &own.antecedent);
    if (status == PATRON_OK)
        status = patron_counts_read(&part, "/rules/consequent_count", own.total, own.range,
                                    &own.consequent);
    if (status == PATRON_OK)
        status = check_part_rules(&part, segment, k, table, &own);
    patron_by_segment_rules_free(&own);
    return status;
}

static patron_status verify_rules(const patron_model_part *part, patron_range range,
                                  const void *context)
{
    const table_check *sound = context;
    patron_by_segment_rules table = {0};
    patron_status status =
        patron_by_segment_rules_read(part, sound->figures, sound->total, range, &table);
    if (status == PATRON_OK)
        status = check_rule_figures(part, sound->figures, &table);
    for (uint64_t s = 0; status == PATRON_OK && s < sound->figures->k; ++s)
        status = verify_part_rules(part, s, sound->figures->k, &table);
    patron_by_segment_rules_free(&table);
    return status;
}

/* ---- all of it ---- */

static patron_status verify_tables(const patron_comm *comm, const patron_model_part *tables,
                                   const patron_by_segment_figures *figures)
{
    table_check sound = {.figures = figures};
    patron_status status = patron_by_segment_items_count(tables, &sound.total);
    if (status == PATRON_OK)
        status = patron_pieces_check(comm, tables, sound.total, verify_items, &sound);
    if (status != PATRON_OK || !patron_h5_exists(tables->file, "/by_segment/rules"))
        return status;
    status = patron_sides_count(tables, &sound.total);
    return status == PATRON_OK
               ? patron_pieces_check(comm, tables, sound.total, verify_rules, &sound)
               : status;
}

patron_status patron_by_segment_model_verify(const patron_comm *comm,
                                             const patron_model_part *model)
{
    patron_by_segment_figures figures = {0};
    patron_model_part tables = *model;
    tables.prefix = "/by_segment";
    patron_status status = patron_by_segment_figures_read(&tables, &figures);
    if (status == PATRON_OK)
        status = verify_parts(comm, model, &figures);
    status = patron_comm_agree(comm, status); /* halving needs parts that other ranks found sound */
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, verify_tables(comm, &tables, &figures));
    patron_by_segment_figures_free(&figures);
    return status;
}
