/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms: their figures from all ranks' rows, and their use.  Means and variances are exact
 * sums rounded once; quantiles are exact order statistics: neither depends on how rows are spread.
 */
#include "data/transform.h"

#include "data/order_statistics.h"
#include "patron/elementary.h"
#include "patron/exactsum.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_status patron_transform_create(uint32_t columns, patron_transform *transform)
{
    *transform = (patron_transform){.columns = columns};
    transform->fill = patron_allocate(columns, sizeof *transform->fill);
    transform->log1p = patron_allocate(columns, sizeof *transform->log1p);
    transform->offset = patron_allocate(columns, sizeof *transform->offset);
    transform->scale = patron_allocate(columns, sizeof *transform->scale);
    if (transform->fill == NULL || transform->log1p == NULL || transform->offset == NULL ||
        transform->scale == NULL)
        return PATRON_RESOURCE;
    for (uint32_t j = 0; j < columns; ++j) {
        transform->fill[j] = (double)NAN;
        transform->scale[j] = 1.0;
    }
    return PATRON_OK;
}

void patron_transform_free(patron_transform *transform)
{
    free(transform->fill);
    free(transform->log1p);
    free(transform->offset);
    free(transform->scale);
    *transform = (patron_transform){0};
}

/* x' of the contract. */
static double filled(const patron_transform *transform, uint32_t column, double value)
{
    if (isnan(value))
        value = transform->fill[column];
    return transform->log1p[column] ? patron_log1p(value) : value;
}

float patron_transform_value(const patron_transform *transform, uint32_t column, double value)
{
    double x = filled(transform, column, value);
    return (float)((x - transform->offset[column]) / transform->scale[column]);
}

static int threads_of(const patron_raw_rows *rows)
{
    return rows->threads > 0 ? rows->threads : 1;
}

patron_status patron_transform_apply(const patron_transform *transform, const patron_raw_rows *rows,
                                     float *values)
{
    uint32_t columns = transform->columns;
    uint64_t infinite = UINT64_MAX; /* the first value that is not finite */
#pragma omp parallel for num_threads(threads_of(rows)) schedule(static) reduction(min : infinite)
    for (uint64_t i = 0; i < rows->count; ++i)
        for (uint32_t j = 0; j < columns; ++j) {
            uint64_t at = i * columns + j;
            values[at] = patron_transform_value(transform, j, (double)values[at]);
            if (!isfinite(values[at]) && at < infinite)
                infinite = at;
        }
    if (infinite == UINT64_MAX)
        return PATRON_OK;
    uint32_t column = (uint32_t)(infinite % columns);
    return patron_fail(PATRON_DATA,
                       "row %" PRIu64 ", column '%.*s': not finite once it is transformed",
                       rows->row[infinite / columns], (int)patron_texts_length(rows->names, column),
                       patron_texts_at(rows->names, column));
}

double patron_transform_inverse(const patron_transform *transform, uint32_t column, double scaled)
{
    double x = scaled * transform->scale[column] + transform->offset[column];
    return transform->log1p[column] ? patron_expm1(x) : x;
}

/* ---- figures of one column ---- */

/* One column of this rank's rows, side by side in `values`. */
typedef struct column_values {
    const patron_comm *comm;
    const patron_raw_rows *rows;
    uint32_t column;
    int threads;
    uint64_t count;
    double *values; /* room for one a row */
} column_values;

static double raw(const column_values *column, uint64_t row)
{
    return (double)column->rows->values[row * column->rows->columns + column->column];
}

static void take_present(column_values *column)
{
    column->count = 0;
    for (uint64_t i = 0; i < column->rows->count; ++i) {
        double value = raw(column, i);
        if (!isnan(value))
            column->values[column->count++] = value;
    }
}

/* All values after fill, then log1p. */
static void take_filled(column_values *column, const patron_transform *transform)
{
    column->count = column->rows->count;
#pragma omp parallel for num_threads(column->threads) schedule(static)
    for (uint64_t i = 0; i < column->count; ++i)
        column->values[i] = filled(transform, column->column, raw(column, i));
}

/* Sum of (value - center)^power over all rows of all ranks, exact, rounded once; power 1 or 2. */
static double sum_powers(const column_values *column, double center, int power)
{
    patron_exactsum sum = {0};
#pragma omp parallel num_threads(column->threads)
    {
        patron_exactsum mine = {0};
#pragma omp for schedule(static)
        for (uint64_t i = 0; i < column->count; ++i) {
            double term = column->values[i] - center;
            patron_exactsum_add(&mine, power == 2 ? term * term : term);
        }
#pragma omp critical(transform_sum)
        patron_exactsum_merge(&sum, &mine);
    }
    patron_exactsum_reduce(column->comm, &sum, 1);
    return patron_exactsum_round(&sum);
}

