/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what itemset models are made of, with checks of bounds and order. */
#include "model/verify_lists.h"

#include "model/model_file.h"
#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>

patron_status patron_figure_read(const patron_model_part *part, const char *group, const char *name,
                                 uint64_t *value)
{
    char path[PATRON_MODEL_PATH];
    patron_model_path(path, part->prefix, group);
    return patron_h5_figure_u64(part->file, part->path, path, name, value);
}

void patron_lists_free(patron_list_array *lists)
{
    free(lists->offsets);
    free(lists->items);
    *lists = (patron_list_array){0};
}

patron_status patron_lists_count(const patron_model_part *part, const char *offsets_name,
                                 uint64_t *count)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array offsets;
    patron_model_path(path, part->prefix, offsets_name);
    patron_status status =
        patron_h5_array_open(part->file, part->path, path, 1, PATRON_H5_INTEGER, &offsets);
    if (status == PATRON_OK && offsets.shape[0] == 0)
        status = patron_fail(PATRON_DATA, "%s is empty", offsets.name);
    *count = status == PATRON_OK ? offsets.shape[0] - 1 : 0;
    patron_h5_array_close(&offsets);
    return status;
}

/* Reads the offsets of lists->first and on, of all lists[total] over `entries` items, and makes
 * them start from 0; *base is where they started. */
static patron_status read_offsets(const patron_model_part *part, const patron_h5_array *array,
                                  const char *name, uint64_t entries, patron_list_array *lists,
                                  uint64_t *base)
{
    uint64_t *offsets = lists->offsets;
    patron_status status = patron_h5_read_u64(array, lists->first, lists->count + 1, offsets);
    if (status == PATRON_OK && lists->first == 0 && offsets[0] != 0)
        status = patron_fail(PATRON_DATA, "%s does not start at 0", array->name);
    if (status == PATRON_OK && lists->first + lists->count + 1 == array->shape[0])
        status = patron_verify_equal(part->path, name, entries, offsets[lists->count]);
    for (uint64_t i = 0; status == PATRON_OK && i < lists->count; ++i)
        if (offsets[i + 1] <= offsets[i] || offsets[i + 1] > entries)
            status =
                patron_fail(PATRON_DATA,
                            "%s: list %" PRIu64 " runs from %" PRIu64 " to %" PRIu64 " of %" PRIu64,
                            array->name, lists->first + i, offsets[i], offsets[i + 1], entries);
    *base = status == PATRON_OK ? offsets[0] : 0;
    for (uint64_t i = 0; status == PATRON_OK && i <= lists->count; ++i)
        offsets[i] -= *base;
    return status;
}

static patron_status check_items(const patron_model_part *part, const patron_list_array *lists,
                                 const char *name)
{
    for (uint64_t i = 0; i < lists->count; ++i)
        for (uint64_t j = lists->offsets[i]; j < lists->offsets[i + 1]; ++j)
            if (lists->items[j] >= part->item_count ||
                (j > lists->offsets[i] && lists->items[j] <= lists->items[j - 1]))
                return patron_fail(PATRON_DATA,
                                   "%s: list %" PRIu64 ": an item out of range or out of order",
                                   name, lists->first + i);
    return PATRON_OK;
}

