/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels in vectors of 64 bytes, with coarse scores: one instruction multiplies 32 pairs of
 * 16-bit integers and adds two products each to 16 sums, twice what a float32 one does. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_X86
#include <immintrin.h>
#include <math.h>

#define KERNEL_TARGET                                                                              \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512vnni,avx2,fma")))
#define COARSE_INLINE KERNEL_TARGET static inline __attribute__((always_inline))
enum { COARSE_WIDTH = 16, COARSE_VECTORS = PATRON_BLOCK / COARSE_WIDTH };

typedef struct coarse_best {
    __m512i best[COARSE_VECTORS], second[COARSE_VECTORS], index[COARSE_VECTORS];
} coarse_best;

/* Sixteen rows' values of one column in steps. */
COARSE_INLINE __m512i coarse_steps(const float *values, __m512 shift, __m512 inverse)
{
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_sub_ps(_mm512_load_ps(values), shift), inverse));
}

KERNEL_TARGET static void coarse_round(const float *block, uint64_t columns, const float *shift,
                                       float inverse, int32_t *pairs)
{
    const __mmask32 upper = 0xaaaaaaaaU;
    __m512 steps = _mm512_set1_ps(inverse);
    for (uint64_t j = 0; j < columns; j += 2) {
        bool is_pair = j + 1 < columns;
        const float *first = block + j * PATRON_BLOCK;
        const float *second = is_pair ? first + PATRON_BLOCK : first;
        __m512 first_shift = _mm512_set1_ps(shift[j]);
        __m512 second_shift = _mm512_set1_ps(shift[is_pair ? j + 1 : j]);
        __mmask32 mask = is_pair ? upper : 0;
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
            __m512i low = coarse_steps(first + v * COARSE_WIDTH, first_shift, steps);
            __m512i high = coarse_steps(second + v * COARSE_WIDTH, second_shift, steps);
            if (!is_pair)
                low = _mm512_and_si512(low, _mm512_set1_epi32(0xffff));
            _mm512_storeu_si512(pairs + j / 2 * PATRON_BLOCK + v * COARSE_WIDTH,
                                _mm512_mask_blend_epi16(mask, low, _mm512_slli_epi32(high, 16)));
        }
    }
}

/* Half the squared norms in units of the scores. */
KERNEL_TARGET static void coarse_halves(const kmeans_filter *filter, float inverse, int32_t *half)
{
    for (uint64_t c = 0; c < filter->k; ++c)
        half[c] = (int32_t)nearbyintf(filter->half[c] * inverse);
}

/* Scores of `width` centroids, a constant, into sums[].  Alone in its function, it keeps all sums
 * in registers. */
