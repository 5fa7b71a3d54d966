/* SPDX-License-Identifier: Apache-2.0 */
/* Writing arrays and attributes with HDF5's default driver. */
#include "store/h5_write.h"

#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/h5.h"
#include "store/output.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, TEXT_PIECE_BYTES = 1 << 24 };
/* HDF5 walks over all chunks to tell the place of one, so reserved ones are few; and none may have
 * 4 GiB. */
enum { RESERVED_CHUNKS = 1024, LARGEST_CHUNK = 1 << 30 };

typedef struct type_pair {
    hid_t stored;
    hid_t memory;
} type_pair;

static type_pair types_of(patron_h5_type type)
{
    switch (type) {
    case PATRON_H5_U8:
        return (type_pair){H5T_STD_U8LE, H5T_NATIVE_UINT8};
    case PATRON_H5_I32:
        return (type_pair){H5T_STD_I32LE, H5T_NATIVE_INT32};
    case PATRON_H5_U32:
        return (type_pair){H5T_STD_U32LE, H5T_NATIVE_UINT32};
    case PATRON_H5_I64:
        return (type_pair){H5T_STD_I64LE, H5T_NATIVE_INT64};
    case PATRON_H5_U64:
        return (type_pair){H5T_STD_U64LE, H5T_NATIVE_UINT64};
    case PATRON_H5_F32:
        return (type_pair){H5T_IEEE_F32LE, H5T_NATIVE_FLOAT};
    default:
        return (type_pair){H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE};
    }
}

uint64_t patron_h5_type_size(patron_h5_type type)
{
    return H5Tget_size(types_of(type).stored);
}

/* The format of HDF5 1.8, which takes attributes above 64 KiB (the names of a thousand columns).
 * Nobody reads a partial file, which needs no lock. */
