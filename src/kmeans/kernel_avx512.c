/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels in vectors of 64 bytes. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_X86
#include <immintrin.h>

#define KERNEL_TARGET                                                                              \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma" KMEANS_WIDE_VECTORS)))
#define KERNEL_WIDTH 8
#include "kmeans/kernel_body.h"

#define SCORE_INLINE KERNEL_TARGET static inline __attribute__((always_inline))
enum { SCORE_WIDTH = 16, SCORE_VECTORS = 4 };
typedef __m512 score_floats;
typedef __m512i score_indices;

SCORE_INLINE score_floats score_spread(float value)
{
    return _mm512_set1_ps(value);
}

SCORE_INLINE score_indices score_spread_index(int32_t index)
{
    return _mm512_set1_epi32(index);
}

SCORE_INLINE score_floats score_add_product(score_floats a, score_floats b, score_floats c)
{
    return _mm512_fmadd_ps(a, b, c);
}

SCORE_INLINE score_floats score_least(score_floats a, score_floats b)
{
    return _mm512_min_ps(a, b);
}

SCORE_INLINE score_floats score_greatest(score_floats a, score_floats b)
{
    return _mm512_max_ps(a, b);
}

SCORE_INLINE score_indices score_pick_less(score_floats a, score_floats b, score_indices i,
                                           score_indices j)
{
    return _mm512_mask_mov_epi32(j, _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), i);
}

SCORE_INLINE uint64_t score_above(score_floats a, score_floats b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

#define SCORE_HOLD(x) __asm__("" : "+v"(x))
#include "kmeans/score_body.h"

#include "kmeans/block_body.h"

KERNEL_TARGET static uint64_t differ(const int32_t *a, const int32_t *b)
{
    uint64_t others = 0;
#pragma GCC unroll 4
    for (int lane = 0; lane < PATRON_BLOCK; lane += SCORE_WIDTH)
        others |= (uint64_t)_mm512_cmpneq_epi32_mask(_mm512_loadu_si512(a + lane),
                                                     _mm512_loadu_si512(b + lane))
                  << lane;
    return others;
}

#include "kmeans/measure_avx512.h"

kmeans_kernel_set kmeans_kernel_set_avx512(void)
{
    bool is_usable = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return (kmeans_kernel_set){.name = "avx512",
                               .isa = PATRON_KMEANS_ISA_AVX512,
                               .is_usable = is_usable,
                               .nearest = nearest,
                               .score = score,
                               .measure = measure,
                               .lay = lay,
                               .move = move,
                               .widen = widen,
                               .shift = shift_block,
                               .bound = bound,
                               .beyond = bound_beyond,
                               .drift = drift_bounds,
                               .differ = differ,
                               .blocksum = blocksum_add};
}
#endif
