/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of exponents for the exact sums: from the least and the greatest magnitude of a column on
 * any rank, and the same of the weights. */
#include "kmeans/sums.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLOAT_MANTISSA_BITS = 23,
    FLOAT_EXPONENT_BIAS = 150, /* of a mantissa taken as an integer */
    NONE = 1 << 20,            /* above every exponent */
    FOLD_BITS = 51,            /* of a term over its fold's unit */
    DOUBLE_BITS = 52
};

const kmeans_span kmeans_span_none = {NONE, NONE};

static int exponent_of(int32_t pattern)
{
    int biased = pattern >> FLOAT_MANTISSA_BITS;
    return (biased == 0 ? 1 : biased) - FLOAT_EXPONENT_BIAS;
}

kmeans_span kmeans_span_of_patterns(int32_t least, int32_t greatest)
{
    if (greatest == 0)
        return kmeans_span_none;
    return (kmeans_span){exponent_of(least), -(exponent_of(greatest) + FLOAT_MANTISSA_BITS + 1)};
}

/* Weights are often small integers, so that their last bits count as well. */
void kmeans_span_widen(kmeans_span *span, float weight)
{
    int32_t pattern = 0;
    memcpy(&pattern, &weight, sizeof pattern);
    pattern &= INT32_MAX;
    if (pattern == 0)
        return;
    kmeans_span one = kmeans_span_of_patterns(pattern, pattern);
    uint32_t mantissa = (uint32_t)pattern | UINT32_C(1) << FLOAT_MANTISSA_BITS;
    one.low += __builtin_ctz(mantissa);
    span->low = one.low < span->low ? one.low : span->low;
    span->minus_high = one.minus_high < span->minus_high ? one.minus_high : span->minus_high;
}

static kmeans_span times(kmeans_span a, kmeans_span b)
{
    return (kmeans_span){a.low + b.low, a.minus_high + b.minus_high};
}

/* Units of a column whose terms are below 2^high; a fold leaves at most half its unit. */
static void choose_units(kmeans_layout *layout, uint64_t column, int high)
{
    kmeans_folds *folds = &layout->folds;
    for (uint64_t fold = 0; fold < folds->count; ++fold) {
        uint64_t at = fold * folds->width + column;
        int exponent = high - FOLD_BITS - (int)fold * (FOLD_BITS + 1);
        layout->exponent[at] = exponent;
        folds->anchors[at] = ldexp(1.5, exponent + DOUBLE_BITS);
    }
}

static void lay_out(const kmeans_span *spans, kmeans_layout *layout)
{
    uint32_t columns = layout->columns;
    kmeans_span weight = spans[columns];
    uint64_t offset = 0;
    for (uint32_t j = 0; j <= columns; ++j) {
        kmeans_span bits = spans[j];
        if (bits.low >= NONE || weight.low >= NONE)
            bits = (kmeans_span){0, 0};
        else if (j < columns)
            bits = times(bits, weight);
        layout->window[j] = patron_exact_window_between((int)bits.low, (int)-bits.minus_high);
        layout->offset[j] = offset;
        offset += (uint64_t)layout->window[j].limbs;
        if (j < layout->folds.width)
            choose_units(layout, j, (int)-bits.minus_high);
    }
    for (uint64_t j = (uint64_t)columns + 1; j < layout->folds.width; ++j)
        choose_units(layout, j, 0);
    layout->stride = offset + 1;
}

patron_status kmeans_layout_create(const patron_comm *comm, uint32_t columns, bool weighs,
                                   kmeans_span *spans, kmeans_layout *layout)
{
    const uint64_t lanes = KMEANS_LANES;
    uint64_t width = (uint64_t)columns + 1;
    kmeans_folds *folds = &layout->folds;
    *layout = (kmeans_layout){.columns = columns, .is_weighted = weighs};
    folds->count = weighs ? 2 : 1;
    folds->width = (columns + (weighs ? 1 : 0) + lanes - 1) / lanes * lanes;
    layout->window = patron_allocate(width, sizeof *layout->window);
    layout->offset = patron_allocate(width, sizeof *layout->offset);
    layout->exponent = patron_allocate(folds->width, folds->count * sizeof *layout->exponent);
    folds->anchors = patron_allocate_aligned(folds->width, folds->count * sizeof *folds->anchors,
                                             &layout->anchors_memory);
    patron_status status = PATRON_OK;
    if (layout->window == NULL || layout->offset == NULL || layout->exponent == NULL ||
        folds->anchors == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_i64(comm, &spans->low, 2 * width, PATRON_MIN);
    lay_out(spans, layout);
    return PATRON_OK;
}

void kmeans_layout_free(kmeans_layout *layout)
{
    free(layout->window);
    free(layout->offset);
    free(layout->exponent);
    free(layout->anchors_memory);
    *layout = (kmeans_layout){0};
}
