/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an itemset model for people: one walk over counts, of which each rank goes over its
 * range, finds the best, whose items rank 0 then fetches. */
#include "model/itemset_read.h"

#include "itemset/top_rules.h"
#include "model/model_file.h"
#include "patron/data.h"
#include "patron/memory.h"
#include "runtime/best.h"
#include "runtime/meter.h"
#include "store/h5.h"

#include <stdlib.h>

enum { PIECE = 1 << 16, COUNTS = 3 };

/* A model while it is read. */
typedef struct model_reading {
    const patron_comm *comm;
    hid_t file;
    const char *path;
    uint64_t least_count;
    patron_best best;
    patron_itemset_view *view;
} model_reading;

/* Opens a list of whole numbers; close in any case. */
static patron_status open_numbers(const model_reading *reading, const char *name,
                                  patron_h5_array *array)
{
    return patron_h5_array_open(reading->file, reading->path, name, 1, PATRON_H5_INTEGER, array);
}

/* List `number` of lists in CSR form. */
static patron_status read_list(const model_reading *reading, const char *offsets_name,
                               const char *items_name, uint64_t number, patron_item_list *list)
{
    patron_h5_array offsets, items = {.dataset = H5I_INVALID_HID};
    uint64_t ends[2] = {0, 0};
    patron_status status = open_numbers(reading, offsets_name, &offsets);
    if (status == PATRON_OK)
        status = open_numbers(reading, items_name, &items);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offsets, number, 2, ends);
    list->length = status == PATRON_OK ? (uint32_t)(ends[1] - ends[0]) : 0;
    list->items = patron_allocate(list->length, sizeof *list->items);
    if (status == PATRON_OK && list->items == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&items, ends[0], list->length, list->items);
    patron_h5_array_close(&items);
    patron_h5_array_close(&offsets);
    return status;
}

/* ---- sets ---- */

/* by_length[0 .. length] at least. */
static patron_status make_room_for_length(patron_itemset_view *view, uint64_t length)
{
    if (length <= view->longest && view->by_length != NULL)
        return PATRON_OK;
    uint64_t *grown = patron_reallocate(view->by_length, length + 1, sizeof *grown);
    if (grown == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = view->by_length == NULL ? 0 : view->longest + 1; i <= length; ++i)
        grown[i] = 0;
    view->by_length = grown;
    view->longest = length;
    return PATRON_OK;
}

/* Counts sets [first, first + count) in; offsets[count + 1]. */
static patron_status take_sets(model_reading *reading, uint64_t first, uint64_t count,
                               const uint64_t *offsets, const uint64_t *counts)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint64_t length = offsets[i + 1] - offsets[i];
        status = make_room_for_length(reading->view, length);
        if (status == PATRON_OK)
            ++reading->view->by_length[length];
        if (counts[i] < reading->least_count)
            ++reading->view->sets_withheld;
        else
            patron_best_offer(&reading->best,
                              &(patron_best_entry){.key = {counts[i]}, .number = first + i});
    }
    return status;
}

/* This rank's range of `total` entries. */
static patron_range own_range(const model_reading *reading, uint64_t total)
{
    return patron_range_cut(total, (uint64_t)reading->comm->rank, (uint64_t)reading->comm->size);
}

static patron_status walk_sets(model_reading *reading)
{
    patron_h5_array offsets, counts = {.dataset = H5I_INVALID_HID};
    uint64_t *values = patron_allocate(2 * PIECE + 1, sizeof *values);
    patron_status status = open_numbers(reading, "/itemsets/offsets", &offsets);
    if (status == PATRON_OK)
        status = open_numbers(reading, "/itemsets/count", &counts);
    if (status == PATRON_OK && values == NULL)
        status = PATRON_RESOURCE;
    reading->view->sets = status == PATRON_OK ? counts.shape[0] : 0;
    const patron_range own = own_range(reading, reading->view->sets);
    for (uint64_t done = 0; status == PATRON_OK && done < own.count; done += PIECE) {
        uint64_t count = own.count - done < PIECE ? own.count - done : PIECE;
        uint64_t at = own.first + done;
        status = patron_h5_read_u64(&offsets, at, count + 1, values);
        if (status == PATRON_OK)
            status = patron_h5_read_u64(&counts, at, count, values + count + 1);
        if (status == PATRON_OK)
            status = take_sets(reading, at, count, values, values + count + 1);
    }
    free(values);
    patron_h5_array_close(&counts);
    patron_h5_array_close(&offsets);
    return status;
}

