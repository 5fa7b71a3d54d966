/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels in vectors of 64 bytes, with coarse scores: one instruction multiplies 32 pairs of
 * 16-bit integers and adds two products each to 16 sums, twice what a float32 one does. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_X86
#include <immintrin.h>
#include <math.h>

#define KERNEL_TARGET                                                                              \
    __attribute__((                                                                                \
        target("avx512f,avx512dq,avx512vl,avx512bw,avx512vnni,avx2,fma" KMEANS_WIDE_VECTORS)))
#define COARSE_INLINE KERNEL_TARGET static inline __attribute__((always_inline))
enum { COARSE_WIDTH = 16, COARSE_VECTORS = PATRON_BLOCK / COARSE_WIDTH };

/* The two least scores of each row; their last bits are the centroid's number, so that the compares
 * carry it along, and of equal scores the lower number is the less. */
typedef struct coarse_best {
    __m512i best[COARSE_VECTORS], second[COARSE_VECTORS];
} coarse_best;

/* What one call has to do with. */
typedef struct coarse_work {
    const int32_t *pairs, *half;
    const int32_t *tiles;
    uint64_t pair_count;
    int32_t number_mask; /* of the bits that are the number */
} coarse_work;

/* Sixteen rows' values of one column in steps. */
COARSE_INLINE __m512i coarse_steps(const float *values, __m512 shift, __m512 inverse, bool shifts)
{
    __m512 value = _mm512_load_ps(values);
    value = shifts ? _mm512_sub_ps(value, shift) : value;
    return _mm512_cvtps_epi32(_mm512_mul_ps(value, inverse));
}

/* `shifts` is a constant. */
COARSE_INLINE void coarse_round_columns(const float *block, uint64_t columns, const float *shift,
                                        float inverse, bool shifts, int32_t *pairs)
{
    const __mmask32 upper = 0xaaaaaaaaU;
    __m512 steps = _mm512_set1_ps(inverse), first_shift = steps, second_shift = steps;
    uint64_t j = 0;
    for (; j + 1 < columns; j += 2) {
        if (shifts) {
            first_shift = _mm512_set1_ps(shift[j]);
            second_shift = _mm512_set1_ps(shift[j + 1]);
        }
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
            __m512i low = coarse_steps(block + v * COARSE_WIDTH, first_shift, steps, shifts);
            __m512i high =
                coarse_steps(block + PATRON_BLOCK + v * COARSE_WIDTH, second_shift, steps, shifts);
            _mm512_storeu_si512(pairs + v * COARSE_WIDTH,
                                _mm512_mask_blend_epi16(upper, low, _mm512_slli_epi32(high, 16)));
        }
        block += UINT64_C(2) * PATRON_BLOCK;
        pairs += PATRON_BLOCK;
    }
    if (j == columns)
        return;
    first_shift = shifts ? _mm512_set1_ps(shift[j]) : steps;
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
        __m512i low = coarse_steps(block + v * COARSE_WIDTH, first_shift, steps, shifts);
        _mm512_storeu_si512(pairs + v * COARSE_WIDTH,
                            _mm512_and_si512(low, _mm512_set1_epi32(0xffff)));
    }
}

KERNEL_TARGET static void coarse_round(const float *block, uint64_t columns, const float *shift,
                                       float inverse, int32_t *pairs)
{
    if (shift != NULL)
        coarse_round_columns(block, columns, shift, inverse, true, pairs);
    else
        coarse_round_columns(block, columns, shift, inverse, false, pairs);
}

/* Half the squared norms in units of the scores. */
KERNEL_TARGET static void coarse_halves(const kmeans_filter *filter, float inverse, int32_t *half)
{
    __m512 steps = _mm512_set1_ps(inverse);
    for (uint64_t c = 0; c < filter->k; c += COARSE_WIDTH) {
        uint64_t left = filter->k - c;
        __mmask16 there = (__mmask16)(left < COARSE_WIDTH ? (1U << left) - 1 : 0xffffU);
        __m512 norms = _mm512_maskz_loadu_ps(there, filter->half + c);
        _mm512_mask_storeu_epi32(half + c, there, _mm512_cvtps_epi32(_mm512_mul_ps(norms, steps)));
    }
}

/* Scores of `width` centroids, a constant, from number `first` on, and of them the best.  Alone in
 * its function, it keeps all sums in registers. */
