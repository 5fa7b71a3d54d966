/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids packed for the kernels. */
#include "kmeans/kernel.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

patron_status kmeans_panel_create(kmeans_panel *panel, uint64_t capacity, uint32_t columns)
{
    uint64_t groups = (capacity + KMEANS_LANES - 1) / KMEANS_LANES;
    *panel = (kmeans_panel){.columns = columns};
    panel->memory =
        patron_allocate(groups + 1, (uint64_t)columns * KMEANS_LANES * sizeof(double) + ALIGNMENT);
    if (panel->memory == NULL)
        return PATRON_RESOURCE;
    uintptr_t address = (uintptr_t)panel->memory;
    uintptr_t skip = (ALIGNMENT - address % ALIGNMENT) % ALIGNMENT;
    panel->values = (double *)((char *)panel->memory + skip);
    return PATRON_OK;
}

void kmeans_panel_free(kmeans_panel *panel)
{
    free(panel->memory);
    *panel = (kmeans_panel){0};
}

void kmeans_panel_fill(kmeans_panel *panel, const double *centroids, uint32_t k)
{
    uint64_t columns = panel->columns;
    panel->k = k;
    panel->groups = (k + KMEANS_LANES - 1) / KMEANS_LANES;
    for (uint64_t group = 0; group < panel->groups; ++group) {
        double *values = panel->values + group * columns * KMEANS_LANES;
        for (uint64_t lane = 0; lane < KMEANS_LANES; ++lane) {
            uint64_t centroid = group * KMEANS_LANES + lane;
            for (uint64_t j = 0; j < columns; ++j)
                values[j * KMEANS_LANES + lane] =
                    centroid < k ? centroids[centroid * columns + j] : (double)INFINITY;
        }
    }
}
