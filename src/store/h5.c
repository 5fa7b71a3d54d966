/* SPDX-License-Identifier: Apache-2.0 */
/* Opening files and arrays, with HDF5's reasons turned into one line. */
#include "store/h5.h"

#include "patron/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void patron_h5_initialize(void)
{
    H5dont_atexit(); /* a file that could not be closed on a full disk is not tried again */
    patron_h5_silence();
}

void patron_h5_silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

enum { REASON_CAPACITY = 256 };

typedef struct failure {
    char reason[REASON_CAPACITY];
    bool out_of_memory;
} failure;

/* The innermost entry comes last when walking upward from the API; where it quotes the system's
 * message, that message says most. */
static herr_t keep_reason(unsigned depth, const H5E_error2_t *entry, void *target)
{
    (void)depth;
    failure *found = target;
    const char *quoted = strstr(entry->desc, "error message = '");
    if (quoted != NULL) {
        quoted += strlen("error message = '");
        snprintf(found->reason, REASON_CAPACITY, "%.*s", (int)strcspn(quoted, "'"), quoted);
    } else {
        snprintf(found->reason, REASON_CAPACITY, "%s", entry->desc);
    }
    found->out_of_memory = strstr(entry->desc, "memory allocation failed") != NULL;
    return 0;
}

patron_status patron_h5_fail(patron_status status, const char *path, const char *what)
{
    /* Even to say why takes memory: HDF5 is silent where it finds none. */
    failure found = {.reason = "no reason given, as where memory is short", .out_of_memory = true};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_reason, &found);
    return patron_fail(found.out_of_memory ? PATRON_RESOURCE : status, "%s: %s: %s", path, what,
                       found.reason);
}

