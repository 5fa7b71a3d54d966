/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the objects of a digest with their headers. */
#include "store/digest_source.h"

#include "patron/memory.h"
#include "store/canonical.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- headers ---- */

static patron_status append(patron_digest_object *object, const void *bytes, uint64_t length)
{
    char *header = patron_reallocate(object->header, object->header_length + length, 1);
    if (header == NULL)
        return PATRON_RESOURCE;
    memcpy(header + object->header_length, bytes, length);
    object->header = header;
    object->header_length += length;
    return PATRON_OK;
}

static patron_status append_line(patron_digest_object *object, const char *text)
{
    patron_status status = append(object, text, strlen(text));
    return status == PATRON_OK ? append(object, "\n", 1) : status;
}

/* "scalar", or dimensions joined by x; first > 0 replaces the first dimension. */
static void shape_text(hid_t space, uint64_t first, char *text, size_t capacity)
{
    hsize_t shape[H5S_MAX_RANK];
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    size_t used = (size_t)snprintf(text, capacity, "%s", dimensions == 0 ? "scalar" : "");
    for (int i = 0; i < dimensions && used < capacity; ++i)
        used += (size_t)snprintf(text + used, capacity - used, "%s%" PRIu64, i == 0 ? "" : "x",
                                 i == 0 && first > 0 ? first : (uint64_t)shape[i]);
}

static patron_status hash_attribute(const char *path, hid_t attribute, hid_t memory_type,
                                    hid_t space, unsigned char hash_of[PATRON_HASH_BYTES])
{
    hssize_t count = H5Sget_simple_extent_npoints(space);
    void *values = patron_allocate(count < 0 ? 0 : (uint64_t)count, H5Tget_size(memory_type));
    if (values == NULL)
        return PATRON_RESOURCE;
    patron_status status = PATRON_OK;
    bool is_read = H5Aread(attribute, memory_type, values) >= 0;
    if (!is_read)
        status = patron_h5_fail(PATRON_IO, path, "an attribute cannot be read");
    if (status == PATRON_OK) {
        crypto_generichash_state hash;
        patron_canonical_form form = patron_canonical_form_of(memory_type);
        crypto_generichash_init(&hash, NULL, 0, PATRON_HASH_BYTES);
        patron_canonical_feed(&hash, &form, (uint64_t)count, values);
        crypto_generichash_final(&hash, hash_of, PATRON_HASH_BYTES);
    }
    /* where reading fails HDF5 may have freed texts whose places still stand in the values */
    if (is_read && H5Tis_variable_str(memory_type) > 0)
        H5Dvlen_reclaim(memory_type, space, H5P_DEFAULT, values);
    free(values);
    return status;
}

