/* SPDX-License-Identifier: Apache-2.0 */
/* Labels from HDF5: each rank reads its range. */
#include "model/labels.h"

#include "model/facts.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "store/h5.h"
#include "store/h5_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char MODEL_LABELS[] = "/segments/labels";

bool patron_labels_are_h5(const char *source)
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
    if (status == PATRON_OK && patron_texts_find(&kind, PATRON_SEGMENT_KIND) != 0)
        status = patron_fail(PATRON_DATA, "%s: no segment model; FILE.h5:/path names an array",
                             file_name);
    patron_texts_free(&kind);
    return status;
}

static patron_status read_segments(hid_t file, const char *file_name, patron_labels *labels)
{
    uint64_t k = 0;
    hid_t group = H5Gopen2(file, "/segments", H5P_DEFAULT);
    if (group < 0)
        return patron_fail(PATRON_DATA, "%s: /segments is missing", file_name);
    patron_status status = patron_h5_attribute_u64(group, file_name, "k", &k);
    H5Gclose(group);
    if (status == PATRON_OK && (k == 0 || k > INT32_MAX))
        status = patron_fail(PATRON_DATA, "%s: /segments: attribute 'k' is %" PRIu64, file_name, k);
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

static patron_status read_model(hid_t file, const char *file_name, patron_labels *labels)
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

static patron_status read_values(const patron_comm *comm, hid_t file, const char *file_name,
                                 const char *path, patron_labels *labels, int64_t **values)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, file_name, path, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK) {
        labels->rows = array.shape[0];
        labels->range =
            patron_range_cut(labels->rows, (uint64_t)comm->rank, (uint64_t)comm->size);
        *values = patron_allocate(labels->range.count, sizeof **values);
        status = *values == NULL ? PATRON_RESOURCE
                                 : patron_h5_read_i64(&array, labels->range.first,
                                                      labels->range.count, *values);
    }
    patron_h5_array_close(&array);
    return status;
}

/* Labels of a model are the numbers of its segments already. */
static patron_status take_codes(const char *file_name, const int64_t *values, patron_labels *labels)
{
    if (labels->segments > labels->rows)
        return patron_fail(PATRON_DATA, "%s: %" PRIu32 " segments of %" PRIu64 " rows", file_name,
                           labels->segments, labels->rows);
    labels->codes = patron_allocate(labels->range.count, sizeof *labels->codes);
    patron_status status = labels->codes == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < labels->segments; ++s)
        status = patron_labels_name(labels, s);
    for (uint64_t i = 0; status == PATRON_OK && i < labels->range.count; ++i) {
        if (values[i] < -1 || values[i] >= (int64_t)labels->segments)
            status = patron_fail(PATRON_DATA,
                                 "%s: %s: row %" PRIu64 ": label %" PRId64 ", -1 to %" PRIu32
                                 " expected",
                                 file_name, MODEL_LABELS, labels->range.first + i, values[i],
                                 labels->segments - 1);
        labels->codes[i] = (int32_t)values[i];
    }
    return status;
}

patron_status patron_labels_read(const patron_comm *comm, const char *source, patron_labels *labels)
{
    patron_h5_source split;
    hid_t file = H5I_INVALID_HID;
    int64_t *values = NULL;
    *labels = (patron_labels){0};
    patron_status status = patron_h5_source_split(source, &split);
    if (status == PATRON_OK)
        status = patron_h5_open(split.file_name, &file);
    if (status == PATRON_OK && split.path == NULL)
        status = read_model(file, split.file_name, labels);
    if (status == PATRON_OK)
        status = read_values(comm, file, split.file_name,
                             split.path != NULL ? split.path : MODEL_LABELS, labels, &values);
    if (file >= 0)
        H5Fclose(file);
    if (status == PATRON_OK && labels->is_model)
        status = take_codes(split.file_name, values, labels);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && !labels->is_model)
        status = patron_labels_number(comm, source, values, labels);
    free(values);
    return status;
}

void patron_labels_free(patron_labels *labels)
{
    free(labels->codes);
    patron_texts_free(&labels->names);
    free(labels->dataset);
    free(labels->dataset_digest);
    *labels = (patron_labels){0};
}
