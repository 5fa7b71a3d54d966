/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a file.  HDF5 1.10 frees a table twice where the links of a damaged group can't
 * all be read in the order of names; in its own order it builds none, and they are sorted here. */
#include "store/h5.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static herr_t collect_name(hid_t root, const char *name, const H5O_info_t *info, void *target)
{
    (void)root;
    (void)info;
    return patron_texts_append(target, name, strlen(name) + 1) == PATRON_OK ? 0 : -1;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

patron_status patron_h5_list(hid_t file, const char *file_name, patron_texts *names)
{
    patron_texts found = {0};
    const char **sorted = NULL;
    patron_status status = PATRON_OK;
    if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, collect_name, &found) < 0) {
        status = patron_h5_fail(PATRON_DATA, file_name, "objects cannot be listed");
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
