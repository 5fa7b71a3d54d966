/* SPDX-License-Identifier: Apache-2.0 */
/* Writing HDF5 files by one process: groups, arrays, attributes.  Files are the same bytes for the
 * same content: no object times, fixed-length UTF-8 texts, little-endian numbers.  Every function
 * returns IO when a write fails; nothing here is collective. */
#ifndef PATRON_STORE_H5_WRITE_H
#define PATRON_STORE_H5_WRITE_H

#include "patron/status.h"
#include "patron/texts.h"

#include <hdf5.h>
#include <stdint.h>

typedef enum patron_h5_type {
    PATRON_H5_U8,
    PATRON_H5_I32,
    PATRON_H5_U32,
    PATRON_H5_I64,
    PATRON_H5_U64,
    PATRON_H5_F32,
    PATRON_H5_F64
} patron_h5_type;

uint64_t patron_h5_type_size(patron_h5_type type);

/* A file being written; `path` is for messages and outlives it. */
typedef struct patron_h5_file {
    hid_t id;
    const char *path;
} patron_h5_file;

/* Creates the file, which must not exist.  CANT_CREATE; IO where the disk is full. */
patron_status patron_h5_create(const char *path, patron_h5_file *file);
/* Opens one that exists, to add to it. */
patron_status patron_h5_reopen(const char *path, patron_h5_file *file);
/* Closes it (an invalid one is allowed); IO where what was buffered cannot be written. */
patron_status patron_h5_close(patron_h5_file *file);

patron_status patron_h5_write_group(const patron_h5_file *file, const char *path);

/* A whole array of rows x columns (columns 0: one dimension), contiguous. */
patron_status patron_h5_write(const patron_h5_file *file, const char *path, patron_h5_type type,
                              uint64_t rows, uint64_t columns, const void *values);
/* A single value. */
patron_status patron_h5_write_scalar(const patron_h5_file *file, const char *path,
                                     patron_h5_type type, const void *value);
/* A whole array again, chunked by rows. */
patron_status patron_h5_write_chunked(const patron_h5_file *file, const char *path,
                                      patron_h5_type type, uint64_t rows, uint64_t columns,
                                      const void *values);
/* Texts [first, first + count) in a fixed length of `width` bytes (at least 1). */
patron_status patron_h5_write_texts(const patron_h5_file *file, const char *path,
                                    const patron_texts *texts, uint64_t first, uint64_t count,
                                    uint64_t width);

/* One field of a record: where it lies in memory. */
typedef struct patron_h5_field {
    const char *name;
    patron_h5_type type;
    uint64_t offset;
} patron_h5_field;

/* An array of records, packed in the file; `stride` is the size of one in memory. */
patron_status patron_h5_write_records(const patron_h5_file *file, const char *path,
                                      const patron_h5_field *fields, uint32_t field_count,
                                      uint64_t stride, uint64_t count, const void *records);

/* Makes room for a contiguous array, shaped as in patron_h5_write, that is written by
 * patron_output_write once the file is closed; *offset is the byte in the file where its values
 * start. */
patron_status patron_h5_reserve(const patron_h5_file *file, const char *path, patron_h5_type type,
                                uint64_t rows, uint64_t columns, uint64_t *offset);
/* The same of texts of `width` bytes, as patron_h5_write_texts lays them. */
patron_status patron_h5_reserve_texts(const patron_h5_file *file, const char *path, uint64_t count,
                                      uint64_t width);
/* The same for rows x columns in chunks of rows; patron_h5_place_find tells where they lie. */
patron_status patron_h5_reserve_chunked(const patron_h5_file *file, const char *path,
                                        patron_h5_type type, uint64_t rows, uint64_t columns);

/* Attributes of the object at `path` ("/" for the root). */
patron_status patron_h5_attach_u64(const patron_h5_file *file, const char *path, const char *name,
                                   uint64_t value);
patron_status patron_h5_attach_f64(const patron_h5_file *file, const char *path, const char *name,
                                   double value);
patron_status patron_h5_attach_text(const patron_h5_file *file, const char *path, const char *name,
                                    const char *text);
/* An array of texts. */
patron_status patron_h5_attach_texts(const patron_h5_file *file, const char *path, const char *name,
                                     const patron_texts *texts);

/* Root attributes every file of ours begins with. */
patron_status patron_h5_attach_format(const patron_h5_file *file, const char *format,
                                      uint64_t version);

#endif
