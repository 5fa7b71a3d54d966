/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through all objects of the first part. */
#include "data/dataset_extras.h"

#include "data/dataset.h"
#include "patron/memory.h"
#include "store/canonical.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char QUALITY[] = "quality/";

/* What the format's table names, without the first slash. */
static const char *const known[] = {".",
                                    "customers",
                                    "customers/id",
                                    "customers/features",
                                    "customers/weight",
                                    "baskets",
                                    "baskets/offsets",
                                    "baskets/items",
                                    "baskets/id",
                                    "baskets/customer",
                                    "baskets/time",
                                    "items",
                                    "items/name",
                                    "items/label",
                                    "quality"};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

/* One number: whole and not negative, or real. */
static bool read_figure(hid_t object, hid_t type, patron_quality *figure)
{
    hid_t space = H5Dget_space(object);
    bool is_one = H5Sget_simple_extent_npoints(space) == 1;
    H5T_class_t class = H5Tget_class(type);
    H5Sclose(space);
    *figure = (patron_quality){.is_real = true};
    if (!is_one || (class != H5T_INTEGER && class != H5T_FLOAT) ||
        H5Dread(object, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &figure->real) < 0)
        return false;
    figure->is_real = class == H5T_FLOAT || figure->real < 0.0;
    return figure->is_real ||
           H5Dread(object, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &figure->count) >= 0;
}

static patron_status add_figure(const char *name, const patron_quality *figure,
                                patron_dataset_extras *extras)
{
    patron_quality *figures =
        patron_reallocate(extras->figures, extras->names.count + 1, sizeof *figures);
    if (figures == NULL)
        return PATRON_RESOURCE;
    extras->figures = figures;
    figures[extras->names.count] = *figure;
    return patron_texts_append(&extras->names, name, strlen(name));
}

/* "float32 1000x3", "string" for a scalar; "other" where digests know no such type. */
static void describe_array(hid_t object, hid_t type, char *text, size_t capacity)
{
    char type_name[PATRON_TYPE_TEXT] = "other";
    hsize_t shape[H5S_MAX_RANK];
    hid_t memory_type = patron_canonical_memory_type(type);
    hid_t space = H5Dget_space(object);
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    if (memory_type < 0 || !patron_canonical_type(memory_type, type_name))
        snprintf(type_name, sizeof type_name, "other");
    size_t used = (size_t)snprintf(text, capacity, "%s", type_name);
    for (int i = 0; i < dimensions && used < capacity; ++i)
        used += (size_t)snprintf(text + used, capacity - used, "%s%" PRIu64, i == 0 ? " " : "x",
                                 (uint64_t)shape[i]);
    H5Sclose(space);
    if (memory_type >= 0)
        H5Tclose(memory_type);
}

static patron_status add_other(const char *name, const char *kind, patron_dataset_extras *extras)
{
    uint64_t length = strlen(name);
    char *path = patron_allocate(length + 2, 1);
    if (path == NULL)
        return PATRON_RESOURCE;
    path[0] = '/';
    memcpy(path + 1, name, length);
    patron_status status = patron_texts_append(&extras->others, path, length + 1);
    if (status == PATRON_OK)
        status = patron_texts_append(&extras->kinds, kind, strlen(kind));
    free(path);
    return status;
}

static patron_status take_object(hid_t file, const char *file_name, const char *name,
                                 patron_dataset_extras *extras)
{
    char kind[PATRON_TYPE_TEXT + 256] = "group";
    patron_quality figure;
    patron_status status = PATRON_OK;
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0)
        return patron_h5_fail(PATRON_DATA, file_name, "an object cannot be opened");
    if (H5Iget_type(object) != H5I_DATASET) {
        status = add_other(name, kind, extras);
    } else {
        hid_t type = H5Dget_type(object);
        bool is_quality = strncmp(name, QUALITY, sizeof QUALITY - 1) == 0;
        describe_array(object, type, kind, sizeof kind);
        if (is_quality && read_figure(object, type, &figure))
            status = add_figure(name + sizeof QUALITY - 1, &figure, extras);
        else
            status = add_other(name, kind, extras);
        H5Tclose(type);
    }
    H5Oclose(object);
    return status;
}

static patron_status read_here(const patron_dataset *dataset, patron_dataset_extras *extras)
{
    hid_t file = H5I_INVALID_HID;
    patron_texts found = {0};
    patron_status status = patron_h5_open(dataset->files[0], &file);
    if (status == PATRON_OK)
        status = patron_h5_list(file, dataset->files[0], &found);
    for (uint64_t i = 0; status == PATRON_OK && i < found.count; ++i)
        if (!is_known(patron_texts_at(&found, i)))
            status = take_object(file, dataset->files[0], patron_texts_at(&found, i), extras);
    if (file >= 0)
        H5Fclose(file);
    patron_texts_free(&found);
    return status;
}

patron_status patron_dataset_read_extras(const patron_comm *comm, const patron_dataset *dataset,
                                         patron_dataset_extras *extras)
{
    *extras = (patron_dataset_extras){0};
    return patron_comm_agree(comm, comm->rank == 0 ? read_here(dataset, extras) : PATRON_OK);
}

void patron_dataset_extras_free(patron_dataset_extras *extras)
{
    patron_texts_free(&extras->names);
    patron_texts_free(&extras->others);
    patron_texts_free(&extras->kinds);
    free(extras->figures);
    *extras = (patron_dataset_extras){0};
}
