/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel in vectors of 32 bytes. */
#include "kmeans/kernel_sets.h"

#if KMEANS_HAS_AVX2
#define KERNEL_WIDTH 4
#define KERNEL_NEAREST kmeans_nearest_avx2
#define KERNEL_DISTANCES kmeans_distances_avx2
#define KERNEL_TARGET __attribute__((target("avx2")))
#include "kmeans/kernel_body.h"
#endif
