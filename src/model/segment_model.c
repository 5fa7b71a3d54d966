/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a segment model: rank 0 lays the file out, then every rank writes its labels into it. */
#include "model/segment_model.h"

#include "model/model_file.h"
#include "store/h5.h"
#include "store/h5_write.h"

#include <stdio.h>
#include <string.h>

static patron_status write_header(const patron_h5_file *file)
{
    patron_status status = patron_h5_attach_format(file, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/", "kind", PATRON_SEGMENT_KIND);
    return status == PATRON_OK ? patron_h5_write_group(file, "/segments") : status;
}

static patron_status attach_figures(const patron_h5_file *file, const patron_segment_model *model)
{
    const patron_kmeans_result *fit = model->fit;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"k", fit->k},
                  {"k_requested", model->k_requested},
                  {"iterations", fit->iterations},
                  {"converged", fit->converged ? 1 : 0},
                  {"seed", model->seed},
                  {"n_rows", model->rows},
                  {"n_dropped", model->dropped_rows}};
    patron_status status = patron_h5_attach_f64(file, "/segments", "inertia", fit->inertia);
    for (size_t i = 0; status == PATRON_OK && i < sizeof counts / sizeof counts[0]; ++i)
        status = patron_h5_attach_u64(file, "/segments", counts[i].name, counts[i].value);
    return status;
}

static patron_status write_history(const patron_h5_file *file, const patron_kmeans_result *fit)
{
    const patron_h5_field fields[] = {
        {"inertia", PATRON_H5_F64, offsetof(patron_kmeans_iteration, inertia)},
        {"moved", PATRON_H5_I64, offsetof(patron_kmeans_iteration, moved)},
        {"shift", PATRON_H5_F64, offsetof(patron_kmeans_iteration, shift)}};
    return patron_h5_write_records(file, "/segments/history", fields, 3,
                                   sizeof(patron_kmeans_iteration), fit->iterations, fit->history);
}

static patron_status write_segments(const patron_h5_file *file, const patron_segment_model *model)
{
    const patron_kmeans_result *fit = model->fit;
    const struct {
        const char *path;
        patron_h5_type type;
        uint64_t columns;
        const void *values;
    } arrays[] = {{"/segments/centroids_scaled", PATRON_H5_F64, fit->columns, fit->centroids},
                  {"/segments/centroids", PATRON_H5_F64, fit->columns, model->centroids},
                  {"/segments/size", PATRON_H5_I64, 0, fit->size},
                  {"/segments/weight_sum", PATRON_H5_F64, 0, fit->weight_sum},
                  {"/segments/inertia", PATRON_H5_F64, 0, fit->segment_inertia}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof arrays / sizeof arrays[0]; ++i)
        status = patron_h5_write(file, arrays[i].path, arrays[i].type, fit->k, arrays[i].columns,
                                 arrays[i].values);
    if (status == PATRON_OK)
        status = patron_h5_attach_texts(file, "/segments/centroids", "names", model->names);
    if (status == PATRON_OK)
        status = patron_h5_attach_texts(file, "/segments/centroids_scaled", "names", model->names);
    if (status == PATRON_OK)
        status = write_history(file, fit);
    return status == PATRON_OK ? attach_figures(file, model) : status;
}

static patron_status write_transform(const patron_h5_file *file, const patron_segment_model *model)
{
    const patron_transform *transform = model->transform;
    uint64_t columns = transform->columns;
    patron_status status = patron_h5_write_group(file, "/transform");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/transform/names", model->names, 0, columns,
                                       patron_texts_longest(model->names));
    if (status == PATRON_OK)
        status =
            patron_h5_write(file, "/transform/fill", PATRON_H5_F64, columns, 0, transform->fill);
    if (status == PATRON_OK)
        status =
            patron_h5_write(file, "/transform/log1p", PATRON_H5_U8, columns, 0, transform->log1p);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/transform/offset", PATRON_H5_F64, columns, 0,
                                 transform->offset);
    if (status == PATRON_OK)
        status =
            patron_h5_write(file, "/transform/scale", PATRON_H5_F64, columns, 0, transform->scale);
    return status;
}

/* Everything but /run and the labels' values, on rank 0. */
static patron_status lay_out(const patron_h5_file *file, const void *argument,
                             uint64_t *labels_offset)
{
    const patron_segment_model *model = argument;
    patron_status status = write_header(file);
    if (status == PATRON_OK)
        status = write_segments(file, model);
    if (status == PATRON_OK)
        status = write_transform(file, model);
    if (status == PATRON_OK)
        status =
            patron_h5_reserve(file, "/segments/labels", PATRON_H5_I32, model->rows, labels_offset);
    return status;
}

patron_status patron_segment_model_write(const patron_comm *comm, const patron_segment_model *model,
                                         const patron_run *run, const char *path, bool force)
{
    patron_output *output = NULL;
    uint64_t offset = 0;
    patron_status status =
        patron_model_begin(comm, path, force, run, lay_out, model, &offset, 1, &output);
    if (status == PATRON_OK)
        status = patron_output_write(output, offset + model->range.first * sizeof *model->labels,
                                     model->labels, model->range.count * sizeof *model->labels);
    return patron_output_end(comm, output, status);
}

/* ---- a given start ---- */

/* Cuts "FILE.h5:/path" at its last ":/". */
static patron_status cut_source(const char *source, char *file, size_t capacity, const char **path)
{
    const char *cut = NULL;
    for (const char *at = strstr(source, ":/"); at != NULL; at = strstr(at + 1, ":/"))
        cut = at;
    if (cut == NULL || cut == source || (size_t)(cut - source) >= capacity)
        return patron_fail(PATRON_USAGE,
                           "--init %s: k-means||, k-means++, random or FILE.h5:/path expected",
                           source);
    snprintf(file, capacity, "%.*s", (int)(cut - source), source);
    *path = cut + 1;
    return PATRON_OK;
}

static patron_status read_start(const char *source, uint32_t k, uint32_t columns, double *start)
{
    char name[4096];
    const char *path = NULL;
    hid_t file = H5I_INVALID_HID;
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    patron_status status = cut_source(source, name, sizeof name, &path);
    if (status == PATRON_OK)
        status = patron_h5_open(name, &file);
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, name, path, 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK && (array.shape[0] != k || array.shape[1] != columns))
        status = patron_fail(PATRON_DATA,
                             "%s: %llu x %llu numbers found, %u x %u (segments x columns) expected",
                             array.name, (unsigned long long)array.shape[0],
                             (unsigned long long)array.shape[1], k, columns);
    if (status == PATRON_OK)
        status = patron_h5_read_f64_rows(&array, 0, k, start);
    for (uint64_t i = 0; status == PATRON_OK && i < (uint64_t)k * columns; ++i)
        if (start[i] != start[i] || start[i] - start[i] != 0.0)
            status = patron_fail(PATRON_DATA, "%s: row %llu is not finite", array.name,
                                 (unsigned long long)(i / columns));
    patron_h5_array_close(&array);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

patron_status patron_segment_read_start(const patron_comm *comm, const char *source, uint32_t k,
                                        uint32_t columns, double *start)
{
    patron_status status = comm->rank == 0 ? read_start(source, k, columns, start) : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, start, (uint64_t)k * columns * sizeof *start, 0);
    return status;
}
