/* SPDX-License-Identifier: Apache-2.0 */
/* Reading attributes. */
#include "store/h5.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool patron_h5_has_attribute(hid_t object, const char *name)
{
    return H5Aexists(object, name) != 0;
}

static patron_status fail_attribute(patron_status status, const char *owner, const char *name)
{
    char what[128];
    snprintf(what, sizeof what, "attribute '%s' cannot be read", name);
    return patron_h5_fail(status, owner, what);
}

static patron_status open_attribute(hid_t object, const char *owner, const char *name,
                                    hid_t *attribute)
{
    *attribute = H5I_INVALID_HID;
    if (!patron_h5_has_attribute(object, name))
        return patron_fail(PATRON_DATA, "%s: attribute '%s' is missing", owner, name);
    *attribute = H5Aopen(object, name, H5P_DEFAULT);
    return *attribute < 0 ? fail_attribute(PATRON_DATA, owner, name) : PATRON_OK;
}

static uint64_t attribute_elements(hid_t attribute)
{
    hid_t space = H5Aget_space(attribute);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return count < 0 ? 0 : (uint64_t)count;
}

static H5T_class_t attribute_class(hid_t attribute)
{
    hid_t type = H5Aget_type(attribute);
    H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    return class;
}

/* Reads one whole number; false where it is none, or below 0. */
static bool read_u64(hid_t attribute, uint64_t *value)
{
    hid_t type = H5Aget_type(attribute);
    bool is_whole = H5Tget_class(type) == H5T_INTEGER && attribute_elements(attribute) == 1;
    bool is_signed = is_whole && H5Tget_sign(type) == H5T_SGN_2;
    int64_t number = 0; /* a negative one would be clipped to 0 */
    H5Tclose(type);
    if (is_signed && (H5Aread(attribute, H5T_NATIVE_INT64, &number) < 0 || number < 0))
        return false;
    return is_whole && H5Aread(attribute, H5T_NATIVE_UINT64, value) >= 0;
}

patron_status patron_h5_attribute_u64(hid_t object, const char *owner, const char *name,
                                      uint64_t *value)
{
    hid_t attribute;
    patron_status status = open_attribute(object, owner, name, &attribute);
    if (status != PATRON_OK)
        return status;
    if (!read_u64(attribute, value))
        status = patron_fail(PATRON_DATA, "%s: attribute '%s' is not one whole number, 0 or above",
                             owner, name);
    H5Aclose(attribute);
    return status;
}

patron_status patron_h5_attribute_f64(hid_t object, const char *owner, const char *name,
                                      double *value)
{
    hid_t attribute;
    patron_status status = open_attribute(object, owner, name, &attribute);
    if (status != PATRON_OK)
        return status;
    H5T_class_t class = attribute_class(attribute);
    if ((class != H5T_FLOAT && class != H5T_INTEGER) || attribute_elements(attribute) != 1 ||
        H5Aread(attribute, H5T_NATIVE_DOUBLE, value) < 0)
        status = patron_fail(PATRON_DATA, "%s: attribute '%s' is not one number", owner, name);
    H5Aclose(attribute);
    return status;
}

static patron_status read_texts(hid_t attribute, const char *owner, const char *name, hid_t stored,
                                patron_texts *texts)
{
    uint64_t count = attribute_elements(attribute);
    bool variable = H5Tis_variable_str(stored) > 0;
    hid_t type = H5Tcopy(stored);
    if (!variable)
        H5Tset_strpad(type, H5T_STR_NULLPAD);
    size_t width = H5Tget_size(type);
    char *buffer = patron_allocate(count, width);
    patron_status status = buffer == NULL ? PATRON_RESOURCE : PATRON_OK;
    /* where reading fails HDF5 may have freed texts whose places still stand in the buffer */
    bool is_read = status == PATRON_OK && H5Aread(attribute, type, buffer) >= 0;
    if (status == PATRON_OK && !is_read)
        status = fail_attribute(PATRON_IO, owner, name);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        const char *text = variable ? ((char **)(void *)buffer)[i] : buffer + i * width;
        text = text == NULL ? "" : text;
        status = patron_texts_append(texts, text, variable ? strlen(text) : strnlen(text, width));
    }
    if (variable && is_read) {
        hid_t space = H5Aget_space(attribute);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
        H5Sclose(space);
    }
    free(buffer);
    H5Tclose(type);
    return status;
}

static patron_status open_object(hid_t file, const char *owner, const char *path, hid_t *object)
{
    *object = H5Oopen(file, path, H5P_DEFAULT);
    return *object < 0 ? patron_fail(PATRON_DATA, "%s: %s is missing", owner, path) : PATRON_OK;
}

patron_status patron_h5_figure_u64(hid_t file, const char *owner, const char *path,
                                   const char *name, uint64_t *value)
{
    hid_t object;
    patron_status status = open_object(file, owner, path, &object);
    if (status != PATRON_OK)
        return status;
    status = patron_h5_attribute_u64(object, owner, name, value);
    H5Oclose(object);
    return status;
}

patron_status patron_h5_figure_f64(hid_t file, const char *owner, const char *path,
                                   const char *name, double *value)
{
    hid_t object;
    patron_status status = open_object(file, owner, path, &object);
    if (status != PATRON_OK)
        return status;
    status = patron_h5_attribute_f64(object, owner, name, value);
    H5Oclose(object);
    return status;
}

patron_status patron_h5_attribute_texts(hid_t object, const char *owner, const char *name,
                                        patron_texts *texts)
{
    hid_t attribute;
    patron_status status = open_attribute(object, owner, name, &attribute);
    if (status != PATRON_OK)
        return status;
    hid_t stored = H5Aget_type(attribute);
    if (H5Tget_class(stored) != H5T_STRING)
        status = patron_fail(PATRON_DATA, "%s: attribute '%s' is not text", owner, name);
    else
        status = read_texts(attribute, owner, name, stored, texts);
    H5Tclose(stored);
    H5Aclose(attribute);
    return status;
}

patron_status patron_h5_check_format(hid_t file, const char *file_name, const char *format,
                                     uint64_t version)
{
    patron_texts found = {0};
    uint64_t found_version = 0;
    patron_status status = PATRON_OK;
    if (!patron_h5_has_attribute(file, "format"))
        status = patron_fail(PATRON_DATA, "%s: no attribute 'format': not a %s", file_name, format);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(file, file_name, "format", &found);
    if (status == PATRON_OK && (found.count != 1 || patron_texts_find(&found, format) != 0))
        status = patron_fail(PATRON_DATA, "%s: format is '%.*s', '%s' expected", file_name,
                             (int)(found.count == 0 ? 0 : patron_texts_length(&found, 0)),
                             found.count == 0 ? "" : patron_texts_at(&found, 0), format);
    if (status == PATRON_OK)
        status = patron_h5_attribute_u64(file, file_name, "format_version", &found_version);
    if (status == PATRON_OK && found_version != version)
        status = patron_fail(PATRON_DATA,
                             "%s: format version %" PRIu64
                             " found, this program reads version %" PRIu64 "; %s",
                             file_name, found_version, version,
                             found_version > version ? "a newer patron made it: read it with that"
                                                     : "make it anew from what it was made of");
    patron_texts_free(&found);
    return status;
}
