/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a segment model: shapes, labels in range, sizes that agree with labels.  One rank looks
 * at what is small; labels, one a customer, are counted by all. */
#include "model/spread_table.h"
#include "model/sweep_table.h"
#include "model/tree_table.h"
#include "model/validation_table.h"
#include "model/verify_parts.h"

#include "patron/data.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { PIECE = 1 << 20 };

patron_status patron_verify_equal(const char *path, const char *what, uint64_t found,
                                  uint64_t expected)
{
    if (found == expected)
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s: %s: %" PRIu64 " found, %" PRIu64 " expected", path, what,
                       found, expected);
}

/* Figures of /segments that the arrays are held against. */
typedef struct segment_figures {
    uint64_t k, rows, dropped, iterations, columns;
} segment_figures;

static patron_status read_figures(hid_t file, const char *path, segment_figures *figures)
{
    const struct {
        const char *name;
        uint64_t *value;
    } wanted[] = {{"k", &figures->k},
                  {"n_rows", &figures->rows},
                  {"n_dropped", &figures->dropped},
                  {"iterations", &figures->iterations}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i)
        status = patron_h5_figure_u64(file, path, "/segments", wanted[i].name, wanted[i].value);
    return status;
}

/* Opens an array, checks its shape and that its numbers are finite. */
static patron_status check_reals(hid_t file, const char *path, const char *name, int dimensions,
                                 uint64_t rows, uint64_t *columns)
{
    patron_h5_array array;
    double *values = NULL;
    patron_status status =
        patron_h5_array_open(file, path, name, dimensions, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], rows);
    if (status == PATRON_OK && columns != NULL && *columns == 0)
        *columns = array.shape[1];
    if (status == PATRON_OK && columns != NULL)
        status = patron_verify_equal(path, name, array.shape[1], *columns);
    uint64_t count = status == PATRON_OK ? rows * array.shape[1] : 0;
    if (status == PATRON_OK && (values = patron_allocate(count, sizeof *values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64_rows(&array, 0, rows, values);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (!isfinite(values[i]))
            status = patron_fail(PATRON_DATA, "%s: row %" PRIu64 " is not finite", array.name,
                                 i / array.shape[1]);
    free(values);
    patron_h5_array_close(&array);
    return status;
}

/* Counts the labels of `rows` into counts[k], and dropped rows into counts[k] at the end. */
static patron_status count_labels(const patron_h5_array *labels, patron_range rows, uint64_t k,
                                  uint64_t *counts)
{
    int64_t *piece = patron_allocate(PIECE, sizeof *piece);
    patron_status status = piece == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = rows.first; status == PATRON_OK && done < rows.first + rows.count;) {
        uint64_t left = rows.first + rows.count - done;
        uint64_t now = left < PIECE ? left : PIECE;
        status = patron_h5_read_i64(labels, done, now, piece);
        for (uint64_t i = 0; status == PATRON_OK && i < now; ++i) {
            if (piece[i] < -1 || piece[i] >= (int64_t)k)
                status = patron_fail(PATRON_DATA,
                                     "%s: row %" PRIu64 ": label %" PRId64 ", -1 to %" PRIu64
                                     " expected",
                                     labels->name, done + i, piece[i], k - 1);
            else
                ++counts[piece[i] < 0 ? (int64_t)k : piece[i]];
        }
        done += now;
    }
    free(piece);
    return status;
}

static patron_status check_sizes(hid_t file, const char *path, const segment_figures *figures,
                                 const uint64_t *counts)
{
    patron_h5_array sizes;
    uint64_t *found = NULL;
    patron_status status =
        patron_h5_array_open(file, path, "/segments/size", 1, PATRON_H5_INTEGER, &sizes);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, "/segments/size", sizes.shape[0], figures->k);
    if (status == PATRON_OK && (found = patron_allocate(figures->k, sizeof *found)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&sizes, 0, figures->k, found);
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s)
        status = patron_verify_equal(path, "/segments/size against labels", found[s], counts[s]);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, "n_dropped against labels", figures->dropped,
                                     counts[figures->k]);
    patron_spread spread = {0};
    if (status == PATRON_OK)
        status = patron_spread_table_read(file, path, (uint32_t)figures->k, found, &spread);
    patron_spread_free(&spread);
    free(found);
    patron_h5_array_close(&sizes);
    return status;
}