patron_status patron_lists_read(const patron_model_part *part, const char *offsets_name,
                                const char *items_name, patron_range range,
                                patron_list_array *lists)
{
    char offsets_path[PATRON_MODEL_PATH], items_path[PATRON_MODEL_PATH];
    patron_model_path(offsets_path, part->prefix, offsets_name);
    patron_model_path(items_path, part->prefix, items_name);
    patron_h5_array offsets, items = {.dataset = H5I_INVALID_HID};
    uint64_t base = 0;
    patron_status status =
        patron_h5_array_open(part->file, part->path, offsets_path, 1, PATRON_H5_INTEGER, &offsets);
    if (status == PATRON_OK)
        status =
            patron_h5_array_open(part->file, part->path, items_path, 1, PATRON_H5_INTEGER, &items);
    *lists = (patron_list_array){.first = range.first, .count = range.count};
    lists->offsets = patron_allocate(range.count + 1, sizeof *lists->offsets);
    if (status == PATRON_OK && lists->offsets == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = read_offsets(part, &offsets, items_path, items.shape[0], lists, &base);
    uint64_t entries = status == PATRON_OK ? lists->offsets[range.count] : 0;
    lists->items = patron_allocate(entries, sizeof *lists->items);
    if (status == PATRON_OK && lists->items == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&items, base, entries, lists->items);
    if (status == PATRON_OK)
        status = check_items(part, lists, offsets.name);
    patron_h5_array_close(&items);
    patron_h5_array_close(&offsets);
    return status;
}

int patron_lists_compare(const patron_list_array *a, uint64_t i, const patron_list_array *b,
                         uint64_t j)
{
    uint64_t length = a->offsets[i + 1] - a->offsets[i];
    uint64_t other = b->offsets[j + 1] - b->offsets[j];
    if (length != other)
        return length < other ? -1 : 1;
    const uint32_t *x = a->items + a->offsets[i], *y = b->items + b->offsets[j];
    for (uint64_t n = 0; n < length; ++n)
        if (x[n] != y[n])
            return x[n] < y[n] ? -1 : 1;
    return 0;
}

patron_status patron_sides_count(const patron_model_part *part, uint64_t *count)
{
    char name[PATRON_MODEL_PATH];
    uint64_t consequents = 0;
    patron_model_path(name, part->prefix, "/rules");
    patron_status status = patron_lists_count(part, "/rules/antecedent_offsets", count);
    if (status == PATRON_OK)
        status = patron_lists_count(part, "/rules/consequent_offsets", &consequents);
    return status == PATRON_OK ? patron_verify_equal(part->path, name, consequents, *count)
                               : status;
}

patron_status patron_sides_read(const patron_model_part *part, patron_range range,
                                patron_side_lists *sides)
{
    patron_status status = patron_lists_read(part, "/rules/antecedent_offsets",
                                             "/rules/antecedent_items", range, &sides->antecedents);
    if (status == PATRON_OK)
        status = patron_lists_read(part, "/rules/consequent_offsets", "/rules/consequent_items",
                                   range, &sides->consequents);
    for (uint64_t i = 1; status == PATRON_OK && i < range.count; ++i)
        if (patron_sides_compare(sides, i - 1, sides, i) >= 0)
            status = patron_fail(PATRON_DATA, "%s: %s/rules: rule %" PRIu64 " is out of order",
                                 part->path, part->prefix, range.first + i);
    return status;
}

void patron_sides_free(patron_side_lists *sides)
{
    patron_lists_free(&sides->antecedents);
    patron_lists_free(&sides->consequents);
}

int patron_sides_compare(const patron_side_lists *a, uint64_t i, const patron_side_lists *b,
                         uint64_t j)
{
    int order = patron_lists_compare(&a->antecedents, i, &b->antecedents, j);
    return order != 0 ? order : patron_lists_compare(&a->consequents, i, &b->consequents, j);
}

patron_status patron_counts_read(const patron_model_part *part, const char *name, uint64_t total,
                                 patron_range range, uint64_t **values)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array array;
    patron_model_path(path, part->prefix, name);
    patron_status status =
        patron_h5_array_open(part->file, part->path, path, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, path, array.shape[0], total);
    if (status == PATRON_OK && (*values = patron_allocate(range.count, sizeof **values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, range.first, range.count, *values);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_pieces_check(const patron_comm *comm, const patron_model_part *part,
                                  uint64_t total, patron_piece_check check, const void *context)
{
    const uint64_t most = UINT64_C(1) << 16;
    const patron_range own = patron_range_cut(total, (uint64_t)comm->rank, (uint64_t)comm->size);
    uint64_t done = 0;
    patron_status status = PATRON_OK;
    do {
        uint64_t count = own.count - done < most ? own.count - done : most;
        uint64_t before = count > 0 && own.first + done > 0 ? 1 : 0;
        const patron_range range = {.first = own.first + done - before, .count = count + before};
        status = check(part, range, context);
        done += count;
    } while (status == PATRON_OK && done < own.count);
    return status;
}
