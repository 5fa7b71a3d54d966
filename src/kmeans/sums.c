/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of clusters, changed by moved rows in private copies of the threads. */
#include "kmeans/sums.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOLD_HOLDS = 1 << 11, /* terms, of up to 2^51 units */
    FLUSH_AT = FOLD_HOLDS - 2 * PATRON_BLOCK
};
static const uint64_t CARRY_AFTER = UINT64_C(1) << 28; /* rows: of each some three additions */

/* Numbers in whole lines of the cache. */
static uint64_t in_lines(uint64_t count)
{
    const uint64_t line = PATRON_ALIGNMENT / sizeof(int64_t);
    return (count + line - 1) / line * line;
}

patron_status kmeans_sums_create(const kmeans_layout *layout, uint32_t k, int threads,
                                 kmeans_sums *sums)
{
    uint64_t cells = layout->folds.count * layout->folds.width, copies = (uint64_t)threads;
    uint64_t limbs = in_lines(k * layout->stride), multiples = in_lines(k * cells);
    *sums = (kmeans_sums){.k = k, .threads = threads};
    /* in one piece, so that it lies in large pages */
    sums->total = patron_allocate_aligned(limbs + copies * (limbs + multiples), sizeof *sums->total,
                                          &sums->memory);
    sums->uses = patron_allocate(k * copies, sizeof *sums->uses);
    sums->delta = patron_allocate(copies, sizeof *sums->delta);
    if (sums->total == NULL || sums->uses == NULL || sums->delta == NULL)
        return PATRON_RESOURCE;
    int64_t *next = sums->total + limbs;
    for (uint64_t t = 0; t < copies; ++t, next += limbs + multiples)
        sums->delta[t] =
            (kmeans_delta){.limbs = next, .multiples = next + limbs, .use = sums->uses + t * k};
    return PATRON_OK;
}

void kmeans_sums_free(kmeans_sums *sums)
{
    free(sums->memory);
    free(sums->uses);
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

/* Moves what a column's folds hold into its accumulator. */
static void flush_column(const kmeans_layout *layout, int64_t net, uint64_t column,
                         int64_t *multiples, int64_t *limbs)
{
    const kmeans_folds *folds = &layout->folds;
    for (uint64_t fold = 0; fold < folds->count; ++fold) {
        uint64_t at = fold * folds->width + column;
        int64_t anchor = 0;
        memcpy(&anchor, &folds->anchors[at], sizeof anchor);
        /* the anchors' bits overflow and come back */
        int64_t count = (int64_t)((uint64_t)multiples[at] - (uint64_t)net * (uint64_t)anchor);
        patron_exact_add_multiple(layout->window[column], limbs + layout->offset[column], count,
                                  layout->exponent[at]);
    }
}

/* Moves what a cluster's folds hold into its limbs. */
static void flush_folds(const kmeans_layout *layout, kmeans_delta *delta, uint64_t cluster)
{
    uint32_t columns = layout->columns;
    uint64_t cells = layout->folds.count * layout->folds.width;
    int64_t *limbs = delta->limbs + cluster * layout->stride;
    int64_t *multiples = delta->multiples + cluster * cells;
    kmeans_fold_use *use = &delta->use[cluster];
    if (use->terms == 0)
        return;
    for (uint32_t j = 0; j < columns; ++j)
        flush_column(layout, use->net, j, multiples, limbs);
    if (layout->is_weighted)
        flush_column(layout, use->net, columns, multiples, limbs);
    else
        patron_exact_add_multiple(layout->window[columns], limbs + layout->offset[columns],
                                  use->net, 0);
    limbs[layout->stride - 1] += use->net;
    memset(multiples, 0, cells * sizeof *multiples);
    *use = (kmeans_fold_use){0};
}

/* Counts a row; returns whether the folds have to be flushed. */
static bool use_folds(kmeans_delta *delta, int32_t cluster, int32_t sign)
{
    kmeans_fold_use *use = &delta->use[cluster];
    use->net += sign;
    return ++use->terms >= FLUSH_AT;
}

static bool use_all_folds(const kmeans_moving *moving, kmeans_delta *delta)
{
    bool is_full = false;
    for (uint64_t left = moving->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        is_full |= use_folds(delta, moving->to[lane], 1);
        if (moving->from != NULL)
            is_full |= use_folds(delta, moving->from[lane], -1);
    }
    return is_full;
}

/* What the folds leave of a term. */
static double rest_of(const kmeans_folds *folds, uint64_t column, double term)
{
    for (uint64_t fold = 0; fold < folds->count; ++fold) {
        double anchor = folds->anchors[fold * folds->width + column];
        term -= (term + anchor) - anchor;
    }
    return term;
}

/* Adds what the folds leave of a row. */
static void add_rests(const kmeans_layout *layout, const kmeans_moving *moving, int lane,
                      kmeans_delta *delta)
{
    const float *row = moving->rows + (uint64_t)lane * layout->folds.width;
    double weight = moving->weight == NULL ? 1.0 : (double)moving->weight[lane];
    int64_t *to = delta->limbs + (uint64_t)moving->to[lane] * layout->stride;
    int64_t *from = NULL;
    if (moving->from != NULL)
        from = delta->limbs + (uint64_t)moving->from[lane] * layout->stride;
    for (uint32_t j = 0; j < layout->columns + (layout->is_weighted ? 1 : 0); ++j) {
        double rest = rest_of(&layout->folds, j, weight * (double)row[j]);
        patron_exact_add(layout->window[j], to + layout->offset[j], rest);
        if (from != NULL)
            patron_exact_add(layout->window[j], from + layout->offset[j], -rest);
    }
}

void kmeans_sums_move(const kmeans_layout *layout, const kmeans_kernel_set *kernels,
                      const kmeans_moving *moving, int thread, kmeans_sums *sums)
{
    kmeans_delta *delta = &sums->delta[thread];
    uint64_t rests = kernels->move(moving, &layout->folds, delta->multiples);
    bool is_full = use_all_folds(moving, delta);
    for (uint32_t c = 0; is_full && c < sums->k; ++c)
        if (delta->use[c].terms >= FLUSH_AT)
            flush_folds(layout, delta, c);
    for (; rests != 0; rests &= rests - 1)
        add_rests(layout, moving, __builtin_ctzll(rests), delta);
    delta->carried += PATRON_BLOCK;
    if (delta->carried < CARRY_AFTER)
        return;
    for (uint64_t c = 0; c < sums->k; ++c)
        kmeans_sums_carry(layout, delta->limbs + c * layout->stride);
    delta->carried = 0;
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
    flush_folds(layout, &sums->delta[0], cluster);
    kmeans_sums_carry(layout, first);
    for (int t = 1; t < sums->threads; ++t) {
        int64_t *other = sums->delta[t].limbs + cluster * stride;
        flush_folds(layout, &sums->delta[t], cluster);
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
        sums->delta[t].carried = 0;
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

double kmeans_sums_weight(const kmeans_layout *layout, int64_t *limbs)
{
    uint32_t columns = layout->columns;
    return round_sum(layout->window[columns], limbs + layout->offset[columns]);
}

void kmeans_sums_centroid(const kmeans_layout *layout, int64_t *limbs, double *centroid)
{
    uint32_t columns = layout->columns;
    double weight = kmeans_sums_weight(layout, limbs);
    for (uint32_t j = 0; j < columns; ++j)
        centroid[j] = round_sum(layout->window[j], limbs + layout->offset[j]) / weight;
}