COARSE_INLINE void coarse_score_tile(const coarse_work *work, uint64_t first, uint64_t width,
                                     coarse_best *kept)
{
    const int32_t *pairs = work->pairs, *half = work->half + first;
    const int32_t *tile = work->tiles + first * work->pair_count;
    __m512i sums[KMEANS_TILE][COARSE_VECTORS];
#pragma GCC unroll 6
    for (uint64_t c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            sums[c][v] = _mm512_set1_epi32(half[c]);
    for (uint64_t pair = 0; pair < work->pair_count; ++pair) {
        __m512i values[COARSE_VECTORS];
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            values[v] = _mm512_loadu_si512(pairs + v * COARSE_WIDTH);
#pragma GCC unroll 6
        for (uint64_t c = 0; c < width; ++c) {
            __m512i centroid = _mm512_set1_epi32(tile[c]);
#pragma GCC unroll 4
            for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
                sums[c][v] = _mm512_dpwssd_epi32(sums[c][v], values[v], centroid);
        }
        pairs += PATRON_BLOCK;
        tile += width;
    }
    /* GCC would otherwise keep what follows ready in memory, in every turn of the loop */
#pragma GCC unroll 6
    for (uint64_t c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
            __asm__("" : "+v"(sums[c][v]));
    __m512i mask = _mm512_set1_epi32(work->number_mask);
#pragma GCC unroll 4
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
        __m512i best = kept->best[v], second = kept->second[v];
#pragma GCC unroll 6
        for (uint64_t c = 0; c < width; ++c) {
            __m512i number = _mm512_set1_epi32((int32_t)(first + c));
            /* the number's bits where the mask has them, else the score's */
            __m512i score = _mm512_ternarylogic_epi32(mask, number, sums[c][v], 0xca);
            second = _mm512_min_epi32(second, _mm512_max_epi32(best, score));
            best = _mm512_min_epi32(best, score);
        }
        kept->best[v] = best;
        kept->second[v] = second;
    }
}

KERNEL_TARGET __attribute__((noinline)) static void
coarse_score_whole(const coarse_work *work, uint64_t first, coarse_best *kept)
{
    coarse_score_tile(work, first, KMEANS_TILE, kept);
}

/* The last tile, of 1 to KMEANS_TILE centroids. */
KERNEL_TARGET __attribute__((noinline)) static void
coarse_score_last(const coarse_work *work, uint64_t first, uint64_t width, coarse_best *kept)
{
    switch (width) {
    case 1:
        coarse_score_tile(work, first, 1, kept);
        break;
    case 2:
        coarse_score_tile(work, first, 2, kept);
        break;
    case 3:
        coarse_score_tile(work, first, 3, kept);
        break;
    case 4:
        coarse_score_tile(work, first, 4, kept);
        break;
    case 5:
        coarse_score_tile(work, first, 5, kept);
        break;
    default:
        coarse_score_tile(work, first, KMEANS_TILE, kept);
        break;
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
    const coarse_work work = {.pairs = pairs,
                              .half = half,
                              .tiles = filter->coarse,
                              .pair_count = kmeans_pairs(filter->columns),
                              .number_mask = filter->number_mask};
    uint64_t first = 0, certain = 0;
    __m512i gap = _mm512_set1_epi32(grid->gap), mask = _mm512_set1_epi32(filter->number_mask);
    coarse_best kept;
#pragma GCC unroll 4
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v)
        kept.best[v] = kept.second[v] = _mm512_set1_epi32(INT32_MAX);
    coarse_round(block, filter->columns, shift, grid->inverse, pairs);
    coarse_halves(filter, grid->inverse, half);
    for (; first + KMEANS_TILE < filter->k; first += KMEANS_TILE)
        coarse_score_whole(&work, first, &kept);
    coarse_score_last(&work, first, filter->k - first, &kept);
#pragma GCC unroll 4
    for (uint64_t v = 0; v < COARSE_VECTORS; ++v) {
        uint64_t lane = v * COARSE_WIDTH;
        _mm512_storeu_ps(scores->best + lane, coarse_score(kept.best[v], (float)grid->score));
        _mm512_storeu_ps(scores->second + lane, coarse_score(kept.second[v], (float)grid->score));
        _mm512_storeu_si512(scores->index + lane, _mm512_and_si512(kept.best[v], mask));
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
