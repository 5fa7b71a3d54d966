/* SPDX-License-Identifier: Apache-2.0 */
/* What every rank computes alike from equal data, computed once for all simulated ranks: its time
 * is among what is replayed (passes.h), and a thousand ranks of one processor need not spend it a
 * thousand times. */
#include "kmeans/cells.h"

#include <mpi.h>
#include <string.h>

enum { MOST_CELLS = 1 << 16 }; /* values of centroids */

typedef struct shared {
    int is_there;
    uint32_t found;
    double centroids[MOST_CELLS];
} shared;

patron_status __real_kmeans_cells_cluster(const kmeans_cells *cells, const kmeans_cells_task *task,
                                          double *centroids, uint32_t *found);
patron_status __wrap_kmeans_cells_cluster(const kmeans_cells *cells, const kmeans_cells_task *task,
                                          double *centroids, uint32_t *found);

patron_status __wrap_kmeans_cells_cluster(const kmeans_cells *cells, const kmeans_cells_task *task,
                                          double *centroids, uint32_t *found)
{
    uint64_t count = (uint64_t)task->k * cells->columns;
    if (count > MOST_CELLS)
        return patron_fail(PATRON_USAGE, "k x columns is above %d", MOST_CELLS);
    shared *once = SMPI_SHARED_MALLOC(sizeof *once); /* the same for all ranks, zero at first */
    patron_status status = PATRON_OK;
    if (!once->is_there) {
        status = __real_kmeans_cells_cluster(cells, task, once->centroids, &once->found);
        once->is_there = status == PATRON_OK;
    }
    memcpy(centroids, once->centroids, count * sizeof *centroids);
    *found = once->found;
    return status;
}
