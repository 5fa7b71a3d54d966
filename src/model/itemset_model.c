/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an itemset model: rank 0 lays the file out, then every rank writes its slices of the sets
 * and rules into it. */
#include "model/itemset_model.h"

#include "model/itemset_part.h"
#include "model/model_file.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/h5_write.h"

#include <stdlib.h>
#include <string.h>

/* Arrays that ranks fill side by side; measures in the order of patron_itemset_measure_kind. */
enum slot {
    SET_OFFSETS,
    SET_ITEMS,
    SET_COUNT,
    ANTECEDENT_OFFSETS,
    ANTECEDENT_ITEMS,
    CONSEQUENT_OFFSETS,
    CONSEQUENT_ITEMS,
    RULE_COUNT,
    RULE_ANTECEDENT_COUNT,
    RULE_CONSEQUENT_COUNT,
    RULE_SUPPORT,
    RULE_CONFIDENCE,
    RULE_LIFT,
    RULE_LEVERAGE,
    RULE_CONVICTION,
    RULE_ZHANG,
    RULE_JACCARD,
    RULE_CHI_SQUARED,
    RULE_P_VALUE,
    SLOTS
};
_Static_assert((int)SLOTS == PATRON_ITEMSET_PART_SLOTS, "the header tells how many there are");

static const struct {
    const char *path;
    patron_h5_type type;
} layout[SLOTS] = {[SET_OFFSETS] = {"/itemsets/offsets", PATRON_H5_U64},
                   [SET_ITEMS] = {"/itemsets/items", PATRON_H5_U32},
                   [SET_COUNT] = {"/itemsets/count", PATRON_H5_U64},
                   [ANTECEDENT_OFFSETS] = {"/rules/antecedent_offsets", PATRON_H5_U64},
                   [ANTECEDENT_ITEMS] = {"/rules/antecedent_items", PATRON_H5_U32},
                   [CONSEQUENT_OFFSETS] = {"/rules/consequent_offsets", PATRON_H5_U64},
                   [CONSEQUENT_ITEMS] = {"/rules/consequent_items", PATRON_H5_U32},
                   [RULE_COUNT] = {"/rules/count", PATRON_H5_U64},
                   [RULE_ANTECEDENT_COUNT] = {"/rules/antecedent_count", PATRON_H5_U64},
                   [RULE_CONSEQUENT_COUNT] = {"/rules/consequent_count", PATRON_H5_U64},
                   [RULE_SUPPORT] = {"/rules/support", PATRON_H5_F64},
                   [RULE_CONFIDENCE] = {"/rules/confidence", PATRON_H5_F64},
                   [RULE_LIFT] = {"/rules/lift", PATRON_H5_F64},
                   [RULE_LEVERAGE] = {"/rules/leverage", PATRON_H5_F64},
                   [RULE_CONVICTION] = {"/rules/conviction", PATRON_H5_F64},
                   [RULE_ZHANG] = {"/rules/zhangs_metric", PATRON_H5_F64},
                   [RULE_JACCARD] = {"/rules/jaccard", PATRON_H5_F64},
                   [RULE_CHI_SQUARED] = {"/rules/chi_squared", PATRON_H5_F64},
                   [RULE_P_VALUE] = {"/rules/p_value", PATRON_H5_F64}};

static const char *kind_name(patron_itemset_kind kind)
{
    static const char *const names[] = {"all", "closed", "maximal"};
    return names[kind];
}

static uint64_t slot_entries(const patron_itemset_result *found, enum slot slot)
{
    switch (slot) {
    case SET_OFFSETS:
        return found->sets.total + 1;
    case SET_ITEMS:
        return found->sets.total_items;
    case SET_COUNT:
        return found->sets.total;
    case ANTECEDENT_OFFSETS:
    case CONSEQUENT_OFFSETS:
        return found->rules.total + 1;
    case ANTECEDENT_ITEMS:
        return found->rules.total_antecedent_items;
    case CONSEQUENT_ITEMS:
        return found->rules.total_consequent_items;
    default:
        return found->rules.total;
    }
}

/* ---- layout, on rank 0 ---- */