/* Sets by length, of all ranks. */
static patron_status add_lengths(const patron_comm *comm, patron_itemset_view *view)
{
    uint64_t longest = view->longest;
    patron_comm_reduce_u64(comm, &longest, 1, PATRON_MAX);
    patron_status status = patron_comm_agree(comm, make_room_for_length(view, longest));
    if (status == PATRON_OK)
        patron_comm_reduce_u64(comm, view->by_length, longest + 1, PATRON_SUM);
    return status;
}

/* On rank 0. */
static patron_status fetch_sets(model_reading *reading)
{
    patron_itemset_view *view = reading->view;
    const patron_best *best = &reading->best;
    view->top_sets = patron_allocate(best->count, sizeof *view->top_sets);
    patron_status status = view->top_sets == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < best->count; ++i) {
        view->top_sets[i].count = best->entries[i].key[0];
        status = read_list(reading, "/itemsets/offsets", "/itemsets/items", best->entries[i].number,
                           &view->top_sets[view->top_set_count++].items);
    }
    return status;
}

static patron_status read_sets(model_reading *reading)
{
    const patron_comm *comm = reading->comm;
    reading->best.count = 0;
    patron_status status = patron_comm_agree(comm, walk_sets(reading));
    if (status == PATRON_OK)
        status = add_lengths(comm, reading->view);
    if (status == PATRON_OK)
        status = patron_best_merge(comm, &reading->best);
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_u64(comm, &reading->view->sets_withheld, 1, PATRON_SUM);
    return patron_comm_agree(comm, comm->rank == 0 ? fetch_sets(reading) : PATRON_OK);
}

/* ---- rules ---- */

static const char *const count_names[COUNTS] = {"/rules/count", "/rules/antecedent_count",
                                                "/rules/consequent_count"};

/* Counts [first, first + count) of rules, COUNTS lists one after the other. */
static patron_status read_counts(const patron_h5_array *arrays, uint64_t first, uint64_t count,
                                 uint64_t *values)
{
    patron_status status = PATRON_OK;
    for (int c = 0; status == PATRON_OK && c < COUNTS; ++c)
        status = patron_h5_read_u64(&arrays[c], first, count, values + (uint64_t)c * count);
    return status;
}

static void take_rules(model_reading *reading, uint64_t first, uint64_t count,
                       const uint64_t *values)
{
    for (uint64_t i = 0; i < count; ++i) {
        if (values[i] < reading->least_count) {
            ++reading->view->rules_withheld;
            continue;
        }
        patron_itemset_measures measures = patron_itemset_measure(
            reading->view->baskets, values[i], values[count + i], values[2 * count + i]);
        const patron_best_entry entry = {.key = {itemset_rank_key(measures.lift),
                                                 itemset_rank_key(measures.confidence), values[i]},
                                         .number = first + i};
        patron_best_offer(&reading->best, &entry);
    }
}

static patron_status read_rule(const model_reading *reading, const patron_h5_array *arrays,
                               uint64_t number, patron_rule_view *rule)
{
    uint64_t values[COUNTS];
    patron_status status = read_counts(arrays, number, 1, values);
    if (status != PATRON_OK)
        return status;
    rule->count = values[0];
    rule->measures =
        patron_itemset_measure(reading->view->baskets, values[0], values[1], values[2]);
    status = read_list(reading, "/rules/antecedent_offsets", "/rules/antecedent_items", number,
                       &rule->antecedent);
    return status == PATRON_OK ? read_list(reading, "/rules/consequent_offsets",
                                           "/rules/consequent_items", number, &rule->consequent)
                               : status;
}

static patron_status walk_rules(model_reading *reading, const patron_h5_array *arrays)
{
    uint64_t *values = patron_allocate(PIECE, COUNTS * sizeof *values);
    patron_status status = values == NULL ? PATRON_RESOURCE : PATRON_OK;
    const patron_range own = own_range(reading, reading->view->rules);
    for (uint64_t done = 0; status == PATRON_OK && done < own.count; done += PIECE) {
        uint64_t count = own.count - done < PIECE ? own.count - done : PIECE;
        status = read_counts(arrays, own.first + done, count, values);
        if (status == PATRON_OK)
            take_rules(reading, own.first + done, count, values);
    }
    free(values);
    return status;
}

