/* SPDX-License-Identifier: Apache-2.0 */
/* Reading slabs of arrays.  HDF5 clips what a type can't hold without a word; so a value is read in
 * the widest type of its class and narrowed here, with a check. */
#include "store/h5.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NARROW_PIECE = 1 << 16 }; /* elements converted at a time */

/* Rows [first, first + count) in memory type `type`. */
static patron_status read_rows(const patron_h5_array *array, hid_t type, uint64_t first,
                               uint64_t count, void *values)
{
    if (first > array->shape[0] || count > array->shape[0] - first)
        return patron_fail(PATRON_DATA,
                           "%s: entries %" PRIu64 " to %" PRIu64 " asked for, %" PRIu64 " there",
                           array->name, first, first + count, array->shape[0]);
    if (count == 0 || array->shape[1] == 0)
        return PATRON_OK;
    hsize_t start[2] = {first, 0};
    hsize_t extent[2] = {count, array->shape[1]};
    hid_t file_space = H5Dget_space(array->dataset);
    hid_t memory_space = H5Screate_simple(array->dimensions, extent, NULL);
    patron_status status = PATRON_OK;
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    if (H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0 ||
        H5Dread(array->dataset, type, memory_space, file_space, H5P_DEFAULT, values) < 0)
        status = patron_h5_fail(PATRON_IO, array->name, "cannot be read");
    else
        status = patron_h5_check_whole(array->dataset, array->name);
    patron_meter_leave(span, count * array->shape[1] * H5Tget_size(type), 0);
    H5Sclose(memory_space);
    H5Sclose(file_space);
    return status;
}

static patron_status fail_value(const patron_h5_array *array, uint64_t entry, const char *expected)
{
    return patron_fail(PATRON_DATA, "%s: entry %" PRIu64 " is not %s", array->name, entry,
                       expected);
}

patron_status patron_h5_read_u64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 uint64_t *values)
{
    if (!array->is_signed)
        return read_rows(array, H5T_NATIVE_UINT64, first, count, values);
    patron_status status = read_rows(array, H5T_NATIVE_INT64, first, count, values);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (values[i] > (uint64_t)INT64_MAX)
            status = fail_value(array, first + i, "0 or above");
    return status;
}

patron_status patron_h5_read_i64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 int64_t *values)
{
    if (array->is_signed)
        return read_rows(array, H5T_NATIVE_INT64, first, count, values);
    patron_status status = read_rows(array, H5T_NATIVE_UINT64, first, count, values);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (values[i] < 0)
            status = fail_value(array, first + i, "below 2^63");
    return status;
}

patron_status patron_h5_read_u32(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 uint32_t *values)
{
    if (!array->is_signed && array->type_size <= 4)
        return read_rows(array, H5T_NATIVE_UINT32, first, count, values);
    uint64_t *wide = patron_allocate(NARROW_PIECE, sizeof *wide);
    patron_status status = wide == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < count;) {
        uint64_t piece = count - done < NARROW_PIECE ? count - done : NARROW_PIECE;
        status = patron_h5_read_u64(array, first + done, piece, wide);
        for (uint64_t i = 0; status == PATRON_OK && i < piece; ++i) {
            values[done + i] = (uint32_t)wide[i];
            if (wide[i] > UINT32_MAX)
                status = fail_value(array, first + done + i, "below 2^32");
        }
        done += piece;
    }
    free(wide);
    return status;
}

patron_status patron_h5_read_bytes(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   unsigned char *values)
{
    if (array->is_signed || array->type_size != 1)
        return patron_fail(PATRON_DATA, "%s: bytes expected", array->name);
    return read_rows(array, H5T_NATIVE_UINT8, first, count, values);
}

/* Values [first, first + count) of rows as float64, each equal to what is stored. */
patron_status patron_h5_read_f64_rows(const patron_h5_array *array, uint64_t first, uint64_t count,
                                      double *values)
{
    if (array->class == PATRON_H5_REAL)
        return read_rows(array, H5T_NATIVE_DOUBLE, first, count, values);
    int64_t *whole = (int64_t *)values; /* the same bytes, converted in place */
    patron_status status = read_rows(array, array->is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64,
                                     first, count, whole);
    const int64_t exact = (int64_t)1 << 53;
    for (uint64_t i = 0; status == PATRON_OK && i < count * array->shape[1]; ++i) {
        int64_t value = 0;
        memcpy(&value, &values[i], sizeof value);
        if (value > exact || value < (array->is_signed ? -exact : 0))
            status = fail_value(array, first + i / array->shape[1], "exactly a float64");
        values[i] = (double)value;
    }
    return status;
}

