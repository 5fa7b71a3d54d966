/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of exponents for the exact sums: from the least and the greatest bit that any value of a
 * column has on any rank, and the same of the weights. */
#include "kmeans/sums.h"

#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLOAT_MANTISSA_BITS = 23,
    FLOAT_EXPONENT_BIAS = 150, /* of a mantissa taken as an integer */
    NONE = 1 << 20             /* above every exponent */
};

/* Bits of a set of values: all are multiples of 2^low and below 2^-minus_high in magnitude; both
 * ends shrink by a minimum. */
typedef struct span {
    int64_t low, minus_high;
} span;

static void widen(span *bits, float value)
{
    uint32_t pattern = 0;
    memcpy(&pattern, &value, sizeof pattern);
    uint32_t mantissa = pattern & ((UINT32_C(1) << FLOAT_MANTISSA_BITS) - 1);
    int biased = (int)(pattern >> FLOAT_MANTISSA_BITS) & 0xff;
    if (biased == 0 && mantissa == 0)
        return;
    if (biased == 0)
        biased = 1;
    else
        mantissa |= UINT32_C(1) << FLOAT_MANTISSA_BITS;
    int exponent = biased - FLOAT_EXPONENT_BIAS;
    int low = exponent + __builtin_ctz(mantissa);
    int minus_high = -(exponent + 32 - __builtin_clz(mantissa));
    bits->low = low < bits->low ? low : bits->low;
    bits->minus_high = minus_high < bits->minus_high ? minus_high : bits->minus_high;
}

/* spans[threads x (columns + 1)]; column `columns` is the weight. */
static void widen_all(const patron_kmeans_rows *rows, int threads, span *spans)
{
    uint64_t columns = rows->columns;
#pragma omp parallel num_threads(threads)
    {
        span *mine = spans + (uint64_t)omp_get_thread_num() * (columns + 1);
#pragma omp for schedule(static)
        for (uint64_t i = 0; i < rows->count; ++i) {
            for (uint64_t j = 0; j < columns; ++j)
                widen(&mine[j], rows->values[i * columns + j]);
            widen(&mine[columns], kmeans_weight(rows, i));
        }
    }
    for (uint64_t i = columns + 1; i < (columns + 1) * (uint64_t)threads; ++i) {
        span *total = &spans[i % (columns + 1)];
        total->low = spans[i].low < total->low ? spans[i].low : total->low;
        total->minus_high =
            spans[i].minus_high < total->minus_high ? spans[i].minus_high : total->minus_high;
    }
}

static patron_exact_window window_of(span bits)
{
    if (bits.low >= NONE)
        bits = (span){0, 0};
    return patron_exact_window_between((int)bits.low, (int)-bits.minus_high);
}

static void lay_out(const span *spans, kmeans_layout *layout)
{
    uint32_t columns = layout->columns;
    span weight = spans[columns];
    uint64_t offset = 0;
    for (uint32_t j = 0; j <= columns; ++j) {
        span bits = spans[j];
        if (j < columns && bits.low < NONE && weight.low < NONE)
            bits = (span){bits.low + weight.low, bits.minus_high + weight.minus_high};
        layout->window[j] = window_of(bits);
        layout->offset[j] = offset;
        offset += (uint64_t)layout->window[j].limbs;
    }
    layout->stride = offset + 1;
}

patron_status kmeans_layout_create(const patron_comm *comm, const patron_kmeans_rows *rows,
                                   int threads, kmeans_layout *layout)
{
    uint64_t width = (uint64_t)rows->columns + 1;
    *layout = (kmeans_layout){.columns = rows->columns};
    layout->window = patron_allocate(width, sizeof *layout->window);
    layout->offset = patron_allocate(width, sizeof *layout->offset);
    span *spans = patron_allocate(width, (uint64_t)threads * sizeof *spans);
    patron_status status = PATRON_OK;
    if (layout->window == NULL || layout->offset == NULL || spans == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < width * (uint64_t)threads; ++i)
        spans[i] = (span){NONE, NONE};
    widen_all(rows, threads, spans);
    patron_comm_reduce_i64(comm, &spans->low, 2 * width, PATRON_MIN);
    lay_out(spans, layout);
cleanup:
    free(spans);
    return status;
}

void kmeans_layout_free(kmeans_layout *layout)
{
    free(layout->window);
    free(layout->offset);
    *layout = (kmeans_layout){0};
}