static patron_status append_attribute(patron_digest_object *object, hid_t id, const char *name)
{
    char type_name[PATRON_TYPE_TEXT];
    char shape[256];
    unsigned char hash[PATRON_HASH_BYTES];
    hid_t attribute = H5Aopen(id, name, H5P_DEFAULT);
    if (attribute < 0)
        return patron_h5_fail(PATRON_DATA, object->path, "an attribute cannot be opened");
    hid_t type = H5Aget_type(attribute);
    hid_t memory_type = patron_canonical_memory_type(type);
    hid_t space = H5Aget_space(attribute);
    shape_text(space, 0, shape, sizeof shape);
    patron_status status = PATRON_OK;
    if (!patron_canonical_type(memory_type, type_name))
        status = patron_fail(PATRON_DATA, "%s: attribute '%s' is of a type that has no digest",
                             object->path, name);
    else
        status = hash_attribute(object->path, attribute, memory_type, space, hash);
    if (status == PATRON_OK)
        status = append(object, "@", 1);
    if (status == PATRON_OK)
        status = append_line(object, name);
    if (status == PATRON_OK)
        status = append_line(object, type_name);
    if (status == PATRON_OK)
        status = append_line(object, shape);
    if (status == PATRON_OK)
        status = append(object, hash, sizeof hash);
    H5Sclose(space);
    H5Tclose(memory_type);
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

static bool listed(const char *const *names, const char *name)
{
    for (; *names != NULL; ++names)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static patron_status append_attributes(const patron_digest_source *source,
                                       patron_digest_object *object, hid_t id)
{
    patron_texts names = {0};
    patron_status status = patron_h5_list_attributes(id, object->path, &names);
    for (uint64_t i = 0; status == PATRON_OK && i < names.count; ++i) {
        const char *name = patron_texts_at(&names, i);
        if (strcmp(object->path, "/") == 0 && listed(source->rule->left_out, name))
            continue;
        status = append_attribute(object, id, name);
    }
    patron_texts_free(&names);
    return status;
}

/* ---- rows over files ---- */

patron_status patron_digest_source_file(patron_digest_source *source, uint32_t index, hid_t *file)
{
    patron_status status = PATRON_OK;
    *file = source->first;
    if (index == 0)
        return PATRON_OK;
    if (source->file < 0 || source->file_index != index) {
        if (source->file >= 0)
            H5Fclose(source->file);
        status = patron_h5_open(source->files[index], &source->file);
        source->file_index = index;
    }
    *file = source->file;
    return status;
}

static uint64_t first_dimension(hid_t dataset)
{
    hid_t space = H5Dget_space(dataset);
    hsize_t shape[H5S_MAX_RANK] = {1};
    H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    return shape[0];
}

static patron_status check_extent(const char *file, const char *path, hid_t dataset)
{
    enum { NAME_CAPACITY = 1024 };
    char name[NAME_CAPACITY];
    (void)snprintf(name, sizeof name, "%s: %s", file, path);
    return patron_h5_check_extent(dataset, name);
}

/* Fills file_first[], and the bases of rebased offsets. */
static patron_status count_rows(patron_digest_source *source, patron_digest_object *object)
{
    uint32_t files = object->concatenated ? source->file_count : 1;
    object->file_first = patron_allocate(files + 1, sizeof *object->file_first);
    if (object->file_first == NULL)
        return PATRON_RESOURCE;
    patron_status status = PATRON_OK;
    for (uint32_t f = 0; status == PATRON_OK && f < files; ++f) {
        hid_t file;
        status = patron_digest_source_file(source, f, &file);
        hid_t dataset = status == PATRON_OK ? H5Dopen2(file, object->path, H5P_DEFAULT) : -1;
        if (status == PATRON_OK && dataset < 0)
            status = patron_fail(PATRON_DATA, "%s: %s is missing", source->files[f], object->path);
        if (status != PATRON_OK)
            break;
        status = check_extent(source->files[f], object->path, dataset);
        uint64_t rows = first_dimension(dataset);
        uint64_t skipped = object->rebased && f > 0 && rows > 0 ? 1 : 0;
        object->file_first[f + 1] = object->file_first[f] + rows - skipped;
        H5Dclose(dataset);
        if (status == PATRON_OK && object->rebased && rows > 0) {
            patron_h5_array offsets;
            uint64_t last = 0;
            status = patron_h5_array_open(file, source->files[f], object->path, 1,
                                          PATRON_H5_INTEGER, &offsets);
            if (status == PATRON_OK)
                status = patron_h5_read_u64(&offsets, rows - 1, 1, &last);
            patron_h5_array_close(&offsets);
            source->bases[f + 1] = source->bases[f] + last;
        }
    }
    object->rows = object->file_first[files];
    return status;
}

/* ---- listing ---- */

static bool below(const char *path, const char *group)
{
    size_t length = strlen(group);
    return strncmp(path, group, length) == 0 && path[length] == '/';
}

static bool is_concatenated(const patron_digest_source *source, const char *path)
{
    for (const char *const *group = source->rule->concatenated; *group != NULL; ++group)
        if (below(path, *group))
            return true;
    return false;
}

static patron_status describe_dataset(patron_digest_source *source, patron_digest_object *object,
                                      hid_t dataset)
{
    char type_name[PATRON_TYPE_TEXT];
    char shape[256];
    hid_t type = H5Dget_type(dataset);
    hid_t memory_type = patron_canonical_memory_type(type);
    hid_t space = H5Dget_space(dataset);
    object->concatenated = is_concatenated(source, object->path);
    object->rebased = object->concatenated && strcmp(object->path, source->rule->rebased) == 0;
    patron_status status = PATRON_OK;
    if (!patron_canonical_type(memory_type, type_name))
        status = patron_fail(PATRON_DATA, "%s: %s is of a type that has no digest",
                             source->files[0], object->path);
    if (status == PATRON_OK)
        status = count_rows(source, object);
    shape_text(space, object->rows, shape, sizeof shape);
    if (status == PATRON_OK)
        status = append_line(object, type_name);
    if (status == PATRON_OK)
        status = append_line(object, shape);
    H5Sclose(space);
    H5Tclose(memory_type);
    H5Tclose(type);
    return status;
}

static patron_status describe(patron_digest_source *source, patron_digest_object *object)
{
    hid_t id = H5Oopen(source->first, object->path, H5P_DEFAULT);
    if (id < 0)
        return patron_h5_fail(PATRON_DATA, object->path, "cannot be opened");
    patron_status status = append_line(object, object->path);
    if (status == PATRON_OK && H5Iget_type(id) == H5I_DATASET)
        status = describe_dataset(source, object, id);
    else if (status == PATRON_OK)
        status = append_line(object, "group\n");
    if (status == PATRON_OK)
        status = append_attributes(source, object, id);
    H5Oclose(id);
    return status;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const patron_digest_object *)a)->path, ((const patron_digest_object *)b)->path);
}

