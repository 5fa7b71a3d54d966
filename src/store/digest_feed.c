/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the values of an object, in pieces of bounded memory, whatever files they lie in. */
#include "store/digest_source.h"

#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/canonical.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 24 };

/* An array of one file, open to be fed. */
typedef struct feed_array {
    hid_t dataset, type, memory_type;
    patron_canonical_form form;
    const char *file, *path;
    uint64_t base; /* added to rebased offsets */
    uint64_t row_bytes;
} feed_array;

static void rebase(size_t width, uint64_t count, uint64_t base, char *values)
{
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t value = 0;
        memcpy(&value, values + i * width, width);
        value += base;
        memcpy(values + i * width, &value, width);
    }
}

/* Selects rows [first, first + count) in the file; *memory is a space of just these, in as many
 * dimensions (HDF5 is slow where they differ), *elements what it holds. */
static hid_t select_rows(hid_t dataset, uint64_t first, uint64_t count, hid_t *memory,
                         uint64_t *elements)
{
    hsize_t shape[H5S_MAX_RANK] = {0};
    hsize_t start[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    if (dimensions > 0) {
        start[0] = first;
        shape[0] = count;
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, shape, NULL);
    }
    *memory = dimensions > 0 ? H5Screate_simple(dimensions, shape, NULL) : H5Screate(H5S_SCALAR);
    hssize_t selected = H5Sget_select_npoints(space);
    *elements = selected < 0 ? 0 : (uint64_t)selected;
    return space;
}

/* One piece of an array in memory. */
typedef struct piece {
    hid_t memory_space;
    uint64_t elements;
    void *values;
    bool is_read; /* else HDF5 may have freed texts whose places still stand in the values */
} piece;

static patron_status read_piece(const feed_array *array, uint64_t first, uint64_t count,
                                piece *taken)
{
    *taken = (piece){.memory_space = H5I_INVALID_HID};
    hid_t file_space =
        select_rows(array->dataset, first, count, &taken->memory_space, &taken->elements);
    taken->values = patron_allocate(taken->elements, array->form.width);
    patron_status status = taken->values == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && taken->elements > 0) {
        patron_span span = patron_meter_enter(PATRON_STEP_READ);
        taken->is_read = H5Dread(array->dataset, array->memory_type, taken->memory_space,
                                 file_space, H5P_DEFAULT, taken->values) >= 0;
        status = taken->is_read ? patron_h5_check_whole(array->dataset, array->file)
                                : patron_h5_fail(PATRON_IO, array->file, array->path);
        patron_meter_leave(span, taken->elements * array->form.width, 0);
    }
    H5Sclose(file_space);
    return status;
}

static void free_piece(const feed_array *array, piece *taken)
{
    if (taken->is_read && array->form.is_variable)
        H5Dvlen_reclaim(array->memory_type, taken->memory_space, H5P_DEFAULT, taken->values);
    free(taken->values);
    H5Sclose(taken->memory_space);
}

/* HDF5 works for one thread at a time; the others hash meanwhile. */
static patron_status feed_piece(const feed_array *array, uint64_t first, uint64_t count,
                                crypto_generichash_state *hash)
{
    piece taken;
    patron_status status;
#pragma omp critical(patron_digest_hdf5)
    status = read_piece(array, first, count, &taken);
    if (status == PATRON_OK && array->base > 0)
        rebase(array->form.width, taken.elements, array->base, taken.values);
    if (status == PATRON_OK)
        patron_canonical_feed(hash, &array->form, taken.elements, taken.values);
#pragma omp critical(patron_digest_hdf5)
    free_piece(array, &taken);
    return status;
}

static patron_status open_array(patron_digest_source *source, const patron_digest_object *object,
                                uint32_t index, feed_array *array)
{
    hid_t file;
    *array = (feed_array){.dataset = H5I_INVALID_HID,
                          .type = H5I_INVALID_HID,
                          .memory_type = H5I_INVALID_HID,
                          .file = source->files[index],
                          .path = object->path,
                          .base = object->rebased ? source->bases[index] : 0};
    patron_status status = patron_digest_source_file(source, index, &file);
    if (status != PATRON_OK)
        return status;
    array->dataset = H5Dopen2(file, object->path, H5P_DEFAULT);
    if (array->dataset < 0)
        return patron_h5_fail(PATRON_DATA, array->file, object->path);
    array->type = H5Dget_type(array->dataset);
    array->memory_type = patron_canonical_memory_type(array->type);
    if (array->memory_type < 0 || (object->rebased && H5Tget_size(array->memory_type) > 8))
        return patron_fail(PATRON_DATA, "%s: %s: other type than in %s", array->file, object->path,
                           source->files[0]);
    uint64_t elements = 0;
    hid_t memory_space = H5I_INVALID_HID;
    H5Sclose(select_rows(array->dataset, 0, 1, &memory_space, &elements));
    H5Sclose(memory_space);
    array->form = patron_canonical_form_of(array->memory_type);
    array->row_bytes = elements * array->form.width;
    return PATRON_OK;
}

static void close_array(feed_array *array)
{
    if (array->memory_type >= 0)
        H5Tclose(array->memory_type);
    if (array->type >= 0)
        H5Tclose(array->type);
    if (array->dataset >= 0)
        H5Dclose(array->dataset);
}

/* Feeds rows [first, first + count) of one file. */
static patron_status feed_file(patron_digest_source *source, const patron_digest_object *object,
                               uint32_t index, uint64_t first, uint64_t count,
                               crypto_generichash_state *hash)
{
    feed_array array;
    patron_status status;
#pragma omp critical(patron_digest_hdf5)
    status = open_array(source, object, index, &array);
    while (status == PATRON_OK && count > 0) {
        uint64_t most = array.row_bytes == 0 ? count : PIECE_BYTES / array.row_bytes;
        uint64_t now = most == 0 ? 1 : (count < most ? count : most);
        status = feed_piece(&array, first, now, hash);
        first += now;
        count -= now;
    }
#pragma omp critical(patron_digest_hdf5)
    close_array(&array);
    return status;
}

patron_status patron_digest_source_feed(patron_digest_source *source,
                                        const patron_digest_object *object, uint64_t first,
                                        uint64_t count, crypto_generichash_state *hash)
{
    patron_status status = PATRON_OK;
    uint32_t f = 0;
    while (status == PATRON_OK && count > 0) {
        while (object->file_first[f + 1] <= first)
            ++f;
        uint64_t left = object->file_first[f + 1] - first;
        uint64_t now = count < left ? count : left;
        uint64_t skipped = object->rebased && f > 0 ? 1 : 0; /* a part's first offset, 0 */
        status = feed_file(source, object, f, first - object->file_first[f] + skipped, now, hash);
        first += now;
        count -= now;
    }
    return status;
}