COARSE_INLINE void coarse_sum(const int32_t *pairs, uint64_t pair_count, const int32_t *tile,
                              const int32_t *half, int width, __m512i (*sums)[COARSE_VECTORS])
{
    __m512i sum[KMEANS_TILE][COARSE_VECTORS];
#pragma GCC unroll 6
    for (int c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            sum[c][v] = _mm512_set1_epi32(half[c]);
    for (uint64_t pair = 0; pair < pair_count; ++pair) {
        __m512i values[COARSE_VECTORS];
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            values[v] = _mm512_loadu_si512(pairs + v * COARSE_WIDTH);
#pragma GCC unroll 6
        for (int c = 0; c < width; ++c) {
            __m512i centroid = _mm512_set1_epi32(tile[c]);
#pragma GCC unroll 4
            for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
                sum[c][v] = _mm512_dpwssd_epi32(sum[c][v], values[v], centroid);
        }
        pairs += PATRON_BLOCK;
        tile += width;
    }
#pragma GCC unroll 6
    for (int c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            sums[c][v] = sum[c][v];
}

KERNEL_TARGET __attribute__((noinline)) static void
coarse_sum_tile(const int32_t *pairs, uint64_t pair_count, const int32_t *tile, const int32_t *half,
                __m512i (*sums)[COARSE_VECTORS])
{
    coarse_sum(pairs, pair_count, tile, half, KMEANS_TILE, sums);
}

/* The last tile, of 1 to KMEANS_TILE centroids. */
KERNEL_TARGET __attribute__((noinline)) static void
coarse_sum_last(const int32_t *pairs, uint64_t pair_count, const int32_t *tile, const int32_t *half,
                uint64_t width, __m512i (*sums)[COARSE_VECTORS])
{
    switch (width) {
    case 1:
        coarse_sum(pairs, pair_count, tile, half, 1, sums);
        break;
    case 2:
        coarse_sum(pairs, pair_count, tile, half, 2, sums);
        break;
    case 3:
        coarse_sum(pairs, pair_count, tile, half, 3, sums);
        break;
    case 4:
        coarse_sum(pairs, pair_count, tile, half, 4, sums);
        break;
    case 5:
        coarse_sum(pairs, pair_count, tile, half, 5, sums);
        break;
    default:
        coarse_sum(pairs, pair_count, tile, half, KMEANS_TILE, sums);
        break;
    }
}

COARSE_INLINE void coarse_keep(__m512i (*sums)[COARSE_VECTORS], uint64_t width, int32_t first,
                               coarse_best *kept)
{
    for (uint64_t c = 0; c < width; ++c) {
        __m512i index = _mm512_set1_epi32(first + (int32_t)c);
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
            __m512i score = sums[c][v], best = kept->best[v];
            __mmask16 less = _mm512_cmplt_epi32_mask(score, best);
            kept->index[v] = _mm512_mask_mov_epi32(kept->index[v], less, index);
            kept->second[v] = _mm512_min_epi32(kept->second[v], _mm512_max_epi32(best, score));
            kept->best[v] = _mm512_min_epi32(best, score);
        }
    }
}

/* A score of several; one that there is not lies at infinity. */
COARSE_INLINE __m512 coarse_score(__m512i score, float unit)
{
    __mmask16 there = _mm512_cmplt_epi32_mask(score, _mm512_set1_epi32(INT32_MAX));
    return _mm512_mask_mul_ps(_mm512_set1_ps(INFINITY), there, _mm512_cvtepi32_ps(score),
                              _mm512_set1_ps(unit));
}

KERNEL_TARGET static uint64_t coarse(const float *block, const float *shift,
                                     const kmeans_filter *filter, const kmeans_grid *grid,
                                     int32_t *pairs, int32_t *half, kmeans_scores *scores)
{
    uint64_t count = kmeans_pairs(filter->columns), c = 0, certain = 0;
    float inverse = (float)(1.0 / grid->unit);
    __m512i gap = _mm512_set1_epi32(grid->gap);
    __m512i sums[KMEANS_TILE][COARSE_VECTORS];
    coarse_best kept;
#pragma GCC unroll 4
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
        kept.best[v] = kept.second[v] = _mm512_set1_epi32(INT32_MAX);
        kept.index[v] = _mm512_setzero_si512();
    }
    coarse_round(block, filter->columns, shift, inverse, pairs);
    coarse_halves(filter, inverse, half);
    for (; c + KMEANS_TILE < filter->k; c += KMEANS_TILE) {
        coarse_sum_tile(pairs, count, filter->coarse + c * count, half + c, sums);
        coarse_keep(sums, KMEANS_TILE, (int32_t)c, &kept);
    }
    coarse_sum_last(pairs, count, filter->coarse + c * count, half + c, filter->k - c, sums);
    coarse_keep(sums, filter->k - c, (int32_t)c, &kept);
#pragma GCC unroll 4
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
        uint64_t lane = v * COARSE_WIDTH;
        _mm512_storeu_ps(scores->best + lane, coarse_score(kept.best[v], (float)grid->score));
        _mm512_storeu_ps(scores->second + lane, coarse_score(kept.second[v], (float)grid->score));
        _mm512_storeu_si512(scores->index + lane, kept.index[v]);
        certain |=
            (uint64_t)_mm512_cmplt_epi32_mask(kept.best[v], _mm512_sub_epi32(kept.second[v], gap))
            << lane;
    }
    return certain;
}

kmeans_kernel_set kmeans_kernel_set_avx512vnni(void)
{
    kmeans_kernel_set set = kmeans_kernel_set_avx512();
    set.name = "avx512vnni";
    set.isa = PATRON_KMEANS_ISA_AVX512VNNI;
    set.is_usable = set.is_usable && __builtin_cpu_supports("avx512vnni");
    set.coarse = coarse;
    return set;
}
#endif