static hid_t file_access(void)
{
    hid_t access = patron_h5_unlocked(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    return access;
}

/* In that format every object keeps its times unless told otherwise. */
static hid_t timeless(hid_t class)
{
    hid_t properties = H5Pcreate(class);
    H5Pset_obj_track_times(properties, false);
    return properties;
}

patron_status patron_h5_create(const char *path, patron_h5_file *file)
{
    file->path = path;
    file->id = H5I_INVALID_HID;
    patron_status status = patron_h5_check_memory();
    if (status == PATRON_OK)
        status = patron_output_create(path);
    if (status != PATRON_OK)
        return status;
    hid_t creation = timeless(H5P_FILE_CREATE);
    hid_t access = file_access();
    file->id = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    if (file->id < 0)
        status = patron_h5_fail(PATRON_IO, path, "cannot be written");
    H5Pclose(access);
    H5Pclose(creation);
    return status;
}

patron_status patron_h5_reopen(const char *path, patron_h5_file *file)
{
    file->path = path;
    file->id = H5I_INVALID_HID;
    patron_status status = patron_h5_check_memory();
    if (status != PATRON_OK)
        return status;
    hid_t access = file_access();
    file->id = H5Fopen(path, H5F_ACC_RDWR, access);
    if (file->id < 0)
        status = patron_h5_fail(PATRON_IO, path, "cannot be opened again");
    H5Pclose(access);
    return status;
}

patron_status patron_h5_close(patron_h5_file *file)
{
    if (file->id < 0)
        return PATRON_OK;
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    herr_t flushed = H5Fflush(file->id, H5F_SCOPE_GLOBAL);
    patron_status status =
        flushed < 0 ? patron_h5_fail(PATRON_IO, file->path, "cannot be written") : PATRON_OK;
    if (H5Fclose(file->id) < 0 && status == PATRON_OK)
        status = patron_h5_fail(PATRON_IO, file->path, "cannot be written");
    patron_meter_leave(span, 0, 0);
    file->id = H5I_INVALID_HID;
    return status;
}

static patron_status fail_write(const patron_h5_file *file)
{
    return patron_h5_fail(PATRON_IO, file->path, "cannot be written");
}

patron_status patron_h5_write_group(const patron_h5_file *file, const char *path)
{
    hid_t properties = timeless(H5P_GROUP_CREATE);
    hid_t group = H5Gcreate2(file->id, path, H5P_DEFAULT, properties, H5P_DEFAULT);
    patron_status status = group < 0 ? fail_write(file) : PATRON_OK;
    if (group >= 0)
        H5Gclose(group);
    H5Pclose(properties);
    return status;
}

/* chunk_rows 0 means contiguous.  All is allocated at once. */
static hid_t creation_properties(int dimensions, uint64_t chunk_rows, uint64_t columns)
{
    hid_t properties = timeless(H5P_DATASET_CREATE);
    H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
    H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    if (chunk_rows > 0) {
        hsize_t chunk[2] = {chunk_rows, columns};
        H5Pset_chunk(properties, dimensions, chunk);
    }
    return properties;
}

/* An invalid handle where it fails, and the reason is recorded: HDF5 forgets it with its next call.
 */
static hid_t create_array(const patron_h5_file *file, const char *path, hid_t type, uint64_t rows,
                          uint64_t columns, uint64_t chunk_rows)
{
    int dimensions = columns == 0 ? 1 : 2;
    hsize_t shape[2] = {rows, columns};
    hid_t space = H5Screate_simple(dimensions, shape, NULL);
    hid_t properties = creation_properties(dimensions, chunk_rows, columns);
    hid_t dataset = H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (dataset < 0)
        fail_write(file);
    H5Pclose(properties);
    H5Sclose(space);
    return dataset;
}

/* H5Dwrite, metered. */
static herr_t write_values(hid_t dataset, hid_t memory, hid_t memory_space, hid_t file_space,
                           hid_t transfer, const void *values)
{
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    herr_t error = H5Dwrite(dataset, memory, memory_space, file_space, transfer, values);
    hid_t space = memory_space == H5S_ALL ? H5Dget_space(dataset) : memory_space;
    hssize_t elements = H5Sget_simple_extent_npoints(space);
    patron_meter_leave(span, 0, elements > 0 ? (uint64_t)elements * H5Tget_size(memory) : 0);
    if (memory_space == H5S_ALL)
        H5Sclose(space);
    return error;
}

static patron_status write_array(const patron_h5_file *file, const char *path, patron_h5_type type,
                                 uint64_t rows, uint64_t columns, uint64_t chunk_rows,
                                 const void *values)
{
    type_pair types = types_of(type);
    hid_t dataset = create_array(file, path, types.stored, rows, columns, chunk_rows);
    if (dataset < 0)
        return PATRON_IO;
    patron_status status = PATRON_OK;
    if (rows > 0 && write_values(dataset, types.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = fail_write(file);
    if (H5Dclose(dataset) < 0 && status == PATRON_OK)
        status = fail_write(file);
    return status;
}

patron_status patron_h5_write(const patron_h5_file *file, const char *path, patron_h5_type type,
                              uint64_t rows, uint64_t columns, const void *values)
{
    return write_array(file, path, type, rows, columns, 0, values);
}

/* Rows of a chunk of about so many bytes. */
static uint64_t chunk_rows_of(uint64_t chunk_bytes, patron_h5_type type, uint64_t rows,
                              uint64_t columns)
{
    uint64_t row_bytes = patron_h5_type_size(type) * (columns == 0 ? 1 : columns);
    uint64_t chunk_rows = chunk_bytes / row_bytes;
    if (chunk_rows > rows)
        chunk_rows = rows;
    return chunk_rows == 0 ? 1 : chunk_rows;
}

patron_status patron_h5_write_chunked(const patron_h5_file *file, const char *path,
                                      patron_h5_type type, uint64_t rows, uint64_t columns,
                                      const void *values)
{
    uint64_t chunk_rows = chunk_rows_of(CHUNK_BYTES, type, rows, columns);
    return write_array(file, path, type, rows, columns, chunk_rows, values);
}

patron_status patron_h5_write_scalar(const patron_h5_file *file, const char *path,
                                     patron_h5_type type, const void *value)
{
    type_pair types = types_of(type);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t properties = creation_properties(0, 0, 0);
    hid_t dataset =
        H5Dcreate2(file->id, path, types.stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    bool failed = dataset < 0 ||
                  write_values(dataset, types.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0;
    failed = (dataset >= 0 && H5Dclose(dataset) < 0) || failed;
    patron_status status = failed ? fail_write(file) : PATRON_OK;
    H5Pclose(properties);
    H5Sclose(space);
    return status;
}

patron_status patron_h5_write_records(const patron_h5_file *file, const char *path,
                                      const patron_h5_field *fields, uint32_t field_count,
                                      uint64_t stride, uint64_t count, const void *records)
{
    size_t packed = 0;
    for (uint32_t i = 0; i < field_count; ++i)
        packed += patron_h5_type_size(fields[i].type);
    hid_t stored = H5Tcreate(H5T_COMPOUND, packed);
    hid_t memory = H5Tcreate(H5T_COMPOUND, stride);
    size_t at = 0;
    for (uint32_t i = 0; i < field_count; ++i) {
        type_pair types = types_of(fields[i].type);
        H5Tinsert(stored, fields[i].name, at, types.stored);
        H5Tinsert(memory, fields[i].name, fields[i].offset, types.memory);
        at += patron_h5_type_size(fields[i].type);
    }
    hid_t dataset = create_array(file, path, stored, count, 0, 0);
    patron_status status = dataset < 0 ? PATRON_IO : PATRON_OK;
    if (status == PATRON_OK && count > 0 &&
        write_values(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, records) < 0)
        status = fail_write(file);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && status == PATRON_OK)
        status = fail_write(file);
    H5Tclose(memory);
    H5Tclose(stored);
    return status;
}

/* ---- texts ---- */

static hid_t text_type(uint64_t width)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width == 0 ? 1 : width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static void lay_fixed(const patron_texts *texts, uint64_t first, uint64_t count, size_t width,
                      char *bytes)
{
    memset(bytes, 0, count * width);
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t length = patron_texts_length(texts, first + i);
        if (length > 0)
            memcpy(bytes + i * width, patron_texts_at(texts, first + i), length);
    }
}

static patron_status write_text_pieces(const patron_h5_file *file, hid_t dataset, hid_t type,
                                       const patron_texts *texts, uint64_t first, uint64_t count)
{
    size_t width = H5Tget_size(type);
    uint64_t rows = TEXT_PIECE_BYTES / width;
    rows = rows == 0 ? 1 : (rows > count ? count : rows);
    char *bytes = patron_allocate(rows, width);
    patron_status status = bytes == NULL ? PATRON_RESOURCE : PATRON_OK;
    hid_t file_space = H5Dget_space(dataset);
    for (hsize_t done = 0; status == PATRON_OK && done < count;) {
        hsize_t piece = count - done < rows ? count - done : rows;
        hid_t memory_space = H5Screate_simple(1, &piece, NULL);
        lay_fixed(texts, first + done, piece, width, bytes);
        if (H5Sselect_hyperslab(file_space, H5S_SELECT_SET, &done, NULL, &piece, NULL) < 0 ||
            write_values(dataset, type, memory_space, file_space, H5P_DEFAULT, bytes) < 0)
            status = fail_write(file);
        H5Sclose(memory_space);
        done += piece;
    }
    H5Sclose(file_space);
    free(bytes);
    return status;
}

patron_status patron_h5_write_texts(const patron_h5_file *file, const char *path,
                                    const patron_texts *texts, uint64_t first, uint64_t count,
                                    uint64_t width)
{
    hid_t type = text_type(width);
    hid_t dataset = create_array(file, path, type, count, 0, 0);
    patron_status status = dataset < 0 ? PATRON_IO : PATRON_OK;
    if (status == PATRON_OK)
        status = write_text_pieces(file, dataset, type, texts, first, count);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && status == PATRON_OK)
        status = fail_write(file);
    H5Tclose(type);
    return status;
}

patron_status patron_h5_reserve(const patron_h5_file *file, const char *path, patron_h5_type type,
                                uint64_t rows, uint64_t columns, uint64_t *offset)
{
    hid_t dataset = create_array(file, path, types_of(type).stored, rows, columns, 0);
    if (dataset < 0)
        return PATRON_IO;
    haddr_t address = H5Dget_offset(dataset);
    *offset = address == HADDR_UNDEF ? 0 : address;
    bool placed = address != HADDR_UNDEF || rows == 0;
    return H5Dclose(dataset) < 0 || !placed ? fail_write(file) : PATRON_OK;
}

patron_status patron_h5_reserve_texts(const patron_h5_file *file, const char *path, uint64_t count,
                                      uint64_t width)
{
    hid_t type = text_type(width);
    hid_t dataset = create_array(file, path, type, count, 0, 0);
    H5Tclose(type);
    if (dataset < 0)
        return PATRON_IO;
    return H5Dclose(dataset) < 0 ? fail_write(file) : PATRON_OK;
}

patron_status patron_h5_reserve_chunked(const patron_h5_file *file, const char *path,
                                        patron_h5_type type, uint64_t rows, uint64_t columns)
{
    uint64_t share = rows * columns * patron_h5_type_size(type) / RESERVED_CHUNKS;
    share = share < CHUNK_BYTES ? CHUNK_BYTES : share > LARGEST_CHUNK ? LARGEST_CHUNK : share;
    hid_t dataset = create_array(file, path, types_of(type).stored, rows, columns,
                                 chunk_rows_of(share, type, rows, columns));
    if (dataset < 0)
        return PATRON_IO;
    return H5Dclose(dataset) < 0 ? fail_write(file) : PATRON_OK;
}

/* ---- attributes ---- */

static patron_status attach(const patron_h5_file *file, const char *path, const char *name,
                            hid_t stored, hid_t memory, hid_t space, const void *value)
{
    patron_status status = PATRON_OK;
    hid_t object = H5Oopen(file->id, path, H5P_DEFAULT);
    hid_t attribute = object < 0
                          ? H5I_INVALID_HID
                          : H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0)
        status = fail_write(file);
    if (attribute >= 0)
        H5Aclose(attribute);
    if (object >= 0)
        H5Oclose(object);
    return status;
}

static patron_status attach_scalar(const patron_h5_file *file, const char *path, const char *name,
                                   hid_t stored, hid_t memory, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    patron_status status = attach(file, path, name, stored, memory, space, value);
    H5Sclose(space);
    return status;
}

patron_status patron_h5_attach_u64(const patron_h5_file *file, const char *path, const char *name,
                                   uint64_t value)
{
    return attach_scalar(file, path, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

patron_status patron_h5_attach_f64(const patron_h5_file *file, const char *path, const char *name,
                                   double value)
{
    return attach_scalar(file, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

patron_status patron_h5_attach_text(const patron_h5_file *file, const char *path, const char *name,
                                    const char *text)
{
    hid_t type = text_type(strlen(text));
    patron_status status = attach_scalar(file, path, name, type, type, text);
    H5Tclose(type);
    return status;
}

patron_status patron_h5_attach_texts(const patron_h5_file *file, const char *path, const char *name,
                                     const patron_texts *texts)
{
    hid_t type = text_type(patron_texts_longest(texts));
    hsize_t count = texts->count;
    hid_t space = H5Screate_simple(1, &count, NULL);
    size_t width = H5Tget_size(type);
    char *bytes = patron_allocate(count, width);
    patron_status status = PATRON_RESOURCE;
    if (bytes != NULL) {
        lay_fixed(texts, 0, count, width, bytes);
        status = attach(file, path, name, type, type, space, bytes);
    }
    free(bytes);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

patron_status patron_h5_attach_format(const patron_h5_file *file, const char *format,
                                      uint64_t version)
{
    patron_status status = patron_h5_attach_text(file, "/", "format", format);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, "/", "format_version", version);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/", "created_by", "patron " PATRON_VERSION);
    return status;
}
