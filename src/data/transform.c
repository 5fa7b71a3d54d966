/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms at work. */
#include "data/transform.h"

#include "patron/elementary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

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

float patron_transform_value(const patron_transform *transform, uint32_t column, double value)
{
    double x = isnan(value) ? transform->fill[column] : value;
    x = transform->log1p[column] ? patron_log1p(x) : x;
    return (float)((x - transform->offset[column]) / transform->scale[column]);
}

bool patron_transform_block(const patron_transform *transform, float *values)
{
    int infinite = 0;
    for (uint32_t j = 0; j < transform->columns; ++j) {
        float *column = values + (uint64_t)j * PATRON_BLOCK;
        double fill = transform->fill[j], offset = transform->offset[j],
               scale = transform->scale[j];
        double x[PATRON_BLOCK];
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            x[lane] = isnan(column[lane]) ? fill : (double)column[lane];
        for (int lane = 0; transform->log1p[j] && lane < PATRON_BLOCK; ++lane)
            x[lane] = patron_log1p(x[lane]);
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            column[lane] = (float)((x[lane] - offset) / scale);
            infinite |= isfinite(column[lane]) ? 0 : 1;
        }
    }
    return infinite == 0;
}

patron_status patron_transform_fail(const patron_texts *names, uint64_t row, uint64_t lanes,
                                    const float *values)
{
    for (; lanes != 0; lanes &= lanes - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(lanes);
        for (uint64_t j = 0; j < names->count; ++j)
            if (!isfinite(values[j * PATRON_BLOCK + lane]))
                return patron_fail(
                    PATRON_DATA,
                    "row %" PRIu64 ", column '%.*s': not finite once it is transformed", row + lane,
                    (int)patron_texts_length(names, j), patron_texts_at(names, j));
    }
    return PATRON_OK;
}

bool patron_transform_is_identity(const patron_transform *transform)
{
    bool is = transform->missing == 0;
    for (uint32_t j = 0; j < transform->columns; ++j)
        is =
            is && !transform->log1p[j] && transform->offset[j] == 0.0 && transform->scale[j] == 1.0;
    return is;
}

typedef struct change {
    const patron_transform *transform;
    uint64_t failed; /* the first block with a value that is not finite */
} change;

static void change_block(void *argument, const patron_block *block, float *values)
{
    change *run = argument;
    if (patron_transform_block(run->transform, values))
        return;
#pragma omp critical(transform_change)
    run->failed = block->index < run->failed ? block->index : run->failed;
}

patron_status patron_transform_rows(const patron_transform *transform, const patron_texts *names,
                                    patron_rows *rows)
{
    change run = {transform, UINT64_MAX};
    if (patron_transform_is_identity(transform))
        return PATRON_OK;
    patron_rows_change(rows, change_block, &run);
    if (run.failed == UINT64_MAX)
        return PATRON_OK;
    return patron_transform_fail(names, rows->first + run.failed * PATRON_BLOCK,
                                 rows->lanes[run.failed],
                                 rows->values + run.failed * rows->columns * PATRON_BLOCK);
}

double patron_transform_inverse(const patron_transform *transform, uint32_t column, double scaled)
{
    double x = scaled * transform->scale[column] + transform->offset[column];
    return transform->log1p[column] ? patron_expm1(x) : x;
}
