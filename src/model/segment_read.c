/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a segment model for people and other jobs. */
#include "model/segment_read.h"

#include "model/spread_table.h"
#include "model/sweep_table.h"
#include "model/tree_table.h"
#include "model/validation_table.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

static patron_status read_figures(hid_t file, const char *path, patron_segment_view *view)
{
    uint64_t converged = 0;
    const struct {
        const char *name;
        uint64_t *value;
    } wanted[] = {{"k", &view->k},
                  {"k_requested", &view->k_requested},
                  {"iterations", &view->iterations},
                  {"converged", &converged},
                  {"seed", &view->seed},
                  {"n_rows", &view->rows},
                  {"n_dropped", &view->dropped}};
    patron_status status = patron_h5_figure_f64(file, path, "/segments", "inertia", &view->inertia);
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i)
        status = patron_h5_figure_u64(file, path, "/segments", wanted[i].name, wanted[i].value);
    view->converged = converged != 0;
    return status;
}

/* The whole array of reals at `name`; its columns, where they are asked for. */
static patron_status read_reals(hid_t file, const char *path, const char *name, int dimensions,
                                double **values, uint64_t *columns)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, path, name, dimensions, PATRON_H5_REAL, &array);
    if (status == PATRON_OK &&
        (*values = patron_allocate(array.shape[0] * array.shape[1], sizeof **values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64_rows(&array, 0, array.shape[0], *values);
    if (status == PATRON_OK && columns != NULL)
        *columns = array.shape[1];
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_counts(hid_t file, const char *path, const char *name, uint64_t **values)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK && (*values = patron_allocate(array.shape[0], sizeof **values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, array.shape[0], *values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_history(hid_t file, const char *path, patron_segment_view *view)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, path, "/segments/history", 1, PATRON_H5_RECORD, &array);
    view->history = patron_allocate(view->iterations, sizeof *view->history);
    if (status == PATRON_OK && view->history == NULL)
        status = PATRON_RESOURCE;
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *view->history);
    H5Tinsert(type, "inertia", offsetof(patron_kmeans_iteration, inertia), H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "moved", offsetof(patron_kmeans_iteration, moved), H5T_NATIVE_INT64);
    H5Tinsert(type, "shift", offsetof(patron_kmeans_iteration, shift), H5T_NATIVE_DOUBLE);
    if (status == PATRON_OK && view->iterations > 0 &&
        H5Dread(array.dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, view->history) < 0)
        status = patron_h5_fail(PATRON_IO, array.name, "cannot be read");
    H5Tclose(type);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_arrays(hid_t file, const char *path, patron_segment_view *view)
{
    const struct {
        const char *name;
        int dimensions;
        double **values;
    } arrays[] = {{"/segments/centroids", 2, &view->centroids},
                  {"/segments/centroids_scaled", 2, &view->centroids_scaled},
                  {"/segments/weight_sum", 1, &view->weight_sum},
                  {"/segments/inertia", 1, &view->segment_inertia},
                  {"/transform/fill", 1, &view->fill},
                  {"/transform/offset", 1, &view->offset},
                  {"/transform/scale", 1, &view->scale}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof arrays / sizeof arrays[0]; ++i)
        status = read_reals(file, path, arrays[i].name, arrays[i].dimensions, arrays[i].values,
                            arrays[i].dimensions == 2 ? &view->columns : NULL);
    if (status == PATRON_OK && patron_h5_exists(file, "/segments/moved"))
        status = read_reals(file, path, "/segments/moved", 1, &view->moved, NULL);
    if (status == PATRON_OK)
        status = read_counts(file, path, "/segments/size", &view->size);
    if (status == PATRON_OK)
        status = read_counts(file, path, "/transform/log1p", &view->log1p);
    return status;
}

patron_status patron_segment_view_read(const char *path, patron_segment_view *view)
{
    hid_t file = H5I_INVALID_HID;
    *view = (patron_segment_view){0};
    patron_status status = patron_h5_open(path, &file);
    if (status == PATRON_OK)
        status = read_figures(file, path, view);
    if (status == PATRON_OK)
        status = read_arrays(file, path, view);
    if (status == PATRON_OK)
        status = patron_h5_read_all_texts(file, path, "/transform/names", &view->names);
    if (status == PATRON_OK)
        status = read_history(file, path, view);
    if (status == PATRON_OK)
        status = patron_spread_table_read(file, path, (uint32_t)view->k, view->size, &view->spread);
    if (status == PATRON_OK)
        status = patron_validation_table_read(file, path, (uint32_t)view->k, &view->validation);
    if (status == PATRON_OK)
        status = patron_sweep_table_read(file, path, &view->sweep);
    if (status == PATRON_OK)
        status = patron_tree_table_read(file, path, view->k, &view->joins);
    if (status == PATRON_OK)
        status = patron_facts_read(file, path, "/run", &view->run);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

void patron_segment_view_free(patron_segment_view *view)
{
    patron_texts_free(&view->names);
    free(view->centroids);
    free(view->centroids_scaled);
    free(view->size);
    free(view->weight_sum);
    free(view->segment_inertia);
    free(view->moved);
    free(view->history);
    free(view->fill);
    free(view->offset);
    free(view->scale);
    free(view->log1p);
    patron_spread_free(&view->spread);
    patron_validation_free(&view->validation);
    patron_sweep_free(&view->sweep);
    free(view->joins);
    patron_facts_free(&view->run);
    *view = (patron_segment_view){0};
}
