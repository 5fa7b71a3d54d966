/* SPDX-License-Identifier: Apache-2.0 */
/* The tables are laid out as mining leaves them, a slice on each rank, so that its own search finds
 * the best. */
#include "model/by_segment_read.h"

#include "model/by_segment_tables.h"
#include "model/group_least.h"
#include "model/model_file.h"
#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const ROOT = "/by_segment";

/* A model while it is read. */
typedef struct by_segment_reading {
    const patron_comm *comm;
    patron_model_part part;
    uint64_t min_group;
    patron_by_segment_figures figures;
    patron_itemset_groups groups; /* without baskets; arrays are those of `figures` */
    patron_by_segment_view *view;
} by_segment_reading;

patron_status patron_by_segment_is(const char *path, bool *is)
{
    hid_t file = H5I_INVALID_HID;
    patron_status status = patron_h5_open(path, &file);
    *is = status == PATRON_OK && patron_h5_exists(file, ROOT);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

/* ---- the head ---- */

static patron_status read_digest(by_segment_reading *reading)
{
    patron_facts facts = {0};
    patron_status status = patron_facts_read(reading->part.file, reading->part.path, ROOT, &facts);
    const patron_fact *digest =
        status == PATRON_OK ? patron_facts_find(&facts, "segments_digest") : NULL;
    const patron_fact *without =
        status == PATRON_OK ? patron_facts_find(&facts, "n_baskets_without") : NULL;
    if (digest != NULL && digest->kind == PATRON_FACT_TEXT)
        snprintf(reading->view->segments_digest, sizeof reading->view->segments_digest, "%s",
                 digest->text);
    reading->view->without = without != NULL ? without->count : 0;
    patron_facts_free(&facts);
    return status;
}

static patron_status read_min_counts(by_segment_reading *reading)
{
    patron_by_segment_figures *figures = &reading->figures;
    figures->min_counts = patron_allocate(figures->k, sizeof *figures->min_counts);
    patron_status status = figures->min_counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s) {
        char prefix[64];
        patron_model_part own = reading->part;
        snprintf(prefix, sizeof prefix, "%s/%" PRIu64, ROOT, s);
        own.prefix = prefix;
        status = patron_figure_read(&own, "/itemsets", "min_count", &figures->min_counts[s]);
    }
    return status;
}

static patron_status read_head(by_segment_reading *reading)
{
    patron_by_segment_view *view = reading->view;
    patron_status status = patron_model_read_items(reading->part.file, reading->part.path,
                                                   &view->names, &view->labels);
    if (status == PATRON_OK)
        status = patron_facts_read(reading->part.file, reading->part.path, "/run", &view->run);
    if (status == PATRON_OK)
        status = read_digest(reading);
    reading->part.item_count = view->names.count;
    if (status == PATRON_OK)
        status = patron_by_segment_figures_read(&reading->part, &reading->figures);
    if (status == PATRON_OK)
        status = read_min_counts(reading);
    view->k = status == PATRON_OK ? (uint32_t)reading->figures.k : 0;
    view->total = reading->figures.total;
    reading->groups = (patron_itemset_groups){.count = view->k,
                                              .item_count = (uint32_t)view->names.count,
                                              .baskets = reading->figures.baskets,
                                              .total = view->total};
    return status;
}

/* ---- the best ---- */

static bool is_withheld(const by_segment_reading *reading, uint32_t segment)
{
    return reading->figures.customers[segment] < reading->view->least;
}

/* What a segment must have of an item or a rule, so that it is told. */
static uint64_t least_of(const by_segment_reading *reading, uint32_t segment)
{
    uint64_t mined = reading->figures.min_counts[segment];
    return mined > reading->min_group ? mined : reading->min_group;
}

/* Sums of the rows of counts[rows x k], the caller's to free(); NULL: out of memory, recorded. */
static uint64_t *sums_of(const uint64_t *counts, uint64_t rows, uint64_t k)
{
    uint64_t *sums = patron_allocate(rows, sizeof *sums);
    for (uint64_t i = 0; sums != NULL && i < rows; ++i)
        sums[i] = patron_by_segment_sum(counts, i, k);
    return sums;
}

/* This rank's range of `total` rows. */
static patron_range own_range(const by_segment_reading *reading, uint64_t total)
{
    return patron_range_cut(total, (uint64_t)reading->comm->rank, (uint64_t)reading->comm->size);
}

static patron_status read_items(const by_segment_reading *reading,
                                patron_itemset_item_contrast *contrast)
{
    patron_by_segment_items table = {0};
    uint64_t total = 0;
    patron_status status = patron_by_segment_items_count(&reading->part, &total);
    if (status == PATRON_OK)
        status = patron_by_segment_items_read(&reading->part, &reading->figures, total,
                                              own_range(reading, total), &table);
    if (status == PATRON_OK) {
        uint64_t count = table.range.count;
        *contrast = (patron_itemset_item_contrast){
            .count = count,
            .first = table.range.first,
            .total = total,
            .items = patron_allocate(count, sizeof *contrast->items),
            .held = table.held,
            .held_by_all = sums_of(table.held, count, reading->figures.k)};
        table.held = NULL;
        if (contrast->items == NULL || contrast->held_by_all == NULL)
            status = PATRON_RESOURCE;
    }
    for (uint64_t i = 0; status == PATRON_OK && i < contrast->count; ++i)
        contrast->items[i] = (uint32_t)table.items[i];
    patron_by_segment_items_free(&table);
    return status;
}

