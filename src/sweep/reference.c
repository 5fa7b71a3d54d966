/* SPDX-License-Identifier: Apache-2.0 */
/* The box of rows along their principal axes, and rows drawn from it. */
#include "sweep/reference.h"

#include "patron/memory.h"
#include "patron/random.h"
#include "quality/principal.h"

#include <math.h>
#include <stdlib.h>

static void take_mean(const patron_sampled_rows *rows, double *mean)
{
    for (uint64_t i = 0; i < rows->count; ++i)
        for (uint64_t j = 0; j < rows->columns; ++j)
            mean[j] += (double)rows->values[i * rows->columns + j];
    for (uint64_t j = 0; j < rows->columns; ++j)
        mean[j] /= (double)rows->count;
}

static patron_status take_axes(const patron_sampled_rows *rows, patron_reference *reference)
{
    uint64_t columns = rows->columns;
    double *scatter = patron_allocate(columns, columns * sizeof *scatter);
    reference->axes = patron_allocate(columns, columns * sizeof *reference->axes);
    if (scatter == NULL || reference->axes == NULL) {
        free(scatter);
        return PATRON_RESOURCE;
    }
    for (uint64_t i = 0; i < rows->count; ++i) {
        const float *row = rows->values + i * columns;
        for (uint64_t j = 0; j < columns; ++j)
            for (uint64_t a = 0; a < columns; ++a)
                scatter[j * columns + a] +=
                    ((double)row[j] - reference->mean[j]) * ((double)row[a] - reference->mean[a]);
    }
    patron_eigenvectors(scatter, rows->columns, reference->axes);
    free(scatter);
    return PATRON_OK;
}

/* Where a row lies along an axis, about the mean. */
static double along(const patron_reference *reference, const float *row, uint64_t axis)
{
    uint64_t columns = reference->columns;
    double sum = 0.0;
    if (reference->axes == NULL)
        return (double)row[axis] - reference->mean[axis];
    for (uint64_t j = 0; j < columns; ++j)
        sum += ((double)row[j] - reference->mean[j]) * reference->axes[j * columns + axis];
    return sum;
}

patron_status patron_reference_create(const patron_sampled_rows *rows, patron_reference *reference)
{
    uint64_t columns = rows->columns;
    *reference = (patron_reference){.columns = rows->columns};
    reference->mean = patron_allocate(columns, sizeof *reference->mean);
    reference->low = patron_allocate(columns, sizeof *reference->low);
    reference->high = patron_allocate(columns, sizeof *reference->high);
    if (reference->mean == NULL || reference->low == NULL || reference->high == NULL)
        return PATRON_RESOURCE;
    take_mean(rows, reference->mean);
    patron_status status = PATRON_OK;
    if (columns <= PATRON_SHAPE_COLUMNS)
        status = take_axes(rows, reference);
    for (uint64_t a = 0; status == PATRON_OK && a < columns; ++a)
        for (uint64_t i = 0; i < rows->count; ++i) {
            double at = along(reference, rows->values + i * columns, a);
            reference->low[a] = i == 0 || at < reference->low[a] ? at : reference->low[a];
            reference->high[a] = i == 0 || at > reference->high[a] ? at : reference->high[a];
        }
    return status;
}

void patron_reference_free(patron_reference *reference)
{
    free(reference->mean);
    free(reference->axes);
    free(reference->low);
    free(reference->high);
    *reference = (patron_reference){0};
}

patron_status patron_reference_draw(const patron_reference *reference, uint64_t seed, uint32_t draw,
                                    uint64_t count, float *values)
{
    uint64_t columns = reference->columns;
    double *at = patron_allocate(columns, sizeof *at);
    if (at == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t index = ((uint64_t)draw << 32) + i;
        for (uint64_t a = 0; a < columns; ++a) {
            double unit = patron_random_unit(seed, PATRON_PURPOSE_REFERENCE, index, (uint32_t)a);
            at[a] = reference->low[a] + unit * (reference->high[a] - reference->low[a]);
        }
        for (uint64_t j = 0; j < columns; ++j) {
            double sum = 0.0;
            for (uint64_t a = 0; reference->axes != NULL && a < columns; ++a)
                sum += at[a] * reference->axes[j * columns + a];
            values[i * columns + j] =
                (float)(reference->mean[j] + (reference->axes == NULL ? at[j] : sum));
        }
    }
    free(at);
    return PATRON_OK;
}
