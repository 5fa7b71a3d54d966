/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids laid out for the float64 kernels, which evaluate distances by the one definition:
 * squared differences in float64, summed in column order, without contraction.  Whatever
 * instructions a kernel uses, its distances equal those of the plain loop bit for bit.  Nothing
 * here is collective. */
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
    const double *centroids; /* k x columns, borrowed: the same, row by row */
    void *memory;
    double *values;  /* into `memory`, aligned to 64 bytes */
    double *rows;    /* k x stride, likewise: the same, row by row, zeros after the last column */
    uint64_t stride; /* a multiple of KMEANS_LANES */
} kmeans_panel;

/* Room for up to `capacity` centroids; release with kmeans_panel_free.  RESOURCE. */
patron_status kmeans_panel_create(kmeans_panel *panel, uint64_t capacity, uint32_t columns);
void kmeans_panel_free(kmeans_panel *panel);

/* Packs centroids[k x columns], k within the capacity, which stay as they are while it is used. */
void kmeans_panel_fill(kmeans_panel *panel, const double *centroids, uint32_t k);

/* The same where the first panel->k of them are packed already. */
void kmeans_panel_extend(kmeans_panel *panel, const double *centroids, uint32_t k);

#endif
