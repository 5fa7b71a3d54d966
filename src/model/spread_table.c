/* SPDX-License-Identifier: Apache-2.0 */
/* Four arrays beside those of the segments. */
#include "model/spread_table.h"

#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LEVELS = PATRON_SPREAD_LEVELS };

static const char quantiles[] = "/segments/distance_quantiles";
static const char percents[] = "/segments/distance_percents";
static const char thresholds[] = "/segments/outlier_threshold";
static const char outliers[] = "/segments/outliers";

patron_status patron_spread_table_write(const patron_h5_file *file, const patron_spread *spread)
{
    patron_status status =
        patron_h5_write(file, percents, PATRON_H5_U32, LEVELS, 0, patron_spread_percents);
    if (status == PATRON_OK)
        status =
            patron_h5_write(file, quantiles, PATRON_H5_F64, spread->k, LEVELS, spread->quantile);
    if (status == PATRON_OK)
        status = patron_h5_write(file, thresholds, PATRON_H5_F64, spread->k, 0, spread->threshold);
    if (status == PATRON_OK)
        status = patron_h5_write(file, outliers, PATRON_H5_I64, spread->k, 0, spread->beyond);
    return status;
}

/* ---- reading ---- */

static patron_status read_reals(hid_t file, const char *path, const char *name, uint64_t rows,
                                uint64_t columns, double *values)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, path, name, columns == 1 ? 1 : 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], rows);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[1], columns);
    if (status == PATRON_OK)
        status = patron_h5_read_f64_rows(&array, 0, rows, values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_counts(hid_t file, const char *path, const char *name, uint64_t count,
                                 int64_t *values)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], count);
    if (status == PATRON_OK)
        status = patron_h5_read_i64(&array, 0, count, values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status check_percents(hid_t file, const char *path)
{
    int64_t found[LEVELS] = {0};
    patron_status status = read_counts(file, path, percents, LEVELS, found);
    for (int i = 0; status == PATRON_OK && i < LEVELS; ++i)
        if (found[i] != (int64_t)patron_spread_percents[i])
            status =
                patron_fail(PATRON_DATA, "%s: %s: entry %d is %" PRId64 ", %" PRIu32 " expected",
                            path, percents, i, found[i], patron_spread_percents[i]);
    return status;
}

static patron_status check_segment(const char *path, const patron_spread *spread, uint64_t segment,
                                   uint64_t size)
{
    const double *own = spread->quantile + segment * LEVELS;
    bool is_there = size > 0;
    for (int i = 0; i < LEVELS; ++i)
        if (is_there ? !(own[i] >= (i > 0 ? own[i - 1] : 0.0)) || isinf(own[i]) : !isnan(own[i]))
            return patron_fail(PATRON_DATA,
                               "%s: %s: row %" PRIu64 " of a segment of %" PRIu64
                               " customers does not ascend",
                               path, quantiles, segment, size);
    double threshold = patron_spread_threshold(own);
    if (is_there && spread->threshold[segment] != threshold)
        return patron_fail(PATRON_DATA, "%s: %s: row %" PRIu64 " is %.17g, %.17g expected", path,
                           thresholds, segment, spread->threshold[segment], threshold);
    if (spread->beyond[segment] < 0 || (uint64_t)spread->beyond[segment] > size)
        return patron_fail(PATRON_DATA,
                           "%s: %s: row %" PRIu64 " is %" PRId64 ", at most %" PRIu64 " expected",
                           path, outliers, segment, spread->beyond[segment], size);
    return PATRON_OK;
}

patron_status patron_spread_table_read(hid_t file, const char *path, uint32_t k,
                                       const uint64_t *size, patron_spread *spread)
{
    *spread = (patron_spread){.k = k};
    if (!patron_h5_exists(file, quantiles))
        return PATRON_OK;
    spread->quantile = patron_allocate(k, LEVELS * sizeof *spread->quantile);
    spread->threshold = patron_allocate(k, sizeof *spread->threshold);
    spread->beyond = patron_allocate(k, sizeof *spread->beyond);
    if (spread->quantile == NULL || spread->threshold == NULL || spread->beyond == NULL)
        return PATRON_RESOURCE;
    patron_status status = check_percents(file, path);
    if (status == PATRON_OK)
        status = read_reals(file, path, quantiles, k, LEVELS, spread->quantile);
    if (status == PATRON_OK)
        status = read_reals(file, path, thresholds, k, 1, spread->threshold);
    if (status == PATRON_OK)
        status = read_counts(file, path, outliers, k, spread->beyond);
    for (uint64_t s = 0; status == PATRON_OK && s < k; ++s)
        status = check_segment(path, spread, s, size[s]);
    return status;
}