patron_status patron_h5_read_f64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 double *values)
{
    return patron_h5_read_f64_rows(array, first, count, values);
}

static patron_status narrow_to_f32(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   const double *wide, float *values)
{
    for (uint64_t i = 0; i < count * array->shape[1]; ++i) {
        values[i] = (float)wide[i];
        if ((double)values[i] != wide[i] && !isnan(wide[i]))
            return fail_value(array, first + i / array->shape[1], "exactly a float32");
    }
    return PATRON_OK;
}

patron_status patron_h5_read_f32_rows(const patron_h5_array *array, uint64_t first, uint64_t count,
                                      float *values)
{
    if (array->class == PATRON_H5_REAL && array->type_size <= 4)
        return read_rows(array, H5T_NATIVE_FLOAT, first, count, values);
    uint64_t columns = array->shape[1];
    uint64_t rows = columns < NARROW_PIECE ? NARROW_PIECE / (columns == 0 ? 1 : columns) : 1;
    double *wide = patron_allocate(rows * columns, sizeof *wide);
    patron_status status = wide == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < count;) {
        uint64_t piece = count - done < rows ? count - done : rows;
        status = patron_h5_read_f64_rows(array, first + done, piece, wide);
        if (status == PATRON_OK)
            status = narrow_to_f32(array, first + done, piece, wide, values + done * columns);
        done += piece;
    }
    free(wide);
    return status;
}

/* ---- texts ---- */

static patron_status append_fixed(const char *bytes, size_t width, uint64_t count,
                                  patron_texts *texts)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        status = patron_texts_append(texts, bytes + i * width, strnlen(bytes + i * width, width));
    return status;
}

static patron_status append_variable(char *const *strings, uint64_t count, patron_texts *texts)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        status = patron_texts_append(texts, strings[i] == NULL ? "" : strings[i],
                                     strings[i] == NULL ? 0 : strlen(strings[i]));
    return status;
}

/* A memory type for the texts of `stored`, keeping its character set: HDF5 converts lengths, not
 * character sets. */
static hid_t memory_text_type(hid_t stored)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5Tis_variable_str(stored) ? H5T_VARIABLE : H5Tget_size(stored));
    H5Tset_strpad(type, H5Tis_variable_str(stored) ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
    H5Tset_cset(type, H5Tget_cset(stored));
    return type;
}

static patron_status read_text_piece(const patron_h5_array *array, hid_t type, uint64_t first,
                                     uint64_t count, patron_texts *texts)
{
    size_t width = H5Tget_size(type);
    bool variable = H5Tis_variable_str(type) > 0;
    void *buffer = patron_allocate(count, width);
    if (buffer == NULL)
        return PATRON_RESOURCE;
    patron_status status = read_rows(array, type, first, count, buffer);
    /* where reading fails HDF5 may have freed texts whose places still stand in the buffer */
    bool is_read = status == PATRON_OK;
    if (is_read)
        status = variable ? append_variable(buffer, count, texts)
                          : append_fixed(buffer, width, count, texts);
    if (variable && is_read) {
        hsize_t extent = count;
        hid_t space = H5Screate_simple(1, &extent, NULL);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
        H5Sclose(space);
    }
    free(buffer);
    return status;
}

patron_status patron_h5_read_texts(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   patron_texts *texts)
{
    enum { PIECE_BYTES = 1 << 24 };
    hid_t stored = H5Dget_type(array->dataset);
    hid_t type = memory_text_type(stored);
    uint64_t rows = PIECE_BYTES / H5Tget_size(type);
    rows = rows == 0 ? 1 : rows;
    patron_status status = PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < count;) {
        uint64_t piece = count - done < rows ? count - done : rows;
        status = read_text_piece(array, type, first + done, piece, texts);
        done += piece;
    }
    H5Tclose(type);
    H5Tclose(stored);
    return status;
}

patron_status patron_h5_read_all_texts(hid_t file, const char *path, const char *name,
                                       patron_texts *texts)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_TEXT, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_texts(&array, 0, array.shape[0], texts);
    patron_h5_array_close(&array);
    return status;
}
