/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a segment model: rank 0 lays the file out, then every rank writes its labels into it. */
#include "model/segment_model.h"

#include "model/model_file.h"
#include "model/spread_table.h"
#include "model/sweep_table.h"
#include "model/tree_table.h"
#include "model/validation_table.h"
#include "runtime/meter.h"
#include "store/h5.h"
#include "store/h5_write.h"

#include <stddef.h>

static patron_status write_header(const patron_h5_file *file)
{
    patron_status status = patron_model_write_head(file, PATRON_SEGMENT_KIND);
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
    if (status == PATRON_OK && model->moved != NULL)
        status = patron_h5_write(file, "/segments/moved", PATRON_H5_F64, fit->k, 0, model->moved);
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
    if (status == PATRON_OK && model->validation != NULL)
        status = patron_validation_table_write(file, model->validation);
    if (status == PATRON_OK)
        status = patron_spread_table_write(file, model->spread);
    if (status == PATRON_OK)
        status = patron_tree_table_write(file, model->joins, model->fit->k);
    if (status == PATRON_OK && model->sweep != NULL)
        status = patron_sweep_table_write(file, model->sweep);
    if (status == PATRON_OK)
        status = patron_h5_reserve(file, "/segments/labels", PATRON_H5_I32, model->rows, 0,
                                   labels_offset);
    return status;
}

patron_status patron_segment_model_write(const patron_comm *comm, const patron_segment_model *model,
                                         const patron_run *run, const char *path, bool force)
{
    patron_output *output = NULL;
    uint64_t offset = 0;
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    patron_status status =
        patron_model_begin(comm, path, force, lay_out, model, &offset, 1, &output);
    if (status == PATRON_OK)
        status = patron_output_write(output, offset + model->range.first * sizeof *model->labels,
                                     model->labels, model->range.count * sizeof *model->labels);
    status = patron_model_end(comm, output, run, status);
    patron_meter_leave(span, 0, 0);
    return status;
}
