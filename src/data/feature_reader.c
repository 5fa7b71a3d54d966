/* SPDX-License-Identifier: Apache-2.0 */
/* Features and weights of rows, part by part. */
#include "data/feature_reader.h"

#include "data/dataset.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

patron_feature_reader patron_feature_reader_create(const patron_dataset *dataset, bool reads_weight)
{
    return (patron_feature_reader){.dataset = dataset,
                                   .reads_weight = reads_weight,
                                   .file = H5I_INVALID_HID,
                                   .features = {.dataset = H5I_INVALID_HID},
                                   .weight = {.dataset = H5I_INVALID_HID}};
}

static void close_part(patron_feature_reader *reader)
{
    patron_h5_array_close(&reader->features);
    patron_h5_array_close(&reader->weight);
    if (reader->file >= 0)
        H5Fclose(reader->file);
    reader->file = H5I_INVALID_HID;
}

void patron_feature_reader_close(patron_feature_reader *reader)
{
    close_part(reader);
    free(reader->stamps);
    reader->stamps = NULL;
}

static patron_status check_unchanged(const patron_feature_reader *reader)
{
    patron_h5_stamp *first = &reader->stamps[reader->part];
    patron_h5_stamp now = patron_h5_stamp_of(reader->file);
    if (first->inode == 0)
        *first = now;
    return patron_h5_stamps_equal(*first, now)
               ? PATRON_OK
               : patron_fail(PATRON_DATA, "%s: changed while it was read",
                             reader->dataset->files[reader->part]);
}

static patron_status open_part(patron_feature_reader *reader, uint32_t part)
{
    const char *name = reader->dataset->files[part];
    if (reader->file >= 0 && reader->part == part)
        return PATRON_OK;
    close_part(reader);
    if (reader->stamps == NULL)
        reader->stamps = patron_allocate(reader->dataset->head.parts, sizeof *reader->stamps);
    if (reader->stamps == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_h5_open(name, &reader->file);
    reader->part = part;
    if (status == PATRON_OK)
        status = check_unchanged(reader);
    if (status == PATRON_OK)
        status = patron_h5_array_open(reader->file, name, "/customers/features", 2, PATRON_H5_REAL,
                                      &reader->features);
    if (status == PATRON_OK && reader->features.shape[1] != reader->dataset->head.columns)
        status = patron_fail(PATRON_DATA, "%s: changed while it was read", reader->features.name);
    if (status == PATRON_OK && reader->reads_weight)
        status = patron_h5_array_open(reader->file, name, "/customers/weight", 1, PATRON_H5_REAL,
                                      &reader->weight);
    if (status != PATRON_OK)
        close_part(reader);
    return status;
}

static patron_status read_weight(const patron_feature_reader *reader, uint64_t first,
                                 uint64_t count, uint64_t row, float *weight)
{
    patron_status status = patron_h5_read_f32_rows(&reader->weight, first, count, weight);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (!(weight[i] >= 0.0F) || isinf(weight[i]))
            status = patron_fail(
                PATRON_DATA, "%s: row %" PRIu64 ": weight is %g, finite and 0 or above expected",
                reader->weight.name, row + i, (double)weight[i]);
    return status;
}

/* The part that `row` lies in. */
static uint32_t part_of(const patron_dataset *dataset, uint64_t row)
{
    uint32_t low = 0, high = dataset->head.parts - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dataset->first_row[middle + 1] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *patron_feature_file(const patron_dataset *dataset, uint64_t row)
{
    return dataset->files[part_of(dataset, row)];
}

patron_status patron_feature_fail_infinite(const patron_dataset *dataset, uint64_t row,
                                           uint64_t column)
{
    return patron_fail(PATRON_DATA,
                       "%s: row %" PRIu64 ", column '%.*s' is infinite, a finite number or NaN "
                       "expected",
                       patron_feature_file(dataset, row), row,
                       (int)patron_texts_length(&dataset->column_names, column),
                       patron_texts_at(&dataset->column_names, column));
}

patron_status patron_feature_reader_read(patron_feature_reader *reader, patron_range range,
                                         float *features, float *weight)
{
    const patron_dataset *dataset = reader->dataset;
    patron_status status = PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < range.count;) {
        uint64_t row = range.first + done;
        uint32_t part = part_of(dataset, row);
        uint64_t first = row - dataset->first_row[part];
        uint64_t left = dataset->first_row[part + 1] - row;
        uint64_t count = range.count - done < left ? range.count - done : left;
        status = open_part(reader, part);
        if (status == PATRON_OK)
            status = patron_h5_read_f32_rows(&reader->features, first, count,
                                             features + done * dataset->head.columns);
        if (status == PATRON_OK && reader->reads_weight)
            status = read_weight(reader, first, count, row, weight + done);
        if (status == PATRON_OK)
            status = check_unchanged(reader);
        done += count;
    }
    return status;
}
