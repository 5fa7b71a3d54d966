/* SPDX-License-Identifier: Apache-2.0 */
/* HDF5 with our status: opening, shapes, and reads that check what conversion would hide.  Nothing
 * here is collective: each process works on its own handle with HDF5's default driver. */
#ifndef PATRON_STORE_H5_H
#define PATRON_STORE_H5_H

#include "patron/status.h"
#include "patron/texts.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* Silences HDF5's own printing and its work at exit; once, before other calls. */
void patron_h5_initialize(void);

/* Silences HDF5's printing on the calling thread; each that makes calls of HDF5 has to. */
void patron_h5_silence(void);

/* Records HDF5's innermost reason behind `what`, about `path`; RESOURCE where that is memory. */
patron_status patron_h5_fail(patron_status status, const char *path, const char *what);

/* RESOURCE unless there is memory for what HDF5 keeps of an open file: it does not check all that
 * it allocates, and breaks. */
patron_status patron_h5_check_memory(void);

/* Has files opened with `access`, which it returns, not be locked, unless HDF5_USE_FILE_LOCKING
 * says otherwise. */
hid_t patron_h5_unlocked(hid_t access);

/* Opens read-only.  NO_INPUT: missing, unreadable, or being written by another; DATA: not HDF5,
 * truncated or damaged. */
patron_status patron_h5_open(const char *path, hid_t *file);

/* What tells that a file is still the one it was. */
typedef struct patron_h5_stamp {
    uint64_t inode, size;
    int64_t seconds, nanoseconds; /* of its last change */
} patron_h5_stamp;

/* Of an open file, as it is now; zeros where HDF5 was told to use another driver. */
patron_h5_stamp patron_h5_stamp_of(hid_t file);
bool patron_h5_stamps_equal(patron_h5_stamp a, patron_h5_stamp b);

/* After a read of `dataset`, called `name`: IO where its file was cut since it was opened, as HDF5
 * reads zeros past the end. */
patron_status patron_h5_check_whole(hid_t dataset, const char *name);

/* Also true where a damaged file does not tell: opening it then fails, and says why. */
bool patron_h5_exists(hid_t file, const char *path);

/* Appends the names of all objects, "." for the root and "a/b" below it, each with its NUL, in
 * bytewise order.  DATA: the file (called `file_name` in messages) is damaged; RESOURCE. */
patron_status patron_h5_list(hid_t file, const char *file_name, patron_texts *names);

/* Appends the names of an object's attributes (`path` in messages), each with its NUL, in bytewise
 * order.  DATA, RESOURCE. */
patron_status patron_h5_list_attributes(hid_t object, const char *path, patron_texts *names);

#define PATRON_H5_MOST_ENTRIES (UINT64_C(1) << 48)

/* DATA where the elements of `dataset`, called `name`, are more, or can't be in what it takes on
 * disk; files may say anything. */
patron_status patron_h5_check_extent(hid_t dataset, const char *name);

/* ---- datasets ---- */

typedef enum patron_h5_class {
    PATRON_H5_INTEGER,
    PATRON_H5_REAL, /* asked for: integers are taken too */
    PATRON_H5_TEXT,
    PATRON_H5_RECORD,
    PATRON_H5_ID /* asked for: texts or integers */
} patron_h5_class;

enum { PATRON_H5_NAME = 5120 };

/* An open dataset of one or two dimensions; `name` is for messages. */
typedef struct patron_h5_array {
    hid_t dataset;
    char name[PATRON_H5_NAME]; /* "file: /path" */
    patron_h5_class class;
    bool is_signed;   /* integers */
    size_t type_size; /* bytes of one element */
    int dimensions;
    uint64_t shape[2]; /* shape[1] is 1 in one dimension */
} patron_h5_array;

/* Opens `path` of `file` (called `file_name` in messages).  DATA: missing, not a simple dataset of
 * `dimensions` dimensions, not of class `class`, or of a size that can't be; so the product of
 * shape[] never overflows. */
patron_status patron_h5_array_open(hid_t file, const char *file_name, const char *path,
                                   int dimensions, patron_h5_class class, patron_h5_array *array);
void patron_h5_array_close(patron_h5_array *array);

/* Reads entries [first, first + count) of a one-dimensional array.  IO: the read failed; DATA: a
 * value that the type asked for can't hold. */
patron_status patron_h5_read_u64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 uint64_t *values);
patron_status patron_h5_read_u32(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 uint32_t *values);
patron_status patron_h5_read_i64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 int64_t *values);
patron_status patron_h5_read_f64(const patron_h5_array *array, uint64_t first, uint64_t count,
                                 double *values);

/* DATA where they are not stored as bytes. */
patron_status patron_h5_read_bytes(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   unsigned char *values);

/* Reads rows [first, first + count) of one or two dimensions, count x shape[1] values; DATA where a
 * number is not exactly a float32. */
patron_status patron_h5_read_f32_rows(const patron_h5_array *array, uint64_t first, uint64_t count,
                                      float *values);
/* The same into float64, for arrays of centroids; DATA where an integer is above 2^53. */
patron_status patron_h5_read_f64_rows(const patron_h5_array *array, uint64_t first, uint64_t count,
                                      double *values);

/* Appends texts [first, first + count), of fixed or variable length, to `texts`. */
patron_status patron_h5_read_texts(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   patron_texts *texts);

/* Appends all texts of the array `name`.  As patron_h5_array_open and patron_h5_read_texts. */
patron_status patron_h5_read_all_texts(hid_t file, const char *path, const char *name,
                                       patron_texts *texts);

/* ---- attributes ---- */

/* Also true where a damaged file does not tell. */
bool patron_h5_has_attribute(hid_t object, const char *name);

/* A scalar attribute of `object` (called `owner` in messages).  DATA: missing or of another kind.
 */
patron_status patron_h5_attribute_u64(hid_t object, const char *owner, const char *name,
                                      uint64_t *value);
patron_status patron_h5_attribute_f64(hid_t object, const char *owner, const char *name,
                                      double *value);

/* The same of the object at `path` in a file (called `owner` in messages); missing is DATA, too. */
patron_status patron_h5_figure_u64(hid_t file, const char *owner, const char *path,
                                   const char *name, uint64_t *value);
patron_status patron_h5_figure_f64(hid_t file, const char *owner, const char *path,
                                   const char *name, double *value);

/* All texts of a text attribute (one, if it is scalar). */
patron_status patron_h5_attribute_texts(hid_t object, const char *owner, const char *name,
                                        patron_texts *texts);

/* Checks the root attributes `format` and `format_version`. */
patron_status patron_h5_check_format(hid_t file, const char *file_name, const char *format,
                                     uint64_t version);

#endif
