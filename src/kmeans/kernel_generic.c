/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel in vectors of 16 bytes, which every x86-64 and most other processors have. */
#include "kmeans/kernel_sets.h"

#define KERNEL_WIDTH 2
#define KERNEL_NEAREST kmeans_nearest_generic
#define KERNEL_DISTANCES kmeans_distances_generic
#define KERNEL_TARGET
#include "kmeans/kernel_body.h"
