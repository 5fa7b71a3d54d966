/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels in vectors of 16 bytes, which every x86-64 and most other processors have. */
#include "kmeans/kernel_sets.h"

#define KERNEL_TARGET
#define KERNEL_WIDTH 2
#include "kmeans/kernel_body.h"

#define SCORE_INLINE static inline __attribute__((always_inline))
enum { SCORE_WIDTH = 4, SCORE_VECTORS = 2 };
typedef float score_floats __attribute__((vector_size(16)));
typedef int32_t score_indices __attribute__((vector_size(16)));

SCORE_INLINE score_floats score_spread(float value)
{
    return (score_floats){value, value, value, value};
}

SCORE_INLINE score_indices score_spread_index(int32_t index)
{
    return (score_indices){index, index, index, index};
}

SCORE_INLINE score_floats score_add_product(score_floats a, score_floats b, score_floats c)
{
    return a * b + c;
}

SCORE_INLINE score_indices score_pick(score_indices mask, score_indices i, score_indices j)
{
    return (i & mask) | (j & ~mask);
}

SCORE_INLINE score_floats score_least(score_floats a, score_floats b)
{
    return (score_floats)score_pick(a < b, (score_indices)a, (score_indices)b);
}

SCORE_INLINE score_floats score_greatest(score_floats a, score_floats b)
{
    return (score_floats)score_pick(a > b, (score_indices)a, (score_indices)b);
}

SCORE_INLINE score_indices score_pick_less(score_floats a, score_floats b, score_indices i,
                                           score_indices j)
{
    return score_pick(a < b, i, j);
}

SCORE_INLINE uint64_t score_above(score_floats a, score_floats b)
{
    uint64_t bits = 0;
    for (int lane = 0; lane < SCORE_WIDTH; ++lane)
        bits |= (uint64_t)(a[lane] > b[lane] ? 1 : 0) << lane;
    return bits;
}

#define SCORE_HOLD(x) (void)(x)
#include "kmeans/score_body.h"

#include "kmeans/block_body.h"

static uint64_t differ(const int32_t *a, const int32_t *b)
{
    uint64_t others = 0;
    for (int lane = 0; lane < PATRON_BLOCK; lane += SCORE_WIDTH) {
        if (memcmp(a + lane, b + lane, SCORE_WIDTH * sizeof *a) == 0)
            continue;
        for (int i = lane; i < lane + SCORE_WIDTH; ++i)
            others |= (uint64_t)(a[i] != b[i] ? 1 : 0) << i;
    }
    return others;
}
#include "kmeans/measure_body.h"

kmeans_kernel_set kmeans_kernel_set_generic(void)
{
    return (kmeans_kernel_set){.name = "generic",
                               .isa = PATRON_KMEANS_ISA_GENERIC,
                               .is_usable = true,
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