/* Counts this rank's labels; *counts is the caller's to free(). */
static patron_status count_own_labels(const patron_comm *comm, hid_t file, const char *path,
                                      const segment_figures *figures, uint64_t **counts)
{
    patron_h5_array labels;
    *counts = patron_allocate(figures->k + 1, sizeof **counts);
    if (*counts == NULL)
        return PATRON_RESOURCE;
    patron_status status =
        patron_h5_array_open(file, path, "/segments/labels", 1, PATRON_H5_INTEGER, &labels);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, "/segments/labels", labels.shape[0], figures->rows);
    if (status == PATRON_OK)
        status = count_labels(
            &labels, patron_range_cut(figures->rows, (uint64_t)comm->rank, (uint64_t)comm->size),
            figures->k, *counts);
    patron_h5_array_close(&labels);
    return status;
}

patron_status patron_segment_labels_verify(const patron_comm *comm, hid_t file, const char *path)
{
    segment_figures figures = {0};
    uint64_t *counts = NULL;
    patron_status status = read_figures(file, path, &figures);
    if (status == PATRON_OK)
        status = count_own_labels(comm, file, path, &figures, &counts);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        patron_comm_reduce_u64(comm, counts, figures.k + 1, PATRON_SUM);
        if (comm->rank == 0)
            status = check_sizes(file, path, &figures, counts);
        status = patron_comm_agree(comm, status);
    }
    free(counts);
    return status;
}

/* An array whose values are not looked at. */
static patron_status check_length(hid_t file, const char *path, const char *name,
                                  patron_h5_class class, uint64_t expected)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, class, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], expected);
    patron_h5_array_close(&array);
    return status;
}

static patron_status check_transform(hid_t file, const char *path, uint64_t columns)
{
    patron_status status = check_length(file, path, "/transform/names", PATRON_H5_TEXT, columns);
    if (status == PATRON_OK) /* NaN where missing values are not filled */
        status = check_length(file, path, "/transform/fill", PATRON_H5_REAL, columns);
    if (status == PATRON_OK)
        status = check_length(file, path, "/transform/log1p", PATRON_H5_INTEGER, columns);
    if (status == PATRON_OK)
        status = check_reals(file, path, "/transform/offset", 1, columns, NULL);
    if (status == PATRON_OK)
        status = check_reals(file, path, "/transform/scale", 1, columns, NULL);
    return status;
}

static patron_status check_validation(hid_t file, const char *path, uint64_t k)
{
    patron_validation validation;
    patron_status status = patron_validation_table_read(file, path, (uint32_t)k, &validation);
    patron_validation_free(&validation);
    return status;
}

static patron_status check_tree(hid_t file, const char *path, uint64_t k)
{
    patron_tree_join *joins = NULL;
    patron_status status = patron_tree_table_read(file, path, k, &joins);
    free(joins);
    return status;
}

patron_status patron_segment_model_verify(hid_t file, const char *path)
{
    segment_figures figures = {0};
    patron_status status = read_figures(file, path, &figures);
    if (status == PATRON_OK && (figures.k == 0 || figures.k > INT32_MAX))
        status = patron_fail(PATRON_DATA, "%s: k is %" PRIu64, path, figures.k);
    const struct {
        const char *name;
        int dimensions;
    } arrays[] = {{"/segments/centroids_scaled", 2},
                  {"/segments/centroids", 2},
                  {"/segments/weight_sum", 1},
                  {"/segments/inertia", 1}};
    for (size_t i = 0; status == PATRON_OK && i < sizeof arrays / sizeof arrays[0]; ++i)
        status = check_reals(file, path, arrays[i].name, arrays[i].dimensions, figures.k,
                             arrays[i].dimensions == 2 ? &figures.columns : NULL);
    if (status == PATRON_OK && patron_h5_exists(file, "/segments/moved"))
        status = check_reals(file, path, "/segments/moved", 1, figures.k, NULL);
    if (status == PATRON_OK && figures.columns == 0)
        status = patron_fail(PATRON_DATA, "%s: /segments/centroids has no columns", path);
    if (status == PATRON_OK)
        status =
            check_length(file, path, "/segments/history", PATRON_H5_RECORD, figures.iterations);
    if (status == PATRON_OK)
        status = check_transform(file, path, figures.columns);
    if (status == PATRON_OK)
        status = patron_sweep_table_verify(file, path, figures.k);
    if (status == PATRON_OK)
        status = check_tree(file, path, figures.k);
    if (status == PATRON_OK)
        status = check_validation(file, path, figures.k);
    return status;
}
