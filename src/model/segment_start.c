/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a start on rank 0, for all. */
#include "model/segment_start.h"

#include "model/model_file.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "store/h5.h"
#include "store/h5_source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool patron_segment_start_may_be(const char *source)
{
    return patron_h5_source_has_path(source) || access(source, F_OK) == 0;
}

/* Reads the whole array, k x columns. */
static patron_status read_array(const patron_h5_array *array, patron_segment_start *start)
{
    uint64_t columns = array->shape[1], count = start->k * columns;
    start->centroids = patron_allocate(count, sizeof *start->centroids);
    patron_status status = start->centroids == NULL
                               ? PATRON_RESOURCE
                               : patron_h5_read_f64_rows(array, 0, start->k, start->centroids);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (!isfinite(start->centroids[i]))
            status = patron_fail(PATRON_DATA, "%s: row %" PRIu64 " is not finite", array->name,
                                 i / columns);
    return status;
}

static patron_status check_count(const patron_h5_array *array, uint32_t k,
                                 patron_segment_start *start)
{
    uint64_t found = array->shape[0];
    if (found == 0 || found > INT32_MAX || (k != 0 && found != k))
        return patron_fail(PATRON_DATA, "%s: %" PRIu64 " centroids found, %" PRIu32 " expected",
                           array->name, found, k);
    start->k = (uint32_t)found;
    return PATRON_OK;
}

/* ---- an array ---- */

static patron_status read_plain(hid_t file, const char *file_name, const char *path,
                                const patron_texts *names, uint32_t k, patron_segment_start *start)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, file_name, path, 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = check_count(&array, k, start);
    if (status == PATRON_OK && array.shape[1] != names->count)
        status =
            patron_fail(PATRON_DATA, "%s: %" PRIu64 " columns found, %" PRIu64 " are clustered",
                        array.name, array.shape[1], names->count);
    if (status == PATRON_OK)
        status = read_array(&array, start);
    patron_h5_array_close(&array);
    return status;
}

/* ---- a model ---- */

static bool are_equal(const patron_texts *a, uint64_t i, const patron_texts *b, uint64_t j)
{
    uint64_t length = patron_texts_length(a, i);
    return length == patron_texts_length(b, j) &&
           memcmp(patron_texts_at(a, i), patron_texts_at(b, j), length) == 0;
}

/* For each clustered column the model's of that name. */
static patron_status match_columns(const char *file_name, const patron_texts *names,
                                   const patron_texts *found, uint64_t *places)
{
    for (uint64_t j = 0; j < names->count; ++j) {
        places[j] = 0;
        while (places[j] < found->count && !are_equal(names, j, found, places[j]))
            ++places[j];
        if (places[j] < found->count && found->count == names->count)
            continue;
        char here[512], there[512];
        patron_texts_list(names, here, sizeof here);
        patron_texts_list(found, there, sizeof there);
        return patron_fail(PATRON_DATA,
                           "%s: the model's columns are %s; those clustered now are %s", file_name,
                           there, here);
    }
    return PATRON_OK;
}

/* Brings the columns into the order of places[]. */
static patron_status reorder(patron_segment_start *start, const uint64_t *places, uint64_t columns)
{
    double *row = patron_allocate(columns, sizeof *row);
    if (row == NULL)
        return PATRON_RESOURCE;
    for (uint64_t c = 0; c < start->k; ++c) {
        double *centroid = start->centroids + c * columns;
        memcpy(row, centroid, columns * sizeof *row);
        for (uint64_t j = 0; j < columns; ++j)
            centroid[j] = row[places[j]];
    }
    free(row);
    return PATRON_OK;
}

static patron_status read_sizes(hid_t file, const char *file_name, patron_segment_start *start)
{
    patron_h5_array array;
    start->size = patron_allocate(start->k, sizeof *start->size);
    if (start->size == NULL)
        return PATRON_RESOURCE;
    patron_status status =
        patron_h5_array_open(file, file_name, "/segments/size", 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, start->k, start->size);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_model(hid_t file, const char *file_name, const patron_texts *names,
                                uint32_t k, patron_segment_start *start)
{
    patron_texts found = {0};
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    uint64_t *places = patron_allocate(names->count, sizeof *places);
    patron_status status =
        places == NULL
            ? PATRON_RESOURCE
            : patron_h5_check_format(file, file_name, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    if (status == PATRON_OK)
        status =
            patron_h5_array_open(file, file_name, "/segments/centroids", 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = check_count(&array, k, start);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(array.dataset, array.name, "names", &found);
    if (status == PATRON_OK && found.count != array.shape[1])
        status = patron_fail(PATRON_DATA, "%s: %" PRIu64 " names of %" PRIu64 " columns",
                             array.name, found.count, array.shape[1]);
    if (status == PATRON_OK)
        status = match_columns(file_name, names, &found, places);
    if (status == PATRON_OK)
        status = read_array(&array, start);
    if (status == PATRON_OK)
        status = reorder(start, places, names->count);
    if (status == PATRON_OK)
        status = read_sizes(file, file_name, start);
    patron_h5_array_close(&array);
    patron_texts_free(&found);
    free(places);
    return status;
}

/* ---- either ---- */

static patron_status read_here(const char *source, const patron_texts *names, uint32_t k,
                               patron_segment_start *start)
{
    patron_h5_source split;
    hid_t file = H5I_INVALID_HID;
    patron_status status = patron_h5_source_split(source, &split);
    if (status == PATRON_OK)
        status = patron_h5_open(split.file_name, &file);
    if (status == PATRON_OK && split.path != NULL)
        status = read_plain(file, split.file_name, split.path, names, k, start);
    else if (status == PATRON_OK)
        status = read_model(file, split.file_name, names, k, start);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

/* What rank 0 has read, to all ranks. */
static patron_status share(const patron_comm *comm, uint64_t columns, patron_segment_start *start)
{
    uint32_t counts[2] = {start->k, start->is_model ? 1 : 0};
    patron_comm_broadcast(comm, counts, sizeof counts, 0);
    start->k = counts[0];
    start->is_model = counts[1] != 0;
    if (comm->rank != 0) {
        start->centroids = patron_allocate(start->k, columns * sizeof *start->centroids);
        start->size = start->is_model ? patron_allocate(start->k, sizeof *start->size) : NULL;
    }
    bool is_short = start->centroids == NULL || (start->is_model && start->size == NULL);
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    patron_comm_broadcast(comm, start->centroids, start->k * columns * sizeof *start->centroids, 0);
    if (start->is_model)
        patron_comm_broadcast(comm, start->size, start->k * sizeof *start->size, 0);
    return PATRON_OK;
}

patron_status patron_segment_start_read(const patron_comm *comm, const char *source,
                                        const patron_texts *names, uint32_t k,
                                        patron_segment_start *start)
{
    *start = (patron_segment_start){.is_model = !patron_h5_source_has_path(source)};
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = read_here(source, names, k, start);
    status = patron_comm_agree(comm, status);
    return status == PATRON_OK ? share(comm, names->count, start) : status;
}

void patron_segment_start_free(patron_segment_start *start)
{
    free(start->centroids);
    free(start->size);
    *start = (patron_segment_start){0};
}
