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

patron_status patron_transform_apply(const patron_transform *transform, const patron_raw_rows *rows,
                                     float *values, int threads)
{
    uint32_t columns = transform->columns;
    uint64_t infinite = UINT64_MAX; /* the first value that is not finite */
#pragma omp parallel for num_threads(threads) schedule(static) reduction(min : infinite)
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

typedef struct column_rows {
    const patron_comm *comm;
    const patron_raw_rows *rows;
    const patron_transform *transform;
    uint32_t column;
} column_rows;

static double raw(const column_rows *column, uint64_t row)
{
    return (double)column->rows->values[row * column->rows->columns + column->column];
}

static double clean(const column_rows *column, uint64_t row)
{
    return filled(column->transform, column->column, raw(column, row));
}

/* Sum of (value - center)^power over all rows of all ranks, exact, rounded once; power 1 or 2. */
static double sum_powers(const column_rows *column, double center, int power)
{
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < column->rows->count; ++i) {
        double term = clean(column, i) - center;
        patron_exactsum_add(&sum, power == 2 ? term * term : term);
    }
    patron_exactsum_reduce(column->comm, &sum, 1);
    return patron_exactsum_round(&sum);
}

static void find_extremes(const column_rows *column, double *least, double *greatest)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (uint64_t i = 0; i < column->rows->count; ++i) {
        double value = clean(column, i);
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    patron_comm_reduce_f64(column->comm, &low, 1, PATRON_MIN);
    patron_comm_reduce_f64(column->comm, &high, 1, PATRON_MAX);
    *least = low;
    *greatest = high;
}

/* Quantiles of the present (raw) or of all (clean) values; `buffer` has room for one a row. */
static void find_quantiles(const column_rows *column, bool present_only, double *buffer,
                           const double *levels, int level_count, double *quantiles)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < column->rows->count; ++i) {
        double value = present_only ? raw(column, i) : clean(column, i);
        if (!isnan(value))
            buffer[count++] = value;
    }
    for (int q = 0; q < level_count; ++q)
        quantiles[q] = patron_quantile(column->comm, buffer, count, levels[q]);
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

/* Count of present values of all ranks, and their mean (0 of none). */
static uint64_t mean_of_present(const column_rows *column, double *mean)
{
    patron_exactsum sum = {0};
    uint64_t present = 0;
    for (uint64_t i = 0; i < column->rows->count; ++i) {
        double value = raw(column, i);
        if (isnan(value))
            continue;
        patron_exactsum_add(&sum, value);
        ++present;
    }
    patron_exactsum_reduce(column->comm, &sum, 1);
    patron_comm_reduce_u64(column->comm, &present, 1, PATRON_SUM);
    *mean = present == 0 ? 0.0 : patron_exactsum_round(&sum) / (double)present;
    return present;
}

static patron_status choose_fill(const column_rows *column, patron_missing missing, double *buffer,
                                 double *fill)
{
    const double middle = 0.5;
    double mean = 0.0;
    uint64_t present = mean_of_present(column, &mean);
    if (present == 0)
        return patron_fail(PATRON_DATA, "column '%.*s' has no value to fill missing ones with",
                           (int)patron_texts_length(column->rows->names, column->column),
                           patron_texts_at(column->rows->names, column->column));
    if (missing == PATRON_MISSING_MEAN)
        *fill = mean;
    else
        find_quantiles(column, true, buffer, &middle, 1, fill);
    return PATRON_OK;
}

/* ---- estimate ---- */

static patron_status check_log1p(const column_rows *column)
{
    if (!column->transform->log1p[column->column])
        return PATRON_OK;
    for (uint64_t i = 0; i < column->rows->count; ++i)
        if (raw(column, i) <= -1.0)
            return patron_fail(
                PATRON_DATA, "row %" PRIu64 ", column '%.*s' is %g: log1p needs values above -1",
                column->rows->row[i], (int)patron_texts_length(column->rows->names, column->column),
                patron_texts_at(column->rows->names, column->column), raw(column, i));
    return PATRON_OK;
}

static void choose_scale(const column_rows *column, patron_scale kind, uint64_t total,
                         double *buffer, double *offset, double *scale)
{
    static const double quartiles[] = {0.25, 0.5, 0.75};
    double least, greatest, found[3];
    find_extremes(column, &least, &greatest);
    *offset = least;
    *scale = 1.0;
    if (least == greatest || kind == PATRON_SCALE_MINMAX) {
        *scale = greatest - least;
    } else if (kind == PATRON_SCALE_ZSCORE) {
        *offset = sum_powers(column, 0.0, 1) / (double)total;
        *scale = sqrt(sum_powers(column, *offset, 2) / (double)total);
    } else {
        find_quantiles(column, false, buffer, quartiles, 3, found);
        *offset = found[1];
        *scale = found[2] - found[0];
    }
    if (*scale == 0.0)
        *scale = 1.0;
}

static patron_status estimate_column(const column_rows *column, patron_scale scale,
                                     patron_missing missing, uint64_t total, double *buffer,
                                     patron_transform *transform)
{
    uint32_t j = column->column;
    bool fills = missing == PATRON_MISSING_MEAN || missing == PATRON_MISSING_MEDIAN;
    patron_status status = PATRON_OK;
    if (fills)
        status = choose_fill(column, missing, buffer, &transform->fill[j]);
    if (status == PATRON_OK)
        status = patron_comm_agree(column->comm, check_log1p(column));
    if (status == PATRON_OK && scale != PATRON_SCALE_NONE)
        choose_scale(column, scale, total, buffer, &transform->offset[j], &transform->scale[j]);
    return status;
}

patron_status patron_transform_estimate(const patron_comm *comm, const patron_raw_rows *rows,
                                        patron_scale scale, patron_missing missing,
                                        patron_transform *transform)
{
    double *buffer = patron_allocate(rows->count, sizeof *buffer);
    uint64_t total = rows->count;
    patron_status status = buffer == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && missing == PATRON_MISSING_ERROR)
        status = find_missing(rows);
    status = patron_comm_agree(comm, status);
    patron_comm_reduce_u64(comm, &total, 1, PATRON_SUM);
    if (status == PATRON_OK && total == 0)
        status = patron_fail(PATRON_DATA, "no row is left to cluster");
    for (uint32_t j = 0; status == PATRON_OK && j < rows->columns; ++j) {
        column_rows column = {.comm = comm, .rows = rows, .transform = transform, .column = j};
        status = estimate_column(&column, scale, missing, total, buffer, transform);
    }
    free(buffer);
    return status;
}
