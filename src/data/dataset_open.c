/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a dataset: rank 0 lists and checks the parts, the others get what it found. */
#include "data/dataset.h"
#include "data/share.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool patron_dataset_may_be(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return false;
    return S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && H5Fis_hdf5(path) > 0);
}

static int is_part_name(const struct dirent *entry)
{
    return fnmatch("part-*.h5", entry->d_name, 0) == 0;
}

/* The files behind `path`, in order: itself, or the parts of a folder. */
static patron_status list_files(const char *path, patron_texts *files)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return patron_fail(PATRON_NO_INPUT, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return patron_texts_append(files, path, strlen(path));
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_part_name, alphasort);
    if (count < 0)
        return patron_fail(PATRON_NO_INPUT, "%s: %s", path, strerror(errno));
    patron_status status = PATRON_OK;
    if (count == 0)
        status = patron_fail(PATRON_NO_INPUT, "%s: a folder without part files (part-*.h5)", path);
    for (int i = 0; i < count; ++i) {
        char file[PATH_MAX + NAME_MAX + 2]; /* stat took `path`, so it is shorter than PATH_MAX */
        int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (status == PATRON_OK)
            status = patron_texts_append(files, file, (uint64_t)length);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static patron_status share_starts(const patron_comm *comm, uint64_t **starts, uint32_t parts)
{
    if (comm->rank != 0)
        *starts = patron_allocate((uint64_t)parts + 1, sizeof **starts);
    patron_status status = patron_comm_agree(comm, *starts == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, *starts, ((uint64_t)parts + 1) * sizeof **starts, 0);
    return status;
}

/* Names as C strings, from a list of texts. */
static patron_status take_files(patron_dataset *dataset, const patron_texts *files)
{
    dataset->head.parts = (uint32_t)files->count;
    dataset->files = patron_allocate(files->count, sizeof *dataset->files);
    if (dataset->files == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < files->count; ++i) {
        uint64_t length = patron_texts_length(files, i);
        dataset->files[i] = patron_allocate(length + 1, 1);
        if (dataset->files[i] == NULL)
            return PATRON_RESOURCE;
        memcpy(dataset->files[i], patron_texts_at(files, i), length);
    }
    return PATRON_OK;
}

static patron_status share(const patron_comm *comm, patron_dataset *dataset, patron_texts *files)
{
    patron_comm_broadcast(comm, &dataset->head, sizeof dataset->head, 0);
    patron_status status = patron_texts_share(comm, files);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, comm->rank == 0 ? PATRON_OK : take_files(dataset, files));
    if (status == PATRON_OK)
        status = share_starts(comm, &dataset->first_row, dataset->head.parts);
    if (status == PATRON_OK)
        status = share_starts(comm, &dataset->first_basket, dataset->head.parts);
    patron_texts *const lists[] = {&dataset->column_names, &dataset->column_units,
                                   &dataset->column_sources, &dataset->item_names,
                                   &dataset->item_labels};
    for (size_t i = 0; status == PATRON_OK && i < sizeof lists / sizeof lists[0]; ++i)
        status = patron_texts_share(comm, lists[i]);
    return status;
}

patron_status patron_dataset_open(const patron_comm *comm, const char *path,
                                  patron_dataset **dataset)
{
    patron_texts files = {0};
    patron_status status = PATRON_OK;
    *dataset = patron_allocate(1, sizeof **dataset);
    if (*dataset == NULL || ((*dataset)->path = patron_copy_text(path)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK && comm->rank == 0)
        status = list_files(path, &files);
    if (status == PATRON_OK && comm->rank == 0)
        status = take_files(*dataset, &files);
    if (status == PATRON_OK && comm->rank == 0)
        status = patron_dataset_scan(*dataset);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = share(comm, *dataset, &files);
    patron_texts_free(&files);
    if (status != PATRON_OK) {
        patron_dataset_close(*dataset);
        *dataset = NULL;
    }
    return status;
}

void patron_dataset_close(patron_dataset *dataset)
{
    if (dataset == NULL)
        return;
    for (uint32_t i = 0; dataset->files != NULL && i < dataset->head.parts; ++i)
        free(dataset->files[i]);
    if (dataset->first_file > 0)
        H5Fclose(dataset->first_file);
    free(dataset->files);
    free(dataset->path);
    free(dataset->first_row);
    free(dataset->first_basket);
    patron_texts_free(&dataset->column_names);
    patron_texts_free(&dataset->column_units);
    patron_texts_free(&dataset->column_sources);
    patron_texts_free(&dataset->item_names);
    patron_texts_free(&dataset->item_labels);
    free(dataset);
}

const char *patron_dataset_path(const patron_dataset *dataset)
{
    return dataset->path;
}

uint64_t patron_dataset_rows(const patron_dataset *dataset)
{
    return dataset->first_row[dataset->head.parts];
}

uint32_t patron_dataset_columns(const patron_dataset *dataset)
{
    return dataset->head.columns;
}

uint64_t patron_dataset_baskets(const patron_dataset *dataset)
{
    return dataset->first_basket[dataset->head.parts];
}

uint32_t patron_dataset_parts(const patron_dataset *dataset)
{
    return dataset->head.parts;
}

bool patron_dataset_has_customers(const patron_dataset *dataset)
{
    return dataset->head.has_customers;
}

bool patron_dataset_has_baskets(const patron_dataset *dataset)
{
    return dataset->head.has_baskets;
}

bool patron_dataset_has_basket_customers(const patron_dataset *dataset)
{
    return dataset->head.has_basket_customer;
}

bool patron_dataset_has_weight(const patron_dataset *dataset)
{
    return dataset->head.has_weight;
}

const patron_texts *patron_dataset_column_names(const patron_dataset *dataset)
{
    return &dataset->column_names;
}

const patron_texts *patron_dataset_column_units(const patron_dataset *dataset)
{
    return &dataset->column_units;
}

const patron_texts *patron_dataset_column_sources(const patron_dataset *dataset)
{
    return &dataset->column_sources;
}

const patron_texts *patron_dataset_item_names(const patron_dataset *dataset)
{
    return &dataset->item_names;
}

const patron_texts *patron_dataset_item_labels(const patron_dataset *dataset)
{
    return &dataset->item_labels;
}
