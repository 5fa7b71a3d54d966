/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a value before it is clustered: filled where missing, log1p, shifted and scaled.
 * The clustered value is (float)((x' - offset) / scale) in float64, x' the value after fill, then
 * log1p. */
#ifndef PATRON_DATA_TRANSFORM_H
#define PATRON_DATA_TRANSFORM_H

#include "patron/comm.h"
#include "patron/rows.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_scale {
    PATRON_SCALE_ZSCORE, /* mean and standard deviation (of n, not n - 1) */
    PATRON_SCALE_NONE,
    PATRON_SCALE_MINMAX, /* least value and range */
    PATRON_SCALE_ROBUST  /* median and interquartile range */
} patron_scale;

typedef enum patron_missing {
    PATRON_MISSING_ERROR,
    PATRON_MISSING_DROP,
    PATRON_MISSING_MEAN,
    PATRON_MISSING_MEDIAN
} patron_missing;

typedef struct patron_transform {
    uint32_t columns;
    double *fill; /* NaN where missing values are not filled */
    uint8_t *log1p;
    double *offset;
    double *scale;    /* 1 where a column is constant */
    uint64_t rows;    /* of all ranks, that it was estimated from */
    uint64_t missing; /* their missing values */
} patron_transform;

/* An identity of `columns` columns; release with patron_transform_free. */
patron_status patron_transform_create(uint32_t columns, patron_transform *transform);
void patron_transform_free(patron_transform *transform);

/* Sets fill, offset and scale from all ranks' rows, as they were read (NaN where a value is
 * missing); transform->log1p is the caller's choice, `names` those of the columns, for messages.
 * With MISSING_DROP there are no rows with missing values.  Collective; the same status and
 * transform on every rank.  DATA: a missing value under MISSING_ERROR, a column without any value,
 * a value of -1 or less under log1p, no row; and as patron_rows_pass. */
patron_status patron_transform_estimate(const patron_comm *comm, const patron_rows *rows,
                                        const patron_texts *names, patron_scale scale,
                                        patron_missing missing, patron_transform *transform);

/* The clustered value of `value` in column `column`. */
float patron_transform_value(const patron_transform *transform, uint32_t column, double value);

/* Transforms a block's values in place; returns whether they all are finite then. */
bool patron_transform_block(const patron_transform *transform, float *values);

/* Whether no value would change. */
bool patron_transform_is_identity(const patron_transform *transform);

/* Transforms rows that lie in memory.  Not collective.  DATA: a value that is not finite once it is
 * transformed. */
patron_status patron_transform_rows(const patron_transform *transform, const patron_texts *names,
                                    patron_rows *rows);

/* Records which value of a transformed block is not finite, and returns DATA. */
patron_status patron_transform_fail(const patron_texts *names, uint64_t row, uint64_t lanes,
                                    const float *values);

/* Brings a clustered value back to the data's own unit. */
double patron_transform_inverse(const patron_transform *transform, uint32_t column, double scaled);

#endif
