/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel in vectors of 64 bytes. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_AVX512
#define KERNEL_WIDTH 8
#define KERNEL_NEAREST kmeans_nearest_avx512
#define KERNEL_DISTANCES kmeans_distances_avx512
#define KERNEL_TARGET __attribute__((target("avx512f")))
#include "kmeans/kernel_body.h"
#endif