/* On rank 0. */
static patron_status fetch_rules(model_reading *reading, const patron_h5_array *arrays)
{
    patron_itemset_view *view = reading->view;
    const patron_best *best = &reading->best;
    view->top_rules = patron_allocate(best->count, sizeof *view->top_rules);
    patron_status status = view->top_rules == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < best->count; ++i)
        status = read_rule(reading, arrays, best->entries[i].number,
                           &view->top_rules[view->top_rule_count++]);
    return status;
}

/* Opens what is read of rules; arrays[COUNTS] are to be closed in any case. */
static patron_status open_rules(model_reading *reading, patron_h5_array *arrays)
{
    patron_status status = PATRON_OK;
    for (int c = 0; c < COUNTS; ++c)
        arrays[c].dataset = H5I_INVALID_HID;
    for (int c = 0; status == PATRON_OK && c < COUNTS; ++c)
        status = open_numbers(reading, count_names[c], &arrays[c]);
    reading->view->rules = status == PATRON_OK ? arrays[0].shape[0] : 0;
    return status == PATRON_OK ? patron_facts_read(reading->file, reading->path, "/rules",
                                                   &reading->view->rule_figures)
                               : status;
}

static patron_status read_rules(model_reading *reading)
{
    const patron_comm *comm = reading->comm;
    patron_h5_array arrays[COUNTS];
    uint64_t has_rules = patron_h5_exists(reading->file, "/rules") ? 1 : 0;
    patron_comm_reduce_u64(comm, &has_rules, 1, PATRON_MAX);
    reading->view->has_rules = has_rules != 0;
    reading->best.count = 0;
    if (has_rules == 0)
        return PATRON_OK;
    patron_status status = open_rules(reading, arrays);
    if (status == PATRON_OK)
        status = walk_rules(reading, arrays);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_best_merge(comm, &reading->best);
    if (status == PATRON_OK) {
        patron_comm_reduce_u64(comm, &reading->view->rules_withheld, 1, PATRON_SUM);
        status =
            patron_comm_agree(comm, comm->rank == 0 ? fetch_rules(reading, arrays) : PATRON_OK);
    }
    for (int c = 0; c < COUNTS; ++c)
        patron_h5_array_close(&arrays[c]);
    return status;
}

/* ---- all of it ---- */

static patron_status read_head(const model_reading *reading)
{
    patron_itemset_view *view = reading->view;
    patron_status status =
        patron_facts_read(reading->file, reading->path, "/itemsets", &view->figures);
    const patron_fact *baskets =
        status == PATRON_OK ? patron_facts_find(&view->figures, "n_baskets") : NULL;
    view->baskets = baskets != NULL ? baskets->count : 0;
    if (status == PATRON_OK)
        status = patron_facts_read(reading->file, reading->path, "/run", &view->run);
    if (status == PATRON_OK)
        status = patron_model_read_items(reading->file, reading->path, &view->names, &view->labels);
    return status;
}

patron_status patron_itemset_view_read(const patron_comm *comm, const char *path, uint32_t most,
                                       uint64_t least_count, patron_itemset_view *view)
{
    model_reading reading = {.comm = comm,
                             .file = H5I_INVALID_HID,
                             .path = path,
                             .least_count = least_count,
                             .view = view};
    *view = (patron_itemset_view){0};
    patron_span span = patron_meter_enter(PATRON_STEP_RANK);
    patron_status status = patron_best_create(most, &reading.best);
    if (status == PATRON_OK)
        status = patron_h5_open(path, &reading.file);
    if (status == PATRON_OK)
        status = read_head(&reading);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = read_sets(&reading);
    if (status == PATRON_OK)
        status = read_rules(&reading);
    if (reading.file >= 0)
        H5Fclose(reading.file);
    patron_best_free(&reading.best);
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_itemset_view_free(patron_itemset_view *view)
{
    for (uint32_t i = 0; i < view->top_set_count; ++i)
        free(view->top_sets[i].items.items);
    for (uint32_t i = 0; i < view->top_rule_count; ++i) {
        free(view->top_rules[i].antecedent.items);
        free(view->top_rules[i].consequent.items);
    }
    free(view->top_sets);
    free(view->top_rules);
    free(view->by_length);
    patron_texts_free(&view->names);
    patron_texts_free(&view->labels);
    patron_facts_free(&view->figures);
    patron_facts_free(&view->rule_figures);
    patron_facts_free(&view->run);
    *view = (patron_itemset_view){0};
}