patron_status patron_h5_check_memory(void)
{
    enum { FILE_BYTES = 4 << 20 };
    void *memory = patron_reallocate(NULL, FILE_BYTES, 1); /* not touched, so it costs nothing */
    free(memory);
    return memory == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* Who writes a file through HDF5 holds a lock: what is only half there is not read.  That a file
 * system has no locks, or refuses them, is no reason not to read. */
static patron_status check_unlocked(const char *path, int descriptor)
{
    const char *use = getenv("HDF5_USE_FILE_LOCKING");
    if (use != NULL && (strcmp(use, "FALSE") == 0 || strcmp(use, "0") == 0))
        return PATRON_OK;
    if (flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return PATRON_OK;
    return patron_fail(PATRON_NO_INPUT,
                       "%s: another program is writing it (it holds a lock); read it when that has "
                       "ended, or set HDF5_USE_FILE_LOCKING=FALSE",
                       path);
}

hid_t patron_h5_unlocked(hid_t access)
{
    H5Pset_file_locking(access, false, true);
    return access;
}

patron_status patron_h5_open(const char *path, hid_t *file)
{
    *file = H5I_INVALID_HID;
    struct stat info = {0};
    int probe = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
    if (probe < 0)
        return patron_fail(PATRON_NO_INPUT, "%s: %s", path, strerror(errno));
    fstat(probe, &info);
    patron_status status = S_ISREG(info.st_mode) ? check_unlocked(path, probe) : PATRON_OK;
    close(probe);
    if (status != PATRON_OK)
        return status;
    if (!S_ISREG(info.st_mode))
        return patron_fail(PATRON_DATA, "%s: not an HDF5 file", path);
    status = patron_h5_check_memory();
    if (status != PATRON_OK)
        return status;
    hid_t access = patron_h5_unlocked(H5Pcreate(H5P_FILE_ACCESS));
    *file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (*file < 0) /* before another call takes HDF5's reason away */
        status = patron_h5_fail(PATRON_DATA, path, "damaged or truncated HDF5 file");
    if (*file < 0 && status != PATRON_RESOURCE && H5Fis_hdf5(path) == 0)
        status = patron_fail(PATRON_DATA, "%s: not an HDF5 file", path);
    H5Pclose(access);
    return status;
}

patron_h5_stamp patron_h5_stamp_of(hid_t file)
{
    struct stat info = {0};
    void *descriptor = NULL;
    hid_t access = H5Fget_access_plist(file);
    if (H5Pget_driver(access) == H5FD_SEC2 && H5Fget_vfd_handle(file, access, &descriptor) >= 0)
        (void)fstat(*(const int *)descriptor, &info);
    H5Pclose(access);
    return (patron_h5_stamp){.inode = (uint64_t)info.st_ino,
                             .size = (uint64_t)info.st_size,
                             .seconds = (int64_t)info.st_mtim.tv_sec,
                             .nanoseconds = (int64_t)info.st_mtim.tv_nsec};
}

bool patron_h5_stamps_equal(patron_h5_stamp a, patron_h5_stamp b)
{
    return a.inode == b.inode && a.size == b.size && a.seconds == b.seconds &&
           a.nanoseconds == b.nanoseconds;
}

patron_status patron_h5_check_whole(hid_t dataset, const char *name)
{
    hsize_t expected = 0;
    unsigned intent = H5F_ACC_RDWR;
    hid_t file = H5Iget_file_id(dataset);
    patron_h5_stamp stamp = patron_h5_stamp_of(file);
    /* of a file that we write ourselves, something may not have reached the disk yet */
    bool is_known = H5Fget_intent(file, &intent) >= 0 && intent == H5F_ACC_RDONLY &&
                    H5Fget_filesize(file, &expected) >= 0 && stamp.inode != 0;
    bool is_cut = is_known && stamp.size < expected;
    H5Fclose(file);
    return is_cut ? patron_fail(PATRON_IO, "%s: the file was cut while it was read", name)
                  : PATRON_OK;
}

bool patron_h5_exists(hid_t file, const char *path)
{
    char prefix[256];
    for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
        size_t length = end == NULL ? strlen(path) : (size_t)(end - path);
        snprintf(prefix, sizeof prefix, "%.*s", (int)length, path);
        htri_t found = H5Lexists(file, prefix, H5P_DEFAULT);
        if (found == 0)
            return false;
        if (found < 0 || end == NULL)
            return true;
    }
}

static bool count_elements(hid_t dataset, uint64_t *elements)
{
    hid_t space = H5Dget_space(dataset);
    hsize_t shape[H5S_MAX_RANK];
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    *elements = 1;
    for (int i = 0; i < dimensions; ++i)
        if (__builtin_mul_overflow(*elements, shape[i] == 0 ? 1 : shape[i], elements))
            return false;
    return *elements <= PATRON_H5_MOST_ENTRIES;
}

static uint64_t element_bytes(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    uint64_t bytes = type >= 0 ? H5Tget_size(type) : 0;
    H5Tclose(type);
    return bytes;
}

/* Chunks that were never written read as zeros, terabytes of them in as long as terabytes take. */
patron_status patron_h5_check_extent(hid_t dataset, const char *name)
{
    static const uint64_t FEW_BYTES = UINT64_C(1) << 32, MOST_DEFLATED = 1 << 11;
    uint64_t elements, bytes;
    if (!count_elements(dataset, &elements))
        return patron_fail(PATRON_DATA, "%s: more than 2^48 entries", name);
    if (__builtin_mul_overflow(elements, element_bytes(dataset), &bytes))
        bytes = UINT64_MAX;
    if (bytes <= FEW_BYTES || bytes / MOST_DEFLATED <= H5Dget_storage_size(dataset))
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: %" PRIu64 " entries of %" PRIu64 " bytes are said to lie in %" PRIu64
                       " bytes",
                       name, elements, bytes / elements, (uint64_t)H5Dget_storage_size(dataset));
}

static const char *class_name(patron_h5_class class)
{
    static const char *const names[] = {"whole numbers", "numbers", "texts", "records",
                                        "texts or whole numbers"};
    return names[class];
}

static bool describe_type(hid_t type, patron_h5_array *array)
{
    array->type_size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        array->class = PATRON_H5_INTEGER;
        array->is_signed = H5Tget_sign(type) == H5T_SGN_2;
        return array->type_size <= 8;
    case H5T_FLOAT:
        array->class = PATRON_H5_REAL;
        return array->type_size <= 8;
    case H5T_STRING:
        array->class = PATRON_H5_TEXT;
        return true;
    case H5T_COMPOUND:
        array->class = PATRON_H5_RECORD;
        return true;
    default:
        return false;
    }
}

static bool class_fits(patron_h5_class found, patron_h5_class wanted)
{
    return found == wanted || (wanted == PATRON_H5_REAL && found == PATRON_H5_INTEGER) ||
           (wanted == PATRON_H5_ID && (found == PATRON_H5_TEXT || found == PATRON_H5_INTEGER));
}

