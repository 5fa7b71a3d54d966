/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids packed for the kernels. */
#include "kmeans/kernel.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_status kmeans_panel_create(kmeans_panel *panel, uint64_t capacity, uint32_t columns)
{
    uint64_t groups = (capacity + KMEANS_LANES - 1) / KMEANS_LANES;
    uint64_t stride = ((uint64_t)columns + KMEANS_LANES - 1) / KMEANS_LANES * KMEANS_LANES;
    *panel = (kmeans_panel){.columns = columns, .stride = stride};
    panel->values = patron_allocate_aligned(
        groups, ((uint64_t)columns + stride) * KMEANS_LANES * sizeof *panel->values,
        &panel->memory);
    if (panel->values == NULL)
        return PATRON_RESOURCE;
    panel->rows = panel->values + groups * columns * KMEANS_LANES;
    return PATRON_OK;
}

void kmeans_panel_free(kmeans_panel *panel)
{
    free(panel->memory);
    *panel = (kmeans_panel){0};
}

void kmeans_panel_fill(kmeans_panel *panel, const double *centroids, uint32_t k)
{
    panel->k = 0;
    kmeans_panel_extend(panel, centroids, k);
}

void kmeans_panel_extend(kmeans_panel *panel, const double *centroids, uint32_t k)
{
    uint64_t columns = panel->columns;
    uint64_t first = panel->k / KMEANS_LANES; /* groups before it are full */
    panel->centroids = centroids;
    panel->k = k;
    panel->groups = (k + KMEANS_LANES - 1) / KMEANS_LANES;
    for (uint64_t c = first * KMEANS_LANES; c < k; ++c)
        memcpy(panel->rows + c * panel->stride, centroids + c * columns,
               columns * sizeof *centroids);
    for (uint64_t group = first; group < panel->groups; ++group) {
        double *values = panel->values + group * columns * KMEANS_LANES;
        for (uint64_t lane = 0; lane < KMEANS_LANES; ++lane) {
            uint64_t centroid = group * KMEANS_LANES + lane;
            for (uint64_t j = 0; j < columns; ++j)
                values[j * KMEANS_LANES + lane] =
                    centroid < k ? centroids[centroid * columns + j] : (double)INFINITY;
        }
    }
}
