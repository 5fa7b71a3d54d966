/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of clusters, changed by moved rows in private copies of the threads. */
#include "kmeans/sums.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t CARRY_AFTER = UINT64_C(1) << 29;
static const uint64_t PAIRS_HOLD = UINT64_C(1) << 16; /* window.c chooses the units for it */

patron_status kmeans_sums_create(const kmeans_layout *layout, uint32_t k, int threads,
                                 kmeans_sums *sums)
{
    uint64_t bytes = layout->stride * sizeof(int64_t);
    uint64_t pair_bytes = layout->is_split ? 2 * layout->width * sizeof(double) : 1;
    uint64_t copies = (uint64_t)threads;
    *sums = (kmeans_sums){.k = k, .threads = threads};
    sums->total = patron_allocate(k, bytes);
    sums->delta_limbs = patron_allocate(k * copies, bytes);
    sums->delta_pairs = patron_allocate_aligned(k * copies, pair_bytes, &sums->pairs_memory);
    sums->delta = patron_allocate(copies, sizeof *sums->delta);
    if (sums->total == NULL || sums->delta_limbs == NULL || sums->delta_pairs == NULL ||
        sums->delta == NULL)
        return PATRON_RESOURCE;
    for (uint64_t t = 0; t < copies; ++t) {
        sums->delta[t].limbs = sums->delta_limbs + t * k * layout->stride;
        if (layout->is_split)
            sums->delta[t].pairs = sums->delta_pairs + t * k * 2 * layout->width;
    }
    return PATRON_OK;
}

void kmeans_sums_free(kmeans_sums *sums)
{
    free(sums->total);
    free(sums->delta_limbs);
    free(sums->pairs_memory);
    free(sums->delta);
    *sums = (kmeans_sums){0};
}

void kmeans_sums_add(const kmeans_layout *layout, int64_t *limbs, const double *term, int sign)
{
    for (uint32_t j = 0; j <= layout->columns; ++j)
        patron_exact_add(layout->window[j], limbs + layout->offset[j], sign * term[j]);
    limbs[layout->stride - 1] += sign;
}

void kmeans_sums_carry(const kmeans_layout *layout, int64_t *limbs)
{
    for (uint32_t j = 0; j <= layout->columns; ++j)
        patron_exact_carry(layout->window[j], limbs + layout->offset[j]);
}

/* ---- changes of a thread ---- */

static void change(const kmeans_layout *layout, const kmeans_kernel_set *kernels,
                   kmeans_delta *delta, const double *term, int32_t cluster, int sign)
{
    int64_t *limbs = delta->limbs + (uint64_t)cluster * layout->stride;
    if (delta->pairs == NULL) {
        kmeans_sums_add(layout, limbs, term, sign);
        return;
    }
    double *pair = delta->pairs + (uint64_t)cluster * 2 * layout->width;
    kernels->add(term, layout->anchors, layout->width, (double)sign, pair, pair + layout->width);
    limbs[layout->stride - 1] += sign;
}

void kmeans_delta_move(const kmeans_layout *layout, const kmeans_kernel_set *kernels,
                       kmeans_delta *delta, const double *term, int32_t from, int32_t to)
{
    if (from >= 0)
        change(layout, kernels, delta, term, from, -1);
    change(layout, kernels, delta, term, to, 1);
}

/* Moves a cluster's pairs of doubles into its limbs. */
static void flush_pairs(const kmeans_layout *layout, kmeans_delta *delta, uint64_t cluster)
{
    if (delta->pairs == NULL)
        return;
    int64_t *limbs = delta->limbs + cluster * layout->stride;
    double *pair = delta->pairs + cluster * 2 * layout->width;
    for (uint32_t j = 0; j <= layout->columns; ++j) {
        patron_exact_add(layout->window[j], limbs + layout->offset[j], pair[j]);
        patron_exact_add(layout->window[j], limbs + layout->offset[j], pair[layout->width + j]);
    }
    memset(pair, 0, 2 * layout->width * sizeof *pair);
}

void kmeans_delta_count(const kmeans_layout *layout, const kmeans_sums *sums, kmeans_delta *delta,
                        uint64_t rows)
{
    delta->pending += rows;
    if (delta->pending < (delta->pairs == NULL ? CARRY_AFTER : PAIRS_HOLD) - PATRON_BLOCK)
        return;
    for (uint64_t c = 0; c < sums->k; ++c) {
        flush_pairs(layout, delta, c);
        kmeans_sums_carry(layout, delta->limbs + c * layout->stride);
    }
    delta->pending = 0;
}

/* ---- all changes ---- */

static void add_limbs(int64_t *to, const int64_t *from, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        to[i] += from[i];
}

/* Gathers the threads' changes of one cluster in the first thread's copy. */
static void merge_threads(const kmeans_layout *layout, kmeans_sums *sums, uint64_t cluster)
{
    uint64_t stride = layout->stride;
    int64_t *first = sums->delta[0].limbs + cluster * stride;
    flush_pairs(layout, &sums->delta[0], cluster);
    kmeans_sums_carry(layout, first);
    for (int t = 1; t < sums->threads; ++t) {
        int64_t *other = sums->delta[t].limbs + cluster * stride;
        flush_pairs(layout, &sums->delta[t], cluster);
        kmeans_sums_carry(layout, other);
        add_limbs(first, other, stride);
        memset(other, 0, stride * sizeof *other);
    }
    kmeans_sums_carry(layout, first);
}

void kmeans_sums_merge(const patron_comm *comm, const kmeans_layout *layout, kmeans_sums *sums)
{
    uint64_t stride = layout->stride;
    int64_t *changes = sums->delta[0].limbs;
#pragma omp parallel for num_threads(sums->threads) schedule(static)
    for (uint64_t c = 0; c < sums->k; ++c)
        merge_threads(layout, sums, c);
    patron_comm_reduce_i64(comm, changes, sums->k * stride, PATRON_SUM);
#pragma omp parallel for num_threads(sums->threads) schedule(static)
    for (uint64_t c = 0; c < sums->k; ++c) {
        add_limbs(sums->total + c * stride, changes + c * stride, stride);
        kmeans_sums_carry(layout, sums->total + c * stride);
        memset(changes + c * stride, 0, stride * sizeof *changes);
    }
    for (int t = 0; t < sums->threads; ++t)
        sums->delta[t].pending = 0;
}

/* ---- centroids ---- */

__extension__ typedef __int128 wide;

/* patron_exact_round, quicker where the limbs, carried, fit 128 bits: the conversion rounds once,
 * and the result is no subnormal, as products of two float32 values are multiples of 2^-298. */
static double round_sum(patron_exact_window window, int64_t *limbs)
{
    enum { MOST_LIMBS = 4, LIMB_BITS = 32 };
    if (window.limbs > MOST_LIMBS)
        return patron_exact_round(window, limbs);
    patron_exact_carry(window, limbs);
    int64_t top = limbs[window.limbs - 1];
    if (top != (int32_t)top)
        return patron_exact_round(window, limbs);
    wide sum = top;
    for (int i = window.limbs - 2; i >= 0; --i)
        sum = sum * ((wide)1 << LIMB_BITS) + limbs[i];
    return ldexp((double)sum, window.low);
}

void kmeans_sums_centroid(const kmeans_layout *layout, int64_t *limbs, double *centroid)
{
    uint32_t columns = layout->columns;
    double weight = round_sum(layout->window[columns], limbs + layout->offset[columns]);
    for (uint32_t j = 0; j < columns; ++j)
        centroid[j] = round_sum(layout->window[j], limbs + layout->offset[j]) / weight;
}