static patron_status attach_rule_figures(const patron_h5_file *file, const char *group,
                                         const patron_itemset_model *model)
{
    const patron_itemset_options *options = model->options;
    const struct {
        const char *name;
        bool is_attached;
        uint64_t value;
    } counts[] = {{"max_consequent", true, options->max_consequent},
                  {"prune_redundant", true, options->prune_redundant},
                  {"top_rules", options->top_rules > 0, options->top_rules},
                  {"tested", options->significance > 0.0, model->found->rules.tested}};
    patron_status status =
        patron_h5_attach_f64(file, group, "min_confidence", options->min_confidence);
    if (status == PATRON_OK)
        status = patron_h5_attach_f64(file, group, "min_lift", options->min_lift);
    if (status == PATRON_OK && options->significance > 0.0)
        status = patron_h5_attach_f64(file, group, "significance", options->significance);
    if (status == PATRON_OK && options->top_rules > 0)
        status = patron_h5_attach_text(file, group, "by",
                                       strrchr(layout[RULE_SUPPORT + options->by].path, '/') + 1);
    for (size_t i = 0; status == PATRON_OK && i < sizeof counts / sizeof counts[0]; ++i)
        if (counts[i].is_attached)
            status = patron_h5_attach_u64(file, group, counts[i].name, counts[i].value);
    return status;
}

static patron_status attach_figures(const patron_h5_file *file, const char *group,
                                    const patron_itemset_model *model)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"n_baskets", model->found->baskets},
                  {"min_count", model->found->min_count},
                  {"min_length", model->options->min_length},
                  {"max_length", model->options->max_length}};
    patron_status status =
        patron_h5_attach_text(file, group, "kind", kind_name(model->options->kind));
    for (size_t i = 0; status == PATRON_OK && i < sizeof counts / sizeof counts[0]; ++i)
        status = patron_h5_attach_u64(file, group, counts[i].name, counts[i].value);
    return status;
}

static patron_status reserve(const patron_h5_file *file, const char *prefix,
                             const patron_itemset_result *found, int first, int end,
                             uint64_t *offsets)
{
    patron_status status = PATRON_OK;
    for (int i = first; status == PATRON_OK && i < end; ++i) {
        char path[PATRON_MODEL_PATH];
        patron_model_path(path, prefix, layout[i].path);
        status = patron_h5_reserve(file, path, layout[i].type, slot_entries(found, (enum slot)i), 0,
                                   &offsets[i]);
    }
    return status;
}

static int slots_used(const patron_itemset_model *model)
{
    if (!model->options->rules)
        return ANTECEDENT_OFFSETS;
    return model->options->significance > 0.0 ? SLOTS : RULE_P_VALUE;
}

patron_status patron_itemset_part_lay_out(const patron_h5_file *file, const char *prefix,
                                          const patron_itemset_model *model, uint64_t *offsets)
{
    char group[PATRON_MODEL_PATH];
    patron_model_path(group, prefix, "/itemsets");
    patron_status status = patron_h5_write_group(file, group);
    if (status == PATRON_OK)
        status = attach_figures(file, group, model);
    patron_model_path(group, prefix, "/rules");
    if (status == PATRON_OK && model->options->rules)
        status = patron_h5_write_group(file, group);
    if (status == PATRON_OK && model->options->rules)
        status = attach_rule_figures(file, group, model);
    if (status == PATRON_OK)
        status = reserve(file, prefix, model->found, 0, slots_used(model), offsets);
    return status;
}

patron_status patron_itemset_sides_reserve(const patron_h5_file *file, const char *prefix,
                                           const patron_itemset_rules *rules, uint64_t *offsets)
{
    const patron_itemset_result found = {.rules = *rules};
    return reserve(file, prefix, &found, ANTECEDENT_OFFSETS, RULE_COUNT, offsets);
}

patron_status patron_itemset_model_header(const patron_h5_file *file, const patron_texts *names,
                                          const patron_texts *labels)
{
    patron_status status = patron_model_write_head(file, PATRON_ITEMSET_KIND);
    return status == PATRON_OK ? patron_model_write_items(file, names, labels) : status;
}

static patron_status lay_out(const patron_h5_file *file, const void *argument, uint64_t *offsets)
{
    const patron_itemset_model *model = argument;
    patron_status status = patron_itemset_model_header(file, model->item_names, model->item_labels);
    return status == PATRON_OK ? patron_itemset_part_lay_out(file, "", model, offsets) : status;
}

/* ---- slices, on every rank ---- */

typedef struct slice_writer {
    patron_output *output;
    const uint64_t *offsets; /* of the slots in the file */
} slice_writer;

static patron_status write_slice(const slice_writer *writer, enum slot slot, uint64_t first,
                                 uint64_t count, const void *values)
{
    uint64_t size = patron_h5_type_size(layout[slot].type);
    return patron_output_write(writer->output, writer->offsets[slot] + first * size, values,
                               count * size);
}

/* Offsets of a slice count from its own start; in the file, from that of all.  The last slice's
 * rank also writes the end. */
static patron_status write_offsets(const slice_writer *writer, enum slot slot, uint64_t first,
                                   uint64_t count, uint64_t total, uint64_t first_item,
                                   const uint64_t *offsets)
{
    uint64_t entries = first + count == total ? count + 1 : count;
    uint64_t *shifted = patron_allocate(entries, sizeof *shifted);
    if (shifted == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < entries; ++i)
        shifted[i] = first_item + (offsets == NULL ? 0 : offsets[i]);
    patron_status status = write_slice(writer, slot, first, entries, shifted);
    free(shifted);
    return status;
}

