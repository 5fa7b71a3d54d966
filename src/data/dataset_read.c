/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a range of rows or baskets, whatever parts it lies in. */
#include "data/dataset.h"
#include "data/slab.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_range patron_range_cut(uint64_t total, uint64_t index, uint64_t parts)
{
    uint64_t each = total / parts, rest = total % parts;
    uint64_t longer = index < rest ? index : rest;
    return (patron_range){.first = index * each + longer, .count = each + (index < rest ? 1 : 0)};
}

/* ---- features ---- */

typedef struct feature_target {
    const patron_dataset *dataset;
    const uint32_t *columns;
    uint32_t column_count;
    float *values;
} feature_target;

static bool takes_all_columns(const feature_target *target)
{
    if (target->column_count != target->dataset->head.columns)
        return false;
    for (uint32_t j = 0; j < target->column_count; ++j)
        if (target->columns[j] != j)
            return false;
    return true;
}

static patron_status check_no_infinity(const patron_slab *piece, const feature_target *target,
                                       uint64_t first, uint64_t rows, const float *values)
{
    uint64_t count = rows * target->column_count;
    uint64_t found = 0;
    for (uint64_t i = 0; i < count; ++i)
        found += isinf(values[i]) ? 1 : 0;
    for (uint64_t i = 0; found > 0 && i < count; ++i) {
        if (!isinf(values[i]))
            continue;
        const patron_texts *names = &target->dataset->column_names;
        uint32_t column = target->columns[i % target->column_count];
        return patron_fail(PATRON_DATA,
                           "%s: row %" PRIu64 ", column '%.*s' is infinite, a finite number or NaN "
                           "expected",
                           piece->file_name, piece->global + first + i / target->column_count,
                           (int)patron_texts_length(names, column), patron_texts_at(names, column));
    }
    return PATRON_OK;
}

/* Reads whole rows and keeps the columns asked for. */
static patron_status read_some_columns(const patron_slab *piece, const feature_target *target,
                                       const patron_h5_array *array, float *values)
{
    enum { PIECE_VALUES = 1 << 20 };
    uint64_t width = array->shape[1];
    uint64_t rows = PIECE_VALUES / width;
    rows = rows == 0 ? 1 : (rows < piece->count ? rows : piece->count);
    float *whole = patron_allocate(rows * width, sizeof *whole);
    patron_status status = whole == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < piece->count;) {
        uint64_t now = piece->count - done < rows ? piece->count - done : rows;
        float *kept = values + done * target->column_count;
        status = patron_h5_read_f32_rows(array, piece->first + done, now, whole);
        for (uint64_t i = 0; status == PATRON_OK && i < now; ++i)
            for (uint32_t j = 0; j < target->column_count; ++j)
                kept[i * target->column_count + j] = whole[i * width + target->columns[j]];
        if (status == PATRON_OK)
            status = check_no_infinity(piece, target, done, now, kept);
        done += now;
    }
    free(whole);
    return status;
}

