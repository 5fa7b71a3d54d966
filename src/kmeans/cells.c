/* SPDX-License-Identifier: Apache-2.0 */
/* Cells, and their clustering. */
#include "kmeans/cells.h"

#include "kmeans/breathe.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* ---- gathering ---- */

typedef struct gathering {
    const patron_kmeans *engine;
    kmeans_sums sums;
} gathering;

static void gather_block(void *argument, int thread, const patron_block *block)
{
    gathering *run = argument;
    kmeans_view view = kmeans_view_of_block(run->engine, block);
    kmeans_move_rows(run->engine, &view, view.lanes, NULL,
                     kmeans_labels_of(run->engine, block->index), thread, &run->sums);
}

/* Cells of weight 0 are left out. */
static patron_status round_cells(gathering *run, kmeans_cells *cells)
{
    const kmeans_layout *layout = &run->engine->layout;
    uint64_t columns = layout->columns, most = run->sums.k;
    double *mean = patron_allocate(columns, sizeof *mean);
    cells->values = patron_allocate(most, columns * sizeof *cells->values);
    cells->weight = patron_allocate(most, sizeof *cells->weight);
    cells->columns = layout->columns;
    bool is_short = mean == NULL || cells->values == NULL || cells->weight == NULL;
    for (uint64_t c = 0; !is_short && c < most; ++c) {
        int64_t *limbs = run->sums.total + c * layout->stride;
        if (*kmeans_sums_positive(layout, &run->sums, c) == 0)
            continue;
        kmeans_sums_centroid(layout, limbs, mean);
        double weight = kmeans_sums_weight(layout, limbs);
        for (uint64_t j = 0; j < columns; ++j)
            cells->values[cells->count * columns + j] = (float)mean[j];
        cells->weight[cells->count++] = weight < (double)FLT_MAX ? (float)weight : FLT_MAX;
    }
    free(mean);
    return is_short ? PATRON_RESOURCE : PATRON_OK;
}

patron_status kmeans_cells_gather(const kmeans_candidates *drawn, kmeans_cells *cells)
{
    const patron_kmeans *engine = drawn->engine;
    gathering run = {.engine = engine};
    *cells = (kmeans_cells){0};
    patron_status status = kmeans_sums_create(&engine->layout, (uint32_t)drawn->count,
                                              engine->rows->threads, &run.sums);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = kmeans_visit(engine, gather_block, &run);
    if (status == PATRON_OK) {
        kmeans_sums_merge(engine->comm, &engine->layout, &run.sums);
        status = patron_comm_agree(engine->comm, round_cells(&run, cells));
    }
    kmeans_sums_free(&run.sums);
    return status;
}

void kmeans_cells_free(kmeans_cells *cells)
{
    free(cells->values);
    free(cells->weight);
    *cells = (kmeans_cells){0};
}

/* ---- clustering ---- */

/* Mean over the columns of their weighted variance. */
static patron_status variance_of(const kmeans_cells *cells, double *variance)
{
    uint64_t columns = cells->columns;
    double total = 0.0;
    double *mean = patron_allocate(columns, sizeof *mean);
    *variance = 0.0;
    if (mean == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < cells->count; ++i) {
        total += (double)cells->weight[i];
        for (uint64_t j = 0; j < columns; ++j)
            mean[j] += (double)cells->weight[i] * (double)cells->values[i * columns + j];
    }
    for (uint64_t i = 0; i < cells->count * columns; ++i) {
        double difference = (double)cells->values[i] - mean[i % columns] / total;
        *variance += (double)cells->weight[i / columns] * (difference * difference);
    }
    *variance /= total * (double)columns;
    free(mean);
    return PATRON_OK;
}

typedef struct starts {
    const kmeans_cells *cells;
    const kmeans_cells_task *task;
    patron_kmeans *engine; /* of the cells */
    double threshold;
    double *trial, *best; /* k x columns */
    double inertia;       /* of the best one */
} starts;

/* Clusters from run->trial. */
static patron_status run_start(starts *run, bool is_first)
{
    double inertia = 0.0;
    patron_status status =
        kmeans_breathe(run->engine, run->cells, run->threshold, run->task->k, run->trial, &inertia);
    if (status == PATRON_OK && (is_first || inertia < run->inertia)) {
        run->inertia = inertia;
        memcpy(run->best, run->trial,
               run->task->k * (uint64_t)run->cells->columns * sizeof *run->best);
    }
    return status;
}

static patron_status run_starts(starts *run, uint32_t *found)
{
    enum { STARTS = 3, MANY_CLUSTERS = 128 }; /* with more than so many one start will do */
    const kmeans_cells_task *task = run->task;
    uint64_t bytes = task->k * (uint64_t)run->cells->columns * sizeof *run->trial;
    bool is_first = true;
    patron_status status = PATRON_OK;
    if (task->start != NULL) {
        memcpy(run->trial, task->start, bytes);
        status = run_start(run, is_first);
        is_first = false;
    }
    for (uint32_t s = 0; status == PATRON_OK && s < (task->k > MANY_CLUSTERS ? 1 : STARTS); ++s) {
        *found = 0;
        status = kmeans_seed_plusplus(run->engine, kmeans_seed_of_cells(task->seed, s), task->k,
                                      run->trial, found);
        if (status == PATRON_OK && *found < task->k) { /* there are no more */
            memcpy(run->best, run->trial, bytes);
            break;
        }
        if (status == PATRON_OK)
            status = run_start(run, is_first);
        is_first = false;
    }
    return status;
}

patron_status kmeans_cells_cluster(const kmeans_cells *cells, const kmeans_cells_task *task,
                                   double *centroids, uint32_t *found)
{
    const double tolerance = 1e-4;
    const patron_comm self = patron_comm_self();
    const patron_rows_shape shape = {
        .count = cells->count, .columns = cells->columns, .threads = task->threads};
    patron_rows rows = {0};
    starts run = {.cells = cells, .task = task, .best = centroids};
    double variance = 0.0;
    run.trial = patron_allocate(task->k, cells->columns * sizeof *run.trial);
    patron_status status = run.trial == NULL ? PATRON_RESOURCE : variance_of(cells, &variance);
    run.threshold = tolerance * variance;
    if (status == PATRON_OK)
        status = patron_rows_pack(cells->values, cells->weight, &shape, &rows);
    if (status == PATRON_OK)
        status = patron_kmeans_create(&self, &rows, task->isa, &run.engine);
    if (status == PATRON_OK)
        status = run_starts(&run, found);
    patron_kmeans_free(run.engine);
    patron_rows_free(&rows);
    free(run.trial);
    return status;
}