static void find_extremes(const column_values *column, double *least, double *greatest)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (uint64_t i = 0; i < column->count; ++i) {
        low = column->values[i] < low ? column->values[i] : low;
        high = column->values[i] > high ? column->values[i] : high;
    }
    patron_comm_reduce_f64(column->comm, &low, 1, PATRON_MIN);
    patron_comm_reduce_f64(column->comm, &high, 1, PATRON_MAX);
    *least = low;
    *greatest = high;
}

/* ---- missing values ---- */

static patron_status fail_missing(const patron_raw_rows *rows, uint64_t row, uint32_t column)
{
    return patron_fail(PATRON_DATA,
                       "row %" PRIu64 ", column '%.*s': missing value; --missing drop|mean|median "
                       "says what to do with it",
                       rows->row[row], (int)patron_texts_length(rows->names, column),
                       patron_texts_at(rows->names, column));
}

static patron_status find_missing(const patron_raw_rows *rows)
{
    for (uint64_t i = 0; i < rows->count; ++i)
        for (uint32_t j = 0; j < rows->columns; ++j)
            if (isnan(rows->values[i * rows->columns + j]))
                return fail_missing(rows, i, j);
    return PATRON_OK;
}

static patron_status choose_fill(column_values *column, patron_missing missing, double *fill)
{
    take_present(column);
    uint64_t present = column->count;
    patron_comm_reduce_u64(column->comm, &present, 1, PATRON_SUM);
    if (present == 0)
        return patron_fail(PATRON_DATA, "column '%.*s' has no value to fill missing ones with",
                           (int)patron_texts_length(column->rows->names, column->column),
                           patron_texts_at(column->rows->names, column->column));
    *fill = missing == PATRON_MISSING_MEAN
                ? sum_powers(column, 0.0, 1) / (double)present
                : patron_quantile(column->comm, column->values, column->count, 0.5);
    return PATRON_OK;
}

/* ---- estimate ---- */

static patron_status check_log1p(const column_values *column)
{
    for (uint64_t i = 0; i < column->rows->count; ++i)
        if (raw(column, i) <= -1.0)
            return patron_fail(
                PATRON_DATA, "row %" PRIu64 ", column '%.*s' is %g: log1p needs values above -1",
                column->rows->row[i], (int)patron_texts_length(column->rows->names, column->column),
                patron_texts_at(column->rows->names, column->column), raw(column, i));
    return PATRON_OK;
}

static void choose_scale(column_values *column, patron_scale kind, uint64_t total,
                         patron_transform *transform)
{
    double least, greatest;
    double *offset = &transform->offset[column->column];
    double *scale = &transform->scale[column->column];
    take_filled(column, transform);
    find_extremes(column, &least, &greatest);
    *offset = least;
    *scale = greatest - least;
    if (least != greatest && kind == PATRON_SCALE_ZSCORE) {
        *offset = sum_powers(column, 0.0, 1) / (double)total;
        *scale = sqrt(sum_powers(column, *offset, 2) / (double)total);
    } else if (least != greatest && kind == PATRON_SCALE_ROBUST) {
        *offset = patron_quantile(column->comm, column->values, column->count, 0.5);
        *scale = patron_quantile(column->comm, column->values, column->count, 0.75) -
                 patron_quantile(column->comm, column->values, column->count, 0.25);
    }
    if (*scale == 0.0)
        *scale = 1.0;
}

static patron_status estimate_column(column_values *column, patron_scale scale,
                                     patron_missing missing, uint64_t total,
                                     patron_transform *transform)
{
    uint32_t j = column->column;
    patron_status status = PATRON_OK;
    if (missing == PATRON_MISSING_MEAN || missing == PATRON_MISSING_MEDIAN)
        status = choose_fill(column, missing, &transform->fill[j]);
    if (status == PATRON_OK && transform->log1p[j])
        status = patron_comm_agree(column->comm, check_log1p(column));
    if (status == PATRON_OK && scale != PATRON_SCALE_NONE)
        choose_scale(column, scale, total, transform);
    return status;
}

patron_status patron_transform_estimate(const patron_comm *comm, const patron_raw_rows *rows,
                                        patron_scale scale, patron_missing missing,
                                        patron_transform *transform)
{
    column_values column = {.comm = comm,
                            .rows = rows,
                            .threads = threads_of(rows),
                            .values = patron_allocate(rows->count, sizeof *column.values)};
    uint64_t total = rows->count;
    patron_status status = column.values == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && missing == PATRON_MISSING_ERROR)
        status = find_missing(rows);
    status = patron_comm_agree(comm, status);
    patron_comm_reduce_u64(comm, &total, 1, PATRON_SUM);
    if (status == PATRON_OK && total == 0)
        status = patron_fail(PATRON_DATA, "no row is left to cluster");
    for (column.column = 0; status == PATRON_OK && column.column < rows->columns; ++column.column)
        status = estimate_column(&column, scale, missing, total, transform);
    free(column.values);
    return status;
}