static patron_status read_feature_slab(const patron_slab *piece, void *argument)
{
    const feature_target *target = argument;
    patron_h5_array array;
    float *values = target->values + piece->done * target->column_count;
    patron_status status = patron_h5_array_open(piece->file, piece->file_name,
                                                "/customers/features", 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK && array.shape[1] != target->dataset->head.columns)
        status = patron_fail(PATRON_DATA, "%s: changed while it was read", array.name);
    if (status == PATRON_OK && takes_all_columns(target)) {
        status = patron_h5_read_f32_rows(&array, piece->first, piece->count, values);
        if (status == PATRON_OK)
            status = check_no_infinity(piece, target, 0, piece->count, values);
    } else if (status == PATRON_OK) {
        status = read_some_columns(piece, target, &array, values);
    }
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_features(const patron_dataset *dataset, patron_range range,
                                           const uint32_t *columns, uint32_t column_count,
                                           float *values)
{
    feature_target target = {
        .dataset = dataset, .columns = columns, .column_count = column_count, .values = values};
    return patron_slab_each(dataset, dataset->first_row, range, read_feature_slab, &target);
}

static patron_status read_weight_slab(const patron_slab *piece, void *argument)
{
    float *weight = (float *)argument + piece->done;
    patron_h5_array array;
    patron_status status = patron_h5_array_open(piece->file, piece->file_name, "/customers/weight",
                                                1, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_f32_rows(&array, piece->first, piece->count, weight);
    for (uint64_t i = 0; status == PATRON_OK && i < piece->count; ++i)
        if (!(weight[i] >= 0.0F) || isinf(weight[i]))
            status = patron_fail(
                PATRON_DATA, "%s: row %" PRIu64 ": weight is %g, finite and 0 or above expected",
                array.name, piece->global + i, (double)weight[i]);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_weight(const patron_dataset *dataset, patron_range range,
                                         float *weight)
{
    return patron_slab_each(dataset, dataset->first_row, range, read_weight_slab, weight);
}

/* ---- baskets ---- */

typedef struct basket_target {
    uint32_t item_count;
    uint64_t *offsets; /* filled up to the range's entry `done`, from 0 */
    uint32_t *items;
} basket_target;

static patron_status check_offsets(const patron_slab *piece, const uint64_t *offsets,
                                   uint64_t available)
{
    for (uint64_t b = 0; b < piece->count; ++b)
        if (offsets[b + 1] < offsets[b] || offsets[b + 1] > available)
            return patron_fail(PATRON_DATA,
                               "%s: /baskets/offsets: basket %" PRIu64 " runs from %" PRIu64
                               " to %" PRIu64 " of %" PRIu64 " items",
                               piece->file_name, piece->global + b, offsets[b], offsets[b + 1],
                               available);
    return PATRON_OK;
}

static patron_status check_items(const patron_slab *piece, const uint64_t *offsets,
                                 const uint32_t *items, uint32_t item_count)
{
    for (uint64_t b = 0; b < piece->count; ++b)
        for (uint64_t i = offsets[b]; i < offsets[b + 1]; ++i) {
            if (items[i - offsets[0]] >= item_count)
                return patron_fail(PATRON_DATA,
                                   "%s: /baskets/items: basket %" PRIu64 " holds item %" PRIu32
                                   ", the dictionary has %" PRIu32,
                                   piece->file_name, piece->global + b, items[i - offsets[0]],
                                   item_count);
            if (i > offsets[b] && items[i - offsets[0]] <= items[i - 1 - offsets[0]])
                return patron_fail(PATRON_DATA,
                                   "%s: /baskets/items: basket %" PRIu64
                                   ": items are not ascending and unique",
                                   piece->file_name, piece->global + b);
        }
    return PATRON_OK;
}

static patron_status grow_items(basket_target *target, uint64_t used, uint64_t more)
{
    uint32_t *items = patron_reallocate(target->items, used + more, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    target->items = items;
    return PATRON_OK;
}

static patron_status read_basket_slab(const patron_slab *piece, void *argument)
{
    basket_target *target = argument;
    uint64_t *offsets = target->offsets + piece->done;
    uint64_t used = *offsets;
    patron_h5_array offset_array, item_array = {.dataset = H5I_INVALID_HID};
    patron_status status = patron_h5_array_open(piece->file, piece->file_name, "/baskets/offsets",
                                                1, PATRON_H5_INTEGER, &offset_array);
    if (status == PATRON_OK)
        status = patron_h5_array_open(piece->file, piece->file_name, "/baskets/items", 1,
                                      PATRON_H5_INTEGER, &item_array);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offset_array, piece->first, piece->count + 1, offsets);
    if (status == PATRON_OK)
        status = check_offsets(piece, offsets, item_array.shape[0]);
    uint64_t first = offsets[0];
    uint64_t count = status == PATRON_OK ? offsets[piece->count] - first : 0;
    if (status == PATRON_OK)
        status = grow_items(target, used, count);
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&item_array, first, count, target->items + used);
    if (status == PATRON_OK)
        status = check_items(piece, offsets, target->items + used, target->item_count);
    for (uint64_t b = 0; status == PATRON_OK && b <= piece->count; ++b)
        offsets[b] = offsets[b] - first + used;
    patron_h5_array_close(&item_array);
    patron_h5_array_close(&offset_array);
    return status;
}

patron_status patron_dataset_read_baskets(const patron_dataset *dataset, patron_range range,
                                          uint64_t **offsets, uint32_t **items)
{
    basket_target target = {.item_count = (uint32_t)dataset->item_names.count};
    target.offsets = patron_allocate(range.count + 1, sizeof *target.offsets);
    target.items = patron_allocate(1, sizeof *target.items);
    patron_status status = PATRON_OK;
    if (target.offsets == NULL || target.items == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_slab_each(dataset, dataset->first_basket, range, read_basket_slab, &target);
    if (status != PATRON_OK) {
        free(target.offsets);
        free(target.items);
        target = (basket_target){0};
    }
    *offsets = target.offsets;
    *items = target.items;
    return status;
}
