/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an itemset model of segments: below /by_segment a part for each segment, laid out as a
 * model of its own, and tables of items and rules with a column a segment. */
#include "model/by_segment_model.h"

#include "model/itemset_part.h"
#include "model/model_file.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "/by_segment"

/* Arrays of the tables that ranks fill; those of the segments' parts and of the rules' sides come
 * behind these. */
enum table {
    ITEM,
    ITEM_COUNT,
    ITEM_LIFT,
    ITEM_P_VALUE,
    RULE_COUNT,
    RULE_ANTECEDENT_COUNT,
    RULE_CONSEQUENT_COUNT,
    RULE_LIFT,
    RULE_LIFT_IN_ALL,
    TABLES
};

static const struct {
    const char *path;
    patron_h5_type type;
    bool is_by_segment; /* has a column a segment */
} layout[TABLES] = {
    [ITEM] = {GROUP "/items/item", PATRON_H5_U32, false},
    [ITEM_COUNT] = {GROUP "/items/count", PATRON_H5_U64, true},
    [ITEM_LIFT] = {GROUP "/items/lift", PATRON_H5_F64, true},
    [ITEM_P_VALUE] = {GROUP "/items/p_value", PATRON_H5_F64, true},
    [RULE_COUNT] = {GROUP "/rules/count", PATRON_H5_U64, true},
    [RULE_ANTECEDENT_COUNT] = {GROUP "/rules/antecedent_count", PATRON_H5_U64, true},
    [RULE_CONSEQUENT_COUNT] = {GROUP "/rules/consequent_count", PATRON_H5_U64, true},
    [RULE_LIFT] = {GROUP "/rules/lift", PATRON_H5_F64, true},
    [RULE_LIFT_IN_ALL] = {GROUP "/rules/lift_in_all", PATRON_H5_F64, false},
};

static uint64_t sides_slot(void)
{
    return TABLES;
}

static uint64_t part_slot(uint32_t segment)
{
    return TABLES + ((uint64_t)segment + 1) * PATRON_ITEMSET_PART_SLOTS;
}

static patron_itemset_model part_of(const patron_by_segment_model *model, uint32_t segment)
{
    return (patron_itemset_model){.found = &model->found[segment],
                                  .options = model->options,
                                  .item_names = model->item_names,
                                  .item_labels = model->item_labels};
}

/* ---- layout, on rank 0 ---- */

static patron_status attach_figures(const patron_h5_file *file,
                                    const patron_by_segment_model *model)
{
    const patron_itemset_groups *groups = model->groups;
    patron_status status = patron_h5_write_group(file, GROUP);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, GROUP, "k", groups->count);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, GROUP, "n_baskets", groups->total);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, GROUP, "n_baskets_without", model->baskets_without);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, GROUP, "segments_digest", model->segments_digest);
    if (status == PATRON_OK)
        status = patron_h5_write(file, GROUP "/baskets", PATRON_H5_U64, groups->count, 0,
                                 groups->baskets);
    if (status == PATRON_OK)
        status = patron_h5_write(file, GROUP "/customers", PATRON_H5_U64, groups->count, 0,
                                 model->customers);
    return status;
}

static patron_status lay_out_parts(const patron_h5_file *file, const patron_by_segment_model *model,
                                   uint64_t *offsets)
{
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < model->groups->count; ++s) {
        char prefix[64];
        const patron_itemset_model part = part_of(model, s);
        snprintf(prefix, sizeof prefix, GROUP "/%" PRIu32, s);
        status = patron_h5_write_group(file, prefix);
        if (status == PATRON_OK)
            status = patron_itemset_part_lay_out(file, prefix, &part, offsets + part_slot(s));
    }
    return status;
}

static patron_status reserve(const patron_h5_file *file, const patron_by_segment_model *model,
                             int first, int end, uint64_t rows, uint64_t *offsets)
{
    patron_status status = PATRON_OK;
    for (int t = first; status == PATRON_OK && t < end; ++t)
        status = patron_h5_reserve(file, layout[t].path, layout[t].type, rows,
                                   layout[t].is_by_segment ? model->groups->count : 0, &offsets[t]);
    return status;
}

static patron_status lay_out_tables(const patron_h5_file *file,
                                    const patron_by_segment_model *model, uint64_t *offsets)
{
    patron_status status = patron_h5_write_group(file, GROUP "/items");
    if (status == PATRON_OK)
        status = reserve(file, model, ITEM, RULE_COUNT, model->items->total, offsets);
    if (status != PATRON_OK || !model->options->rules)
        return status;
    const patron_itemset_rules *rules = &model->rules->rules;
    status = patron_h5_write_group(file, GROUP "/rules");
    if (status == PATRON_OK)
        status = patron_itemset_sides_reserve(file, GROUP, rules, offsets + sides_slot());
    if (status == PATRON_OK)
        status = reserve(file, model, RULE_COUNT, TABLES, rules->total, offsets);
    return status;
}

static patron_status lay_out(const patron_h5_file *file, const void *argument, uint64_t *offsets)
{
    const patron_by_segment_model *model = argument;
    patron_status status = patron_itemset_model_header(file, model->item_names, model->item_labels);
    if (status == PATRON_OK)
        status = attach_figures(file, model);
    if (status == PATRON_OK)
        status = lay_out_parts(file, model, offsets);
    return status == PATRON_OK ? lay_out_tables(file, model, offsets) : status;
}