static patron_status list_objects(patron_digest_source *source)
{
    patron_texts names = {0};
    patron_status status = patron_h5_list(source->first, source->files[0], &names);
    if (status == PATRON_OK) {
        source->objects = patron_allocate(names.count, sizeof *source->objects);
        status = source->objects == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    for (uint64_t i = 0; status == PATRON_OK && i < names.count; ++i) {
        const char *name = patron_texts_at(&names, i);
        if (strcmp(name, "run") == 0 || below(name, "run"))
            continue;
        uint64_t room = strlen(name) + 2;
        char *path = patron_allocate(room, 1);
        if (path == NULL)
            status = PATRON_RESOURCE;
        else
            snprintf(path, room, "/%s", strcmp(name, ".") == 0 ? "" : name);
        source->objects[source->object_count++].path = path;
    }
    if (status == PATRON_OK)
        qsort(source->objects, source->object_count, sizeof *source->objects, compare_paths);
    patron_texts_free(&names);
    return status;
}

patron_status patron_digest_source_open(const char *const *files, uint32_t count,
                                        const patron_digest_rule *rule,
                                        patron_digest_source *source)
{
    *source = (patron_digest_source){.files = files,
                                     .file_count = count,
                                     .rule = rule,
                                     .first = H5I_INVALID_HID,
                                     .file = H5I_INVALID_HID};
    source->bases = patron_allocate((uint64_t)count + 1, sizeof *source->bases);
    patron_status status =
        source->bases == NULL ? PATRON_RESOURCE : patron_h5_open(files[0], &source->first);
    if (status == PATRON_OK)
        status = list_objects(source);
    for (uint32_t i = 0; status == PATRON_OK && i < source->object_count; ++i)
        status = describe(source, &source->objects[i]);
    return status;
}

void patron_digest_source_close_files(patron_digest_source *source)
{
    if (source->file >= 0)
        H5Fclose(source->file);
    if (source->first >= 0)
        H5Fclose(source->first);
    source->file = source->first = H5I_INVALID_HID;
}

void patron_digest_source_close(patron_digest_source *source)
{
    patron_digest_source_close_files(source);
    for (uint32_t i = 0; i < source->object_count; ++i) {
        free(source->objects[i].path);
        free(source->objects[i].header);
        free(source->objects[i].file_first);
    }
    free(source->objects);
    free(source->bases);
    *source = (patron_digest_source){.first = H5I_INVALID_HID, .file = H5I_INVALID_HID};
}
