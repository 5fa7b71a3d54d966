/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a file, and the attributes of one.  HDF5 1.10 frees a table twice where the links
 * of a damaged group can't all be read in the order of names; in its own order it builds none, and
 * they are sorted here. */
#include "store/h5.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Names, and how it went: HDF5 tells no more than that it was stopped. */
typedef struct collection {
    patron_texts *names;
    patron_status status;
} collection;

static herr_t collect(collection *found, const char *name)
{
    found->status = patron_texts_append(found->names, name, strlen(name) + 1);
    return found->status == PATRON_OK ? 0 : -1;
}

static herr_t collect_object(hid_t root, const char *name, const H5O_info_t *info, void *target)
{
    (void)root;
    (void)info;
    return collect(target, name);
}

static herr_t collect_attribute(hid_t object, const char *name, const H5A_info_t *info,
                                void *target)
{
    (void)object;
    (void)info;
    return collect(target, name);
}

patron_status patron_h5_list_attributes(hid_t object, const char *path, patron_texts *names)
{
    collection found = {.names = names};
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_attribute, &found) >= 0)
        return PATRON_OK;
    return found.status != PATRON_OK
               ? found.status
               : patron_h5_fail(PATRON_DATA, path, "attributes cannot be listed");
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

patron_status patron_h5_list(hid_t file, const char *file_name, patron_texts *names)
{
    patron_texts found = {0};
    collection objects = {.names = &found};
    const char **sorted = NULL;
    patron_status status = PATRON_OK;
    if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, collect_object, &objects) < 0) {
        status = objects.status != PATRON_OK
                     ? objects.status
                     : patron_h5_fail(PATRON_DATA, file_name, "objects cannot be listed");
        goto cleanup;
    }
    sorted = patron_allocate(found.count, sizeof *sorted);
    if (sorted == NULL) {
        status = PATRON_RESOURCE;
        goto cleanup;
    }
    for (uint64_t i = 0; i < found.count; ++i)
        sorted[i] = patron_texts_at(&found, i);
    qsort(sorted, found.count, sizeof *sorted, compare_names);
    for (uint64_t i = 0; status == PATRON_OK && i < found.count; ++i)
        status = patron_texts_append(names, sorted[i], strlen(sorted[i]) + 1);
cleanup:
    free(sorted);
    patron_texts_free(&found);
    return status;
}
