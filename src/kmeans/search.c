/* SPDX-License-Identifier: Apache-2.0 */
/* The filter, and the float64 kernel for what it leaves open. */
#include "kmeans/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_status kmeans_search_filter_create(const patron_kmeans *engine, uint64_t capacity,
                                          kmeans_filter *filter)
{
    return kmeans_filter_create(filter, capacity, engine->rows->columns,
                                engine->kernels.coarse != NULL ? engine->rows->threads : 0);
}

patron_status kmeans_search_create(const patron_kmeans *engine, uint64_t capacity,
                                   kmeans_search *search)
{
    *search = (kmeans_search){0};
    patron_status status = kmeans_panel_create(&search->panel, capacity, engine->rows->columns);
    if (status == PATRON_OK)
        status = kmeans_search_filter_create(engine, capacity, &search->filter);
    return status;
}

void kmeans_search_free(kmeans_search *search)
{
    kmeans_panel_free(&search->panel);
    kmeans_filter_free(&search->filter);
}

void kmeans_search_fill(const patron_kmeans *engine, const double *centroids, uint32_t k,
                        kmeans_search *search)
{
    kmeans_panel_fill(&search->panel, centroids, k);
    kmeans_filter_fill(&search->filter, centroids, k, engine->shift);
}

/* ---- workers ---- */

/* The next `count` elements of `size` bytes of a worker's memory, in lines of their own; with NULL
 * it only counts. */
static void *carve(char *memory, uint64_t *used, uint64_t count, uint64_t size)
{
    void *piece = memory == NULL ? NULL : memory + *used;
    uint64_t lines = (count * size + PATRON_ALIGNMENT - 1) / PATRON_ALIGNMENT;
    *used += lines * PATRON_ALIGNMENT;
    return piece;
}

/* Gives the worker's parts their places; returns how many bytes they take. */
static uint64_t place_parts(uint64_t columns, uint64_t width, char *memory, kmeans_worker *worker)
{
    uint64_t used = 0, cells = columns * PATRON_BLOCK;
    worker->moving = carve(memory, &used, width, PATRON_BLOCK * sizeof *worker->moving);
    worker->strip = carve(memory, &used, columns, KMEANS_STRIP * sizeof *worker->strip);
    worker->term = carve(memory, &used, columns + 1, sizeof *worker->term);
    worker->rows = carve(memory, &used, cells, sizeof *worker->rows);
    worker->shifted = carve(memory, &used, cells, sizeof *worker->shifted);
    worker->pairs =
        carve(memory, &used, kmeans_pairs(columns), PATRON_BLOCK * sizeof *worker->pairs);
    worker->open.values = carve(memory, &used, cells, sizeof *worker->open.values);
    worker->unsure.values = carve(memory, &used, cells, sizeof *worker->unsure.values);
    return used;
}

patron_status kmeans_worker_create(const patron_kmeans *engine, kmeans_worker *worker)
{
    uint64_t columns = engine->rows->columns, width = engine->layout.folds.width;
    *worker = (kmeans_worker){0};
    uint64_t bytes = place_parts(columns, width, NULL, worker);
    char *memory = patron_allocate_aligned(bytes, 1, &worker->memory);
    if (memory == NULL)
        return PATRON_RESOURCE;
    (void)place_parts(columns, width, memory, worker);
    for (uint64_t row = 0; engine->rows->weighs && row < PATRON_BLOCK; ++row)
        worker->moving[row * width + columns] = 1.0F;
    return PATRON_OK;
}

void kmeans_worker_free(kmeans_worker *worker)
{
    free(worker->memory);
    *worker = (kmeans_worker){0};
}

/* ---- views ---- */

/* At least the norms of rows whose squares less the shift are these, from float32. */
static float radius_of(const float *squares, uint64_t columns)
{
    double relative = ((double)columns + 8.0) * 0x1p-22;
    double underflow = 4.0 * (double)columns * 0x1p-126;
    double greatest = 0.0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        greatest = (double)squares[lane] > greatest ? (double)squares[lane] : greatest;
    return nextafterf((float)sqrt(greatest * (1.0 + relative) + underflow), INFINITY);
}

kmeans_view kmeans_view_of_block(const patron_kmeans *engine, const patron_block *block)
{
    float *radius = &engine->radius[block->index];
    if (*radius == 0.0F) {
        _Alignas(PATRON_ALIGNMENT) float squares[PATRON_BLOCK];
        engine->kernels.shift(block->values, engine->rows->columns, engine->shift, NULL, squares);
        *radius = radius_of(squares, engine->rows->columns);
    }
    return (kmeans_view){.values = block->values,
                         .weight = block->weight,
                         .first = block->index * PATRON_BLOCK,
                         .lanes = block->lanes,
                         .radius = (double)*radius};
}

