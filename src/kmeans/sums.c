/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of clusters, changed by moved rows in private copies of the threads. */
#include "kmeans/sums.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t CARRY_AFTER = UINT64_C(1) << 29;

patron_status kmeans_sums_create(const kmeans_layout *layout, uint32_t k, int threads,
                                 kmeans_sums *sums)
{
    uint64_t bytes = layout->stride * sizeof(int64_t);
    uint64_t copies = (uint64_t)threads;
    *sums = (kmeans_sums){.k = k, .threads = threads};
    sums->total = patron_allocate(k, bytes);
    sums->delta_limbs = patron_allocate(k * copies, bytes);
    sums->delta = patron_allocate(copies, sizeof *sums->delta);
    if (sums->total == NULL || sums->delta_limbs == NULL || sums->delta == NULL)
        return PATRON_RESOURCE;
    for (uint64_t t = 0; t < copies; ++t)
        sums->delta[t].limbs = sums->delta_limbs + t * k * layout->stride;
    return PATRON_OK;
}

void kmeans_sums_free(kmeans_sums *sums)
{
    free(sums->total);
    free(sums->delta_limbs);
    free(sums->delta);
    *sums = (kmeans_sums){0};
}

void kmeans_sums_add(const kmeans_layout *layout, int64_t *limbs, const float *values, float weight,
                     int sign)
{
    uint32_t columns = layout->columns;
    double factor = (double)weight * sign;
    if (!(weight > 0.0F))
        return;
    for (uint32_t j = 0; j < columns; ++j)
        patron_exact_add(layout->window[j], limbs + layout->offset[j], factor * (double)values[j]);
    patron_exact_add(layout->window[columns], limbs + layout->offset[columns], factor);
    limbs[layout->stride - 1] += sign;
}

void kmeans_sums_carry(const kmeans_layout *layout, int64_t *limbs)
{
    for (uint32_t j = 0; j <= layout->columns; ++j)
        patron_exact_carry(layout->window[j], limbs + layout->offset[j]);
}

void kmeans_delta_count(const kmeans_layout *layout, const kmeans_sums *sums, kmeans_delta *delta,
                        uint64_t rows)
{
    delta->pending += rows;
    if (delta->pending < CARRY_AFTER)
        return;
    for (uint64_t c = 0; c < sums->k; ++c)
        kmeans_sums_carry(layout, delta->limbs + c * layout->stride);
    delta->pending = 0;
}

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
    kmeans_sums_carry(layout, first);
    for (int t = 1; t < sums->threads; ++t) {
        int64_t *other = sums->delta[t].limbs + cluster * stride;
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

void kmeans_sums_centroid(const kmeans_layout *layout, int64_t *limbs, double *centroid)
{
    uint32_t columns = layout->columns;
    double weight = patron_exact_round(layout->window[columns], limbs + layout->offset[columns]);
    for (uint32_t j = 0; j < columns; ++j)
        centroid[j] = patron_exact_round(layout->window[j], limbs + layout->offset[j]) / weight;
}
