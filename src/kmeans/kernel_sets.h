/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel for each instruction set; kernel.c takes the widest that the processor has. */
#ifndef PATRON_KMEANS_KERNEL_SETS_H
#define PATRON_KMEANS_KERNEL_SETS_H

#include "kmeans/kernel.h"

#include <stdbool.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define KMEANS_HAS_AVX512 1
#define KMEANS_HAS_AVX2 1
#else
#define KMEANS_HAS_AVX512 0
#define KMEANS_HAS_AVX2 0
#endif

typedef void kmeans_nearest_function(const kmeans_panel *panel, const float *rows, uint64_t count,
                                     double *scratch, int32_t *labels, double *distance);
typedef void kmeans_distances_function(const kmeans_panel *panel, const float *rows, uint64_t count,
                                       double *scratch, double *distance);

kmeans_nearest_function kmeans_nearest_generic, kmeans_nearest_avx2, kmeans_nearest_avx512;
kmeans_distances_function kmeans_distances_generic, kmeans_distances_avx2, kmeans_distances_avx512;

/* A kernel and whether this processor can run it. */
typedef struct kmeans_kernel_set {
    const char *name;
    bool is_usable;
    kmeans_nearest_function *nearest;
    kmeans_distances_function *distances;
} kmeans_kernel_set;

enum { KMEANS_KERNEL_SETS = 3 };

/* The sets by number, the widest first; the last one runs everywhere. */
kmeans_kernel_set kmeans_kernel_set_at(int number);

#endif
