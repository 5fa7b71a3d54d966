/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted population counts of intersections.  The loop stands once; the compiler makes of it what
 * each instruction set can do. */
#include "itemset/popcount.h"

#define KERNEL_PARAMETERS                                                                          \
    const itemset_planes *planes, const uint64_t *held, const uint64_t *columns, uint64_t stride,  \
        const uint32_t *candidates, uint32_t count, uint64_t *counts

static inline __attribute__((always_inline)) uint64_t
count_column(const itemset_planes *planes, const uint64_t *held, const uint64_t *column)
{
    uint64_t sum = 0;
    for (uint32_t plane = 0; plane < planes->count; ++plane) {
        uint64_t words = planes->words[plane];
        uint64_t bits = 0;
        for (uint64_t word = 0; word < words; ++word)
            bits += (uint64_t)__builtin_popcountll(held[word] & column[word]);
        sum += bits << plane;
        held += words;
    }
    return sum;
}

static inline __attribute__((always_inline)) void count_columns(KERNEL_PARAMETERS)
{
    if (stride == 1 && planes->count == 1) {
        for (uint32_t i = 0; i < count; ++i)
            counts[i] = (uint64_t)__builtin_popcountll(held[0] & columns[candidates[i]]);
        return;
    }
    for (uint32_t i = 0; i < count; ++i)
        counts[i] = count_column(planes, held, columns + candidates[i] * stride);
}

static void count_portable(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

uint64_t itemset_count_bits(const uint64_t *words, uint64_t count)
{
    uint64_t bits = 0;
    for (uint64_t word = 0; word < count; ++word)
        bits += (uint64_t)__builtin_popcountll(words[word]);
    return bits;
}

#ifdef __x86_64__

__attribute__((target("popcnt"))) static void count_popcnt(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

__attribute__((target("popcnt,avx512f,avx512vl,avx512vpopcntdq"))) static void
count_avx512(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

#endif

int itemset_count_kernels(itemset_count_kernel kernels[ITEMSET_MOST_KERNELS])
{
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq"))
        kernels[count++] = count_avx512;
    if (__builtin_cpu_supports("popcnt"))
        kernels[count++] = count_popcnt;
#endif
    kernels[count++] = count_portable;
    return count;
}
