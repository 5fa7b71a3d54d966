/* SPDX-License-Identifier: Apache-2.0 */
/* Lloyd's iteration on few rows, led on from the optimum where it ends.  Nothing here is
 * collective. */
#ifndef PATRON_KMEANS_BREATHE_H
#define PATRON_KMEANS_BREATHE_H

#include "kmeans/cells.h"

/* Clusters the cells that `engine` holds, alone, from centroids[k x columns], which end as the best
 * found; *inertia is theirs.  RESOURCE. */
patron_status kmeans_breathe(patron_kmeans *engine, const kmeans_cells *cells, double threshold,
                             uint32_t k, double *centroids, double *inertia);

#endif
