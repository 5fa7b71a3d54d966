/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the kernel for the processor that runs. */
#include "kmeans/kernel_sets.h"

kmeans_kernel_set kmeans_kernel_set_at(int number)
{
#if KMEANS_HAS_AVX512
    if (number == 0)
        return (kmeans_kernel_set){"avx512", __builtin_cpu_supports("avx512f") != 0,
                                   kmeans_nearest_avx512, kmeans_distances_avx512};
#endif
#if KMEANS_HAS_AVX2
    if (number == 1)
        return (kmeans_kernel_set){"avx2", __builtin_cpu_supports("avx2") != 0, kmeans_nearest_avx2,
                                   kmeans_distances_avx2};
#endif
    return (kmeans_kernel_set){"generic", true, kmeans_nearest_generic, kmeans_distances_generic};
}

static kmeans_kernel_set widest(void)
{
    int number = 0;
    while (!kmeans_kernel_set_at(number).is_usable)
        ++number;
    return kmeans_kernel_set_at(number);
}

void kmeans_kernel_nearest(const kmeans_panel *panel, const float *rows, uint64_t count,
                           double *scratch, int32_t *labels, double *distance)
{
    widest().nearest(panel, rows, count, scratch, labels, distance);
}

void kmeans_kernel_distances(const kmeans_panel *panel, const float *rows, uint64_t count,
                             double *scratch, double *distance)
{
    widest().distances(panel, rows, count, scratch, distance);
}
