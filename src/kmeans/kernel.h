/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that evaluate distances of rows to centroids by the one definition: squared differences
 * in float64, summed in column order, without contraction.  Whatever instructions a kernel uses,
 * its results equal those of the plain loop bit for bit.  Nothing here is collective. */
#ifndef PATRON_KMEANS_KERNEL_H
#define PATRON_KMEANS_KERNEL_H

#include "patron/status.h"

#include <stdint.h>

enum {
    KMEANS_LANES = 8, /* centroids side by side */
    KMEANS_STRIP = 4  /* rows side by side */
};

/* Centroids packed for the kernels: groups of KMEANS_LANES, each columns x KMEANS_LANES, so that
 * one load takes one column of all lanes.  Unused lanes lie at infinity. */
typedef struct kmeans_panel {
    uint32_t k;
    uint32_t columns;
    uint32_t groups;
    void *memory;
    double *values; /* into `memory`, aligned to 64 bytes */
} kmeans_panel;

/* Room for up to `capacity` centroids; release with kmeans_panel_free.  RESOURCE. */
patron_status kmeans_panel_create(kmeans_panel *panel, uint64_t capacity, uint32_t columns);
void kmeans_panel_free(kmeans_panel *panel);

/* Packs centroids[k x columns], k within the capacity. */
void kmeans_panel_fill(kmeans_panel *panel, const double *centroids, uint32_t k);

/* For rows[count x columns] the nearest centroid (ties to the lowest index) and its distance.
 * `scratch` holds KMEANS_STRIP x columns doubles. */
void kmeans_kernel_nearest(const kmeans_panel *panel, const float *rows, uint64_t count,
                           double *scratch, int32_t *labels, double *distance);

/* Distances of rows[count x columns] to all lanes: distance[count x groups * KMEANS_LANES]. */
void kmeans_kernel_distances(const kmeans_panel *panel, const float *rows, uint64_t count,
                             double *scratch, double *distance);

#endif