/* ---- slices, on every rank ---- */

typedef struct table_writer {
    const patron_by_segment_model *model;
    patron_output *output;
    const uint64_t *offsets;
} table_writer;

/* Rows first ... first + count - 1 of a table. */
static patron_status write_rows(const table_writer *w, enum table table, uint64_t first,
                                uint64_t count, const void *values)
{
    uint64_t row = patron_h5_type_size(layout[table].type) *
                   (layout[table].is_by_segment ? w->model->groups->count : 1);
    return patron_output_write(w->output, w->offsets[table] + first * row, values, count * row);
}

static patron_status write_item_figures(const table_writer *w, double *values)
{
    const patron_itemset_item_contrast *items = w->model->items;
    const patron_itemset_groups *groups = w->model->groups;
    uint64_t k = groups->count, cells = items->count * k;
    for (uint64_t c = 0; c < cells; ++c)
        values[c] = patron_itemset_contrast_lift(groups->total, items->held[c],
                                                 groups->baskets[c % k], items->held_by_all[c / k]);
    patron_status status = write_rows(w, ITEM_LIFT, items->first, items->count, values);
    if (status != PATRON_OK)
        return status;
#pragma omp parallel for schedule(dynamic, 256) num_threads(w->model->threads)
    for (uint64_t c = 0; c < cells; ++c)
        values[c] = patron_itemset_p_value(groups->total, items->held[c], groups->baskets[c % k],
                                           items->held_by_all[c / k]);
    return write_rows(w, ITEM_P_VALUE, items->first, items->count, values);
}

static patron_status write_items(const table_writer *w)
{
    const patron_itemset_item_contrast *items = w->model->items;
    double *values = patron_allocate(items->count, w->model->groups->count * sizeof *values);
    patron_status status = values == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = write_rows(w, ITEM, items->first, items->count, items->items);
    if (status == PATRON_OK)
        status = write_rows(w, ITEM_COUNT, items->first, items->count, items->held);
    if (status == PATRON_OK)
        status = write_item_figures(w, values);
    free(values);
    return status;
}

static patron_status write_rule_lifts(const table_writer *w, double *values)
{
    const patron_itemset_rule_contrast *table = w->model->rules;
    const patron_itemset_rules *rules = &table->rules;
    const patron_itemset_groups *groups = w->model->groups;
    uint64_t k = groups->count;
    for (uint64_t c = 0; c < rules->count * k; ++c)
        values[c] =
            patron_itemset_contrast_lift(groups->baskets[c % k], table->support_count[c],
                                         table->antecedent_count[c], table->consequent_count[c]);
    patron_status status = write_rows(w, RULE_LIFT, rules->first, rules->count, values);
    for (uint64_t i = 0; i < rules->count; ++i)
        values[i] =
            patron_itemset_contrast_lift(groups->total, rules->support_count[i],
                                         rules->antecedent_count[i], rules->consequent_count[i]);
    if (status == PATRON_OK)
        status = write_rows(w, RULE_LIFT_IN_ALL, rules->first, rules->count, values);
    return status;
}

static patron_status write_rules(const table_writer *w)
{
    const patron_itemset_rule_contrast *table = w->model->rules;
    const patron_itemset_rules *rules = &table->rules;
    const uint64_t *const counts[] = {table->support_count, table->antecedent_count,
                                      table->consequent_count};
    double *values = patron_allocate(rules->count, w->model->groups->count * sizeof *values);
    patron_status status = values == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_itemset_sides_write(w->output, rules, w->offsets + sides_slot());
    for (int i = 0; status == PATRON_OK && i < 3; ++i)
        status = write_rows(w, (enum table)(RULE_COUNT + i), rules->first, rules->count, counts[i]);
    if (status == PATRON_OK)
        status = write_rule_lifts(w, values);
    free(values);
    return status;
}

static patron_status write_slices(const table_writer *w)
{
    patron_status status = write_items(w);
    if (status == PATRON_OK && w->model->options->rules)
        status = write_rules(w);
    for (uint32_t s = 0; status == PATRON_OK && s < w->model->groups->count; ++s) {
        const patron_itemset_model part = part_of(w->model, s);
        status = patron_itemset_part_write(w->output, &part, w->offsets + part_slot(s));
    }
    return status;
}

patron_status patron_by_segment_model_write(const patron_comm *comm,
                                            const patron_by_segment_model *model,
                                            const patron_run *run, const char *path, bool force)
{
    patron_output *output = NULL;
    uint64_t slots = part_slot(model->groups->count);
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    uint64_t *offsets = patron_allocate(slots, sizeof *offsets);
    patron_status status = patron_comm_agree(comm, offsets == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        status = patron_model_begin(comm, path, force, lay_out, model, offsets, slots, &output);
        const table_writer writer = {.model = model, .output = output, .offsets = offsets};
        if (status == PATRON_OK)
            status = write_slices(&writer);
        status = patron_model_end(comm, output, run, status);
    }
    free(offsets);
    patron_meter_leave(span, 0, 0);
    return status;
}
