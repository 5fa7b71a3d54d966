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

static patron_status check_lists(const patron_model_part *part, const patron_list_array *lists,
                                 const char *name, uint64_t entries)
{
    for (uint64_t i = 0; i < lists->count; ++i) {
        uint64_t from = lists->offsets[i], to = lists->offsets[i + 1];
        if (to <= from || to > entries)
            return patron_fail(PATRON_DATA,
                               "%s: %s: list %" PRIu64 " runs from %" PRIu64 " to %" PRIu64
                               " of %" PRIu64,
                               part->path, name, i, from, to, entries);
        for (uint64_t j = from; j < to; ++j)
            if (lists->items[j] >= part->item_count ||
                (j > from && lists->items[j] <= lists->items[j - 1]))
                return patron_fail(PATRON_DATA,
                                   "%s: %s: list %" PRIu64 ": an item out of range or out of order",
                                   part->path, name, i);
    }
    return PATRON_OK;
}

patron_status patron_lists_read(const patron_model_part *part, const char *offsets_name,
                                const char *items_name, patron_list_array *lists)
{
    char offsets_path[PATRON_MODEL_PATH], items_path[PATRON_MODEL_PATH];
    patron_model_path(offsets_path, part->prefix, offsets_name);
    patron_model_path(items_path, part->prefix, items_name);
    patron_h5_array offsets, items = {.dataset = H5I_INVALID_HID};
    patron_status status =
        patron_h5_array_open(part->file, part->path, offsets_path, 1, PATRON_H5_INTEGER, &offsets);
    if (status == PATRON_OK)
        status =
            patron_h5_array_open(part->file, part->path, items_path, 1, PATRON_H5_INTEGER, &items);
    if (status == PATRON_OK && offsets.shape[0] == 0)
        status = patron_fail(PATRON_DATA, "%s is empty", offsets.name);
    if (status == PATRON_OK) {
        lists->count = offsets.shape[0] - 1;
        lists->offsets = patron_allocate(offsets.shape[0], sizeof *lists->offsets);
        lists->items = patron_allocate(items.shape[0], sizeof *lists->items);
        if (lists->offsets == NULL || lists->items == NULL)
            status = PATRON_RESOURCE;
    }
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offsets, 0, offsets.shape[0], lists->offsets);
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&items, 0, items.shape[0], lists->items);
    if (status == PATRON_OK && lists->offsets[0] != 0)
        status = patron_fail(PATRON_DATA, "%s does not start at 0", offsets.name);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, items_path, items.shape[0],
                                     lists->offsets[lists->count]);
    if (status == PATRON_OK)
        status = check_lists(part, lists, offsets_path, items.shape[0]);
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

patron_status patron_sides_read(const patron_model_part *part, patron_side_lists *sides)
{
    char name[PATRON_MODEL_PATH];
    const patron_list_array *antecedents = &sides->antecedents;
    const patron_list_array *consequents = &sides->consequents;
    patron_model_path(name, part->prefix, "/rules");
    patron_status status = patron_lists_read(part, "/rules/antecedent_offsets",
                                             "/rules/antecedent_items", &sides->antecedents);
    if (status == PATRON_OK)
        status = patron_lists_read(part, "/rules/consequent_offsets", "/rules/consequent_items",
                                   &sides->consequents);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, name, consequents->count, antecedents->count);
    for (uint64_t i = 1; status == PATRON_OK && i < antecedents->count; ++i)
        if (patron_sides_compare(sides, i - 1, sides, i) >= 0)
            status = patron_fail(PATRON_DATA, "%s: %s: rule %" PRIu64 " is out of order",
                                 part->path, name, i);
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

patron_status patron_counts_read(const patron_model_part *part, const char *name, uint64_t count,
                                 uint64_t **values)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array array;
    patron_model_path(path, part->prefix, name);
    patron_status status =
        patron_h5_array_open(part->file, part->path, path, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, path, array.shape[0], count);
    if (status == PATRON_OK && (*values = patron_allocate(count, sizeof **values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, count, *values);
    patron_h5_array_close(&array);
    return status;
}
