/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes by what HDF5 says of their type. */
#include "model/facts.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

static H5T_class_t class_of(hid_t group, const char *name)
{
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    if (attribute < 0)
        return H5T_NO_CLASS;
    hid_t type = H5Aget_type(attribute);
    H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    H5Aclose(attribute);
    return class;
}

static patron_status read_text(hid_t group, const char *path, const char *name, char **text)
{
    patron_texts found = {0};
    patron_status status = patron_h5_attribute_texts(group, path, name, &found);
    uint64_t length = status == PATRON_OK && found.count > 0 ? patron_texts_length(&found, 0) : 0;
    if (status == PATRON_OK && (*text = patron_allocate(length + 1, 1)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK && length > 0)
        memcpy(*text, patron_texts_at(&found, 0), length);
    patron_texts_free(&found);
    return status;
}

static patron_status read_fact(hid_t group, const char *path, const char *name, patron_fact *fact)
{
    fact->name = patron_copy_text(name);
    if (fact->name == NULL)
        return PATRON_RESOURCE;
    switch (class_of(group, name)) {
    case H5T_INTEGER:
        fact->kind = PATRON_FACT_COUNT;
        return patron_h5_attribute_u64(group, path, name, &fact->count);
    case H5T_FLOAT:
        fact->kind = PATRON_FACT_REAL;
        return patron_h5_attribute_f64(group, path, name, &fact->real);
    default:
        fact->kind = PATRON_FACT_TEXT;
        return read_text(group, path, name, &fact->text);
    }
}

patron_status patron_facts_read(hid_t file, const char *path, const char *group_path,
                                patron_facts *facts)
{
    patron_texts names = {0};
    patron_status status = PATRON_OK;
    *facts = (patron_facts){0};
    if (!patron_h5_exists(file, group_path))
        return PATRON_OK;
    hid_t group = H5Gopen2(file, group_path, H5P_DEFAULT);
    status = group < 0 ? patron_h5_fail(PATRON_DATA, path, "a group cannot be opened")
                       : patron_h5_list_attributes(group, path, &names);
    if (status == PATRON_OK &&
        (facts->facts = patron_allocate(names.count, sizeof *facts->facts)) == NULL)
        status = PATRON_RESOURCE;
    for (; status == PATRON_OK && facts->count < names.count; ++facts->count)
        status = read_fact(group, path, patron_texts_at(&names, facts->count),
                           &facts->facts[facts->count]);
    if (group >= 0)
        H5Gclose(group);
    patron_texts_free(&names);
    return status;
}

void patron_facts_free(patron_facts *facts)
{
    for (uint64_t i = 0; i < facts->count; ++i) {
        free(facts->facts[i].name);
        free(facts->facts[i].text);
    }
    free(facts->facts);
    *facts = (patron_facts){0};
}

const patron_fact *patron_facts_find(const patron_facts *facts, const char *name)
{
    for (uint64_t i = 0; i < facts->count; ++i)
        if (strcmp(facts->facts[i].name, name) == 0)
            return &facts->facts[i];
    return NULL;
}