bool kmeans_coarse_pays(const patron_kmeans *engine, uint64_t k)
{
    enum { LEAST_K = 8, LEAST_COLUMNS = 4 };
    return engine->kernels.coarse != NULL && k >= LEAST_K && engine->rows->columns >= LEAST_COLUMNS;
}

static bool score_coarsely(const patron_kmeans *engine, const kmeans_filter *filter,
                           const kmeans_view *view, int thread, kmeans_found *found)
{
    kmeans_grid grid = kmeans_filter_grid(filter, view->radius);
    if (grid.unit == 0.0)
        return false;
    found->certain = engine->kernels.coarse(view->values, engine->is_shifted ? engine->shift : NULL,
                                            filter, &grid, engine->worker[thread].pairs,
                                            filter->room + (uint64_t)thread * filter->room_stride,
                                            &found->scores);
    found->error = grid.error;
    return true;
}

bool kmeans_view_score(const patron_kmeans *engine, const kmeans_filter *filter,
                       const kmeans_view *view, bool is_coarse, bool wants_squares, int thread,
                       kmeans_found *found)
{
    uint64_t columns = engine->rows->columns;
    const float *rows = view->values;
    is_coarse = is_coarse && score_coarsely(engine, filter, view, thread, found);
    bool shifts = engine->is_shifted && !is_coarse;
    float *shifted = shifts ? engine->worker[thread].shifted : NULL;
    if (shifts || wants_squares)
        engine->kernels.shift(rows, columns, engine->shift, shifted, found->squares);
    if (is_coarse)
        return true;
    float gap = kmeans_filter_gap(filter, view->radius);
    found->error = kmeans_filter_error(filter, view->radius);
    found->certain = 0;
    if (isfinite(gap))
        found->certain =
            engine->kernels.score(shifts ? shifted : rows, filter, gap, &found->scores);
    else
        found->error = (double)INFINITY;
    return false;
}

void kmeans_view_decide(const patron_kmeans *engine, const kmeans_search *search,
                        const kmeans_view *view, uint64_t lanes, int thread, int32_t *labels)
{
    uint64_t columns = engine->rows->columns;
    kmeans_worker *worker = &engine->worker[thread];
    int lane_of[PATRON_BLOCK];
    _Alignas(PATRON_ALIGNMENT) int32_t fresh[PATRON_BLOCK];
    uint64_t count = 0;
    for (; lanes != 0; lanes &= lanes - 1) {
        int lane = __builtin_ctzll(lanes);
        lane_of[count] = lane;
        for (uint64_t j = 0; j < columns; ++j)
            worker->rows[count * columns + j] = view->values[j * PATRON_BLOCK + (uint64_t)lane];
        ++count;
    }
    engine->kernels.nearest(&search->panel, worker->rows, count, worker->strip, fresh);
    for (uint64_t i = 0; i < count; ++i)
        labels[lane_of[i]] = fresh[i];
}

void kmeans_view_nearest(const patron_kmeans *engine, const kmeans_search *search,
                         const kmeans_view *view, int thread, int32_t *labels)
{
    kmeans_found found;
    (void)kmeans_view_score(engine, &search->filter, view, false, false, thread, &found);
    if (found.error < (double)INFINITY)
        memcpy(labels, found.scores.index, sizeof found.scores.index);
    else
        memset(labels, 0, sizeof found.scores.index);
    kmeans_view_decide(engine, search, view, view->lanes & ~found.certain, thread, labels);
}

/* ---- batches ---- */

void kmeans_batch_take(const patron_kmeans *engine, const kmeans_view *view, int lane,
                       kmeans_batch *batch)
{
    uint64_t at = batch->count++;
    for (uint64_t j = 0; j < engine->rows->columns; ++j)
        batch->values[j * PATRON_BLOCK + at] = view->values[j * PATRON_BLOCK + (uint64_t)lane];
    batch->weight[at] = view->weight == NULL ? 1.0F : view->weight[lane];
    batch->row[at] = kmeans_view_row(view, lane);
    batch->radius = view->radius > batch->radius ? view->radius : batch->radius;
}

kmeans_view kmeans_batch_view(const kmeans_batch *batch)
{
    return (kmeans_view){.values = batch->values,
                         .weight = batch->weight,
                         .row = batch->row,
                         .lanes = batch->count < PATRON_BLOCK ? (UINT64_C(1) << batch->count) - 1
                                                              : UINT64_MAX,
                         .radius = batch->radius};
}