static patron_status find_items(by_segment_reading *reading)
{
    patron_itemset_item_contrast contrast = {0};
    patron_status status = patron_comm_agree(reading->comm, read_items(reading, &contrast));
    for (uint32_t s = 0; status == PATRON_OK && s < reading->view->k; ++s) {
        patron_segment_best *best = &reading->view->best[s];
        if (!is_withheld(reading, s))
            status = patron_itemset_best_items(reading->comm, &reading->groups, &contrast, s,
                                               least_of(reading, s), PATRON_SEGMENT_BEST,
                                               best->items, &best->item_count);
    }
    patron_itemset_item_contrast_free(&contrast);
    return status;
}

/* The table as mining leaves it; takes what it holds over. */
static patron_status make_contrast(const by_segment_reading *reading,
                                   patron_by_segment_rules *table,
                                   patron_itemset_rule_contrast *contrast)
{
    uint64_t rules = table->range.count, k = reading->figures.k;
    *contrast = (patron_itemset_rule_contrast){
        .rules = {.count = rules,
                  .first = table->range.first,
                  .total = table->total,
                  .antecedent_offsets = table->sides.antecedents.offsets,
                  .antecedent_items = table->sides.antecedents.items,
                  .consequent_offsets = table->sides.consequents.offsets,
                  .consequent_items = table->sides.consequents.items,
                  .support_count = sums_of(table->both, rules, k),
                  .antecedent_count = sums_of(table->antecedent, rules, k),
                  .consequent_count = sums_of(table->consequent, rules, k)},
        .support_count = table->both,
        .antecedent_count = table->antecedent,
        .consequent_count = table->consequent};
    *table = (patron_by_segment_rules){0};
    const patron_itemset_rules *made = &contrast->rules;
    return made->support_count == NULL || made->antecedent_count == NULL ||
                   made->consequent_count == NULL
               ? PATRON_RESOURCE
               : PATRON_OK;
}

static patron_status read_rules(by_segment_reading *reading, patron_itemset_rule_contrast *contrast)
{
    patron_by_segment_rules table = {0};
    uint64_t *total = &reading->view->rules;
    patron_status status = patron_sides_count(&reading->part, total);
    if (status == PATRON_OK)
        status = patron_by_segment_rules_read(&reading->part, &reading->figures, *total,
                                              own_range(reading, *total), &table);
    if (status == PATRON_OK)
        status = make_contrast(reading, &table, contrast);
    patron_by_segment_rules_free(&table);
    return status;
}

static patron_status find_rules(by_segment_reading *reading)
{
    patron_by_segment_view *view = reading->view;
    patron_itemset_rule_contrast contrast = {0};
    patron_status status = patron_comm_agree(reading->comm, read_rules(reading, &contrast));
    for (uint32_t s = 0; status == PATRON_OK && s < view->k; ++s)
        if (!is_withheld(reading, s))
            status = patron_itemset_best_group_rules(
                reading->comm, &reading->groups, &contrast, s, least_of(reading, s),
                PATRON_SEGMENT_BEST, view->best[s].rules, &view->best[s].rule_count);
    patron_itemset_rule_contrast_free(&contrast);
    return status;
}

/* ---- all of it ---- */

/* What is not of items or rules. */
static patron_status read_segments(by_segment_reading *reading)
{
    patron_by_segment_view *view = reading->view;
    patron_status status = patron_h5_open(reading->part.path, &reading->part.file);
    if (status == PATRON_OK)
        status = read_head(reading);
    if (status == PATRON_OK && (view->best = patron_allocate(view->k, sizeof *view->best)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        view->least = patron_group_least(reading->figures.customers, view->k, reading->min_group);
    for (uint32_t s = 0; status == PATRON_OK && s < view->k; ++s)
        view->withheld += is_withheld(reading, s);
    return status;
}

patron_status patron_by_segment_view_read(const patron_comm *comm, const char *path,
                                          uint64_t min_group, patron_by_segment_view *view)
{
    by_segment_reading reading = {.comm = comm,
                                  .part = {.file = H5I_INVALID_HID, .path = path, .prefix = ROOT},
                                  .min_group = min_group,
                                  .view = view};
    *view = (patron_by_segment_view){0};
    patron_span span = patron_meter_enter(PATRON_STEP_RANK);
    patron_status status = patron_comm_agree(comm, read_segments(&reading));
    if (status == PATRON_OK) {
        uint64_t has_rules = patron_h5_exists(reading.part.file, "/by_segment/rules") ? 1 : 0;
        patron_comm_reduce_u64(comm, &has_rules, 1, PATRON_MAX);
        view->has_rules = has_rules != 0;
        status = find_items(&reading);
    }
    if (status == PATRON_OK && view->has_rules)
        status = find_rules(&reading);
    view->baskets = reading.figures.baskets;
    view->customers = reading.figures.customers;
    reading.figures.baskets = reading.figures.customers = NULL;
    patron_by_segment_figures_free(&reading.figures);
    if (reading.part.file >= 0)
        H5Fclose(reading.part.file);
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_segment_best_free(patron_segment_best *best, uint32_t segments)
{
    for (uint32_t s = 0; best != NULL && s < segments; ++s)
        for (uint32_t i = 0; i < best[s].rule_count; ++i)
            patron_itemset_rule_free(&best[s].rules[i].rule);
    free(best);
}

void patron_by_segment_view_free(patron_by_segment_view *view)
{
    patron_segment_best_free(view->best, view->k);
    free(view->baskets);
    free(view->customers);
    patron_texts_free(&view->names);
    patron_texts_free(&view->labels);
    patron_facts_free(&view->run);
    *view = (patron_by_segment_view){0};
}
