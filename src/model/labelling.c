/* SPDX-License-Identifier: Apache-2.0 */
/* Labels from HDF5: each rank reads its range. */
#include "model/labelling.h"

#include "model/facts.h"
#include "model/model_file.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "store/h5.h"
#include "store/h5_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool patron_labelling_is_h5(const char *source)
{
    return patron_h5_source_has_path(source) || H5Fis_hdf5(source) > 0;
}

/* ---- what a model says of itself ---- */

static patron_status check_kind(hid_t file, const char *file_name)
{
    patron_texts kind = {0};
    patron_status status =
        patron_h5_check_format(file, file_name, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(file, file_name, "kind", &kind);
    if (status == PATRON_OK && patron_texts_find(&kind, PATRON_SEGMENT_KIND) != 0) {
        char found[64];
        patron_texts_list(&kind, found, sizeof found);
        status = patron_fail(PATRON_DATA, "%s: a model of kind %s, '%s' is expected", file_name,
                             found, PATRON_SEGMENT_KIND);
    }
    patron_texts_free(&kind);
    return status;
}

static patron_status read_segments(hid_t file, const char *file_name, patron_labelling *labels)
{
    uint64_t k = 0;
    patron_status status = patron_h5_figure_u64(file, file_name, "/segments", "k", &k);
    if (status == PATRON_OK && (k == 0 || k > INT32_MAX))
        status = patron_fail(PATRON_DATA, "%s: k is %" PRIu64, file_name, k);
    labels->segments = (uint32_t)k;
    return status;
}

/* A copy of the text called `name`, to free(); NULL where there is none. */
static patron_status copy_fact(const patron_facts *facts, const char *name, char **copy)
{
    const patron_fact *fact = patron_facts_find(facts, name);
    if (fact == NULL || fact->kind != PATRON_FACT_TEXT || fact->text[0] == '\0')
        return PATRON_OK;
    *copy = patron_copy_text(fact->text);
    return *copy == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static patron_status read_model(hid_t file, const char *file_name, patron_labelling *labels)
{
    patron_facts run = {0};
    labels->is_model = true;
    labels->has_numbers = true;
    patron_status status = check_kind(file, file_name);
    if (status == PATRON_OK)
        status = read_segments(file, file_name, labels);
    if (status == PATRON_OK)
        status = patron_facts_read(file, file_name, "/run", &run);
    if (status == PATRON_OK)
        status = copy_fact(&run, "dataset", &labels->dataset);
    if (status == PATRON_OK)
        status = copy_fact(&run, "dataset_digest", &labels->dataset_digest);
    patron_facts_free(&run);
    return status;
}

/* ---- the labels ---- */

/* Opens the array that holds the labels, and tells this rank's range of it. */
static patron_status open_labels(const patron_comm *comm, hid_t file, const char *file_name,
                                 const char *path, patron_h5_array *array, patron_labelling *labels)
{
    patron_status status = patron_h5_array_open(file, file_name, path, 1, PATRON_H5_INTEGER, array);
    labels->rows = status == PATRON_OK ? array->shape[0] : 0;
    labels->range = patron_range_cut(labels->rows, (uint64_t)comm->rank, (uint64_t)comm->size);
    return status;
}

/* Labels of a model are the numbers of its segments already; they are read in pieces. */
static patron_status read_codes(const patron_h5_array *array, patron_labelling *labels)
{
    const uint64_t most = UINT64_C(1) << 18;
    uint64_t count = labels->range.count;
    int64_t *piece = patron_allocate(most, sizeof *piece);
    labels->codes = patron_allocate(count, sizeof *labels->codes);
    patron_status status = piece == NULL || labels->codes == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < count; done += most) {
        uint64_t now = count - done < most ? count - done : most;
        status = patron_h5_read_i64(array, labels->range.first + done, now, piece);
        for (uint64_t i = 0; status == PATRON_OK && i < now; ++i) {
            if (piece[i] < -1 || piece[i] >= (int64_t)labels->segments)
                status = patron_fail(
                    PATRON_DATA,
                    "%s: row %" PRIu64 ": label %" PRId64 ", -1 to %" PRIu32 " expected",
                    array->name, labels->range.first + done + i, piece[i], labels->segments - 1);
            labels->codes[done + i] = (int32_t)piece[i];
        }
    }
    free(piece);
    return status;
}

/* The names of a model's segments; far more of them than rows make no sense. */
static patron_status name_segments(const char *file_name, patron_labelling *labels)
{
    const uint32_t always = 1 << 20;
    patron_status status = PATRON_OK;
    if (labels->segments > labels->rows && labels->segments > always)
        return patron_fail(PATRON_DATA, "%s: %" PRIu32 " segments of %" PRIu64 " rows", file_name,
                           labels->segments, labels->rows);
    for (uint32_t s = 0; status == PATRON_OK && s < labels->segments; ++s)
        status = patron_labelling_name(labels, s);
    return status;
}

patron_status patron_labelling_read_model(const patron_comm *comm, const char *file_name,
                                          patron_labelling *labels)
{
    hid_t file = H5I_INVALID_HID;
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    *labels = (patron_labelling){0};
    patron_status status = patron_h5_open(file_name, &file);
    if (status == PATRON_OK)
        status = read_model(file, file_name, labels);
    if (status == PATRON_OK)
        status = open_labels(comm, file, file_name, "/segments/labels", &array, labels);
    if (status == PATRON_OK)
        status = read_codes(&array, labels);
    patron_h5_array_close(&array);
    if (file >= 0)
        H5Fclose(file);
    return patron_comm_agree(comm, status);
}

/* This rank's numbers of an array, to free(). */
static patron_status read_numbers(const patron_comm *comm, const patron_h5_source *source,
                                  patron_labelling *labels, int64_t **numbers)
{
    hid_t file = H5I_INVALID_HID;
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    patron_status status = patron_h5_open(source->file_name, &file);
    if (status == PATRON_OK)
        status = open_labels(comm, file, source->file_name, source->path, &array, labels);
    *numbers = patron_allocate(labels->range.count, sizeof **numbers);
    if (status == PATRON_OK && *numbers == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_i64(&array, labels->range.first, labels->range.count, *numbers);
    patron_h5_array_close(&array);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

patron_status patron_labelling_read(const patron_comm *comm, const char *source,
                                    patron_labelling *labels)
{
    patron_h5_source split;
    int64_t *numbers = NULL;
    patron_status status = PATRON_OK;
    if (!patron_h5_source_has_path(source)) {
        status = patron_labelling_read_model(comm, source, labels);
        return status == PATRON_OK ? patron_comm_agree(comm, name_segments(source, labels))
                                   : status;
    }
    *labels = (patron_labelling){0};
    status = patron_h5_source_split(source, &split);
    if (status == PATRON_OK)
        status = read_numbers(comm, &split, labels, &numbers);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_labelling_number(comm, source, numbers, labels);
    free(numbers);
    return status;
}

patron_status patron_labelling_check_dataset(const patron_labelling *labels, const char *source,
                                             const patron_dataset *dataset, const char *digest)
{
    uint64_t rows = patron_dataset_rows(dataset);
    const char *recorded = labels->dataset_digest;
    if (labels->rows != rows)
        return patron_fail(PATRON_DATA,
                           "%s: labels of %" PRIu64 " customers found, %s has %" PRIu64, source,
                           labels->rows, patron_dataset_path(dataset), rows);
    if (recorded == NULL || strcmp(recorded, digest) == 0)
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s: segments of a dataset of digest %.16s..., %s has %.16s...",
                       source, recorded, patron_dataset_path(dataset), digest);
}

void patron_labelling_free(patron_labelling *labels)
{
    free(labels->codes);
    patron_texts_free(&labels->names);
    free(labels->dataset);
    free(labels->dataset_digest);
    *labels = (patron_labelling){0};
}
