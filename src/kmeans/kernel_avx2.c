/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels in vectors of 32 bytes. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_X86
#include <immintrin.h>

#define KERNEL_TARGET __attribute__((target("avx2,fma")))
#define KERNEL_WIDTH 4
#include "kmeans/kernel_body.h"

#define SCORE_INLINE KERNEL_TARGET static inline __attribute__((always_inline))
enum { SCORE_WIDTH = 8, SCORE_VECTORS = 2 };
typedef __m256 score_floats;
typedef __m256i score_indices;

SCORE_INLINE score_floats score_spread(float value)
{
    return _mm256_set1_ps(value);
}

SCORE_INLINE score_indices score_spread_index(int32_t index)
{
    return _mm256_set1_epi32(index);
}

SCORE_INLINE score_floats score_add_product(score_floats a, score_floats b, score_floats c)
{
    return _mm256_fmadd_ps(a, b, c);
}

SCORE_INLINE score_floats score_least(score_floats a, score_floats b)
{
    return _mm256_min_ps(a, b);
}

SCORE_INLINE score_floats score_greatest(score_floats a, score_floats b)
{
    return _mm256_max_ps(a, b);
}

SCORE_INLINE score_indices score_pick_less(score_floats a, score_floats b, score_indices i,
                                           score_indices j)
{
    return _mm256_blendv_epi8(j, i, _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)));
}

SCORE_INLINE uint64_t score_above(score_floats a, score_floats b)
{
    return (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ));
}

#define SCORE_HOLD(x) __asm__("" : "+x"(x))
#include "kmeans/score_body.h"

#include "kmeans/block_body.h"

KERNEL_TARGET static uint64_t differ(const int32_t *a, const int32_t *b)
{
    uint64_t same = 0;
#pragma GCC unroll 8
    for (int lane = 0; lane < PATRON_BLOCK; lane += SCORE_WIDTH) {
        __m256i equal =
            _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(a + lane)),
                               _mm256_loadu_si256((const __m256i *)(const void *)(b + lane)));
        same |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) << lane;
    }
    return ~same;
}
#include "kmeans/measure_body.h"

kmeans_kernel_set kmeans_kernel_set_avx2(void)
{
    return (kmeans_kernel_set){.name = "avx2",
                               .isa = PATRON_KMEANS_ISA_AVX2,
                               .is_usable =
                                   __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
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