static patron_status describe(patron_h5_array *array, int dimensions, patron_h5_class class)
{
    hid_t space = H5Dget_space(array->dataset);
    hid_t type = H5Dget_type(array->dataset);
    hsize_t shape[H5S_MAX_RANK] = {0, 1};
    patron_status status = PATRON_OK;
    int found = H5Sget_simple_extent_ndims(space);
    if (found < 0 || H5Tget_class(type) < 0)
        status = patron_h5_fail(PATRON_DATA, array->name, "its shape and type cannot be read");
    else if (found != dimensions)
        status = patron_fail(PATRON_DATA, "%s: %d dimensions found, %d expected", array->name,
                             found, dimensions);
    else if (!describe_type(type, array) || !class_fits(array->class, class))
        status =
            patron_fail(PATRON_DATA, "%s: wrong type, %s expected", array->name, class_name(class));
    else
        status = patron_h5_check_extent(array->dataset, array->name);
    if (status == PATRON_OK) {
        H5Sget_simple_extent_dims(space, shape, NULL);
        array->dimensions = dimensions;
        array->shape[0] = shape[0];
        array->shape[1] = dimensions > 1 ? shape[1] : 1;
    }
    H5Tclose(type);
    H5Sclose(space);
    return status;
}

/* Bytes that the chunks of one row of chunks take, as they are read; 0 where the array isn't
 * chunked. `is_filtered`: they have to be decoded. */
static uint64_t bytes_of_chunk_row(hid_t dataset, bool *is_filtered)
{
    hid_t creation = H5Dget_create_plist(dataset), space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    hsize_t chunk[H5S_MAX_RANK] = {0}, shape[H5S_MAX_RANK] = {0};
    uint64_t bytes = 0;
    int dimensions = H5Sget_simple_extent_ndims(space);
    *is_filtered = H5Pget_nfilters(creation) > 0;
    if (dimensions > 0 && H5Pget_layout(creation) == H5D_CHUNKED &&
        H5Pget_chunk(creation, H5S_MAX_RANK, chunk) == dimensions) {
        H5Sget_simple_extent_dims(space, shape, NULL);
        bytes = H5Tget_size(type);
        for (int i = 0; i < dimensions; ++i) {
            uint64_t across = i == 0 || chunk[i] == 0 ? 1 : (shape[i] + chunk[i] - 1) / chunk[i];
            if (__builtin_mul_overflow(bytes, chunk[i] * across, &bytes))
                bytes = UINT64_MAX;
        }
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Pclose(creation);
    return bytes;
}

/* Arrays are read from front to end, so that plain chunks need no cache, which only makes HDF5 copy
 * them twice, and decoded ones one that holds those which two reads share. */
static void choose_cache(hid_t file, const char *path, hid_t *dataset)
{
    const uint64_t most = UINT64_C(1) << 28;
    bool is_filtered = false;
    uint64_t bytes = bytes_of_chunk_row(*dataset, &is_filtered);
    if (bytes == 0 || bytes > most)
        return;
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, is_filtered ? 2 * bytes : 0, 1.0);
    H5Dclose(*dataset);
    *dataset = H5Dopen2(file, path, access);
    H5Pclose(access);
}

patron_status patron_h5_array_open(hid_t file, const char *file_name, const char *path,
                                   int dimensions, patron_h5_class class, patron_h5_array *array)
{
    *array = (patron_h5_array){.dataset = H5I_INVALID_HID};
    snprintf(array->name, sizeof array->name, "%s: %s", file_name, path);
    if (!patron_h5_exists(file, path))
        return patron_fail(PATRON_DATA, "%s is missing", array->name);
    array->dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (array->dataset >= 0)
        choose_cache(file, path, &array->dataset);
    if (array->dataset < 0)
        return patron_h5_fail(PATRON_DATA, array->name, "not a dataset that can be opened");
    patron_status status = describe(array, dimensions, class);
    if (status != PATRON_OK)
        patron_h5_array_close(array);
    return status;
}

void patron_h5_array_close(patron_h5_array *array)
{
    if (array->dataset >= 0)
        H5Dclose(array->dataset);
    array->dataset = H5I_INVALID_HID;
}