static uint64_t last_offset(const uint64_t *offsets, uint64_t count)
{
    return offsets == NULL ? 0 : offsets[count];
}

static patron_status write_sets(const slice_writer *writer, const patron_itemset_sets *sets)
{
    patron_status status = write_offsets(writer, SET_OFFSETS, sets->first, sets->count, sets->total,
                                         sets->first_item, sets->offsets);
    if (status == PATRON_OK)
        status = write_slice(writer, SET_ITEMS, sets->first_item,
                             last_offset(sets->offsets, sets->count), sets->items);
    if (status == PATRON_OK)
        status = write_slice(writer, SET_COUNT, sets->first, sets->count, sets->support_count);
    return status;
}

static patron_status write_sides(const slice_writer *writer, const patron_itemset_rules *rules)
{
    patron_status status =
        write_offsets(writer, ANTECEDENT_OFFSETS, rules->first, rules->count, rules->total,
                      rules->first_antecedent_item, rules->antecedent_offsets);
    if (status == PATRON_OK)
        status = write_slice(writer, ANTECEDENT_ITEMS, rules->first_antecedent_item,
                             last_offset(rules->antecedent_offsets, rules->count),
                             rules->antecedent_items);
    if (status == PATRON_OK)
        status = write_offsets(writer, CONSEQUENT_OFFSETS, rules->first, rules->count, rules->total,
                               rules->first_consequent_item, rules->consequent_offsets);
    if (status == PATRON_OK)
        status = write_slice(writer, CONSEQUENT_ITEMS, rules->first_consequent_item,
                             last_offset(rules->consequent_offsets, rules->count),
                             rules->consequent_items);
    return status;
}

patron_status patron_itemset_sides_write(patron_output *output, const patron_itemset_rules *rules,
                                         const uint64_t *offsets)
{
    const slice_writer writer = {.output = output, .offsets = offsets};
    return write_sides(&writer, rules);
}

static patron_status write_counts(const slice_writer *writer, const patron_itemset_rules *rules)
{
    patron_status status = PATRON_OK;
    const uint64_t *const counts[] = {rules->support_count, rules->antecedent_count,
                                      rules->consequent_count};
    for (int i = 0; status == PATRON_OK && i < 3; ++i)
        status =
            write_slice(writer, (enum slot)(RULE_COUNT + i), rules->first, rules->count, counts[i]);
    return status;
}

static patron_status write_measures(const slice_writer *writer, uint64_t baskets,
                                    const patron_itemset_rules *rules)
{
    double *values = patron_allocate(rules->count, sizeof *values);
    patron_status status = values == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (int slot = RULE_SUPPORT; status == PATRON_OK && slot < RULE_P_VALUE; ++slot) {
        for (uint64_t i = 0; i < rules->count; ++i) {
            patron_itemset_measures measures =
                patron_itemset_measure(baskets, rules->support_count[i], rules->antecedent_count[i],
                                       rules->consequent_count[i]);
            values[i] = patron_itemset_measure_value(
                &measures, (patron_itemset_measure_kind)(slot - RULE_SUPPORT));
        }
        status = write_slice(writer, (enum slot)slot, rules->first, rules->count, values);
    }
    if (status == PATRON_OK && rules->p_value != NULL)
        status = write_slice(writer, RULE_P_VALUE, rules->first, rules->count, rules->p_value);
    free(values);
    return status;
}

patron_status patron_itemset_part_write(patron_output *output, const patron_itemset_model *model,
                                        const uint64_t *offsets)
{
    const slice_writer writer = {.output = output, .offsets = offsets};
    const patron_itemset_rules *rules = &model->found->rules;
    patron_status status = write_sets(&writer, &model->found->sets);
    if (status != PATRON_OK || !model->options->rules)
        return status;
    status = write_sides(&writer, rules);
    if (status == PATRON_OK)
        status = write_counts(&writer, rules);
    return status == PATRON_OK ? write_measures(&writer, model->found->baskets, rules) : status;
}

patron_status patron_itemset_model_write(const patron_comm *comm, const patron_itemset_model *model,
                                         const patron_run *run, const char *path, bool force)
{
    patron_output *output = NULL;
    uint64_t offsets[SLOTS] = {0};
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    patron_status status =
        patron_model_begin(comm, path, force, lay_out, model, offsets, SLOTS, &output);
    if (status == PATRON_OK)
        status = patron_itemset_part_write(output, model, offsets);
    status = patron_model_end(comm, output, run, status);
    patron_meter_leave(span, 0, 0);
    return status;
}
