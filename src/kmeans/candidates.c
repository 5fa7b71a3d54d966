/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates, and the rows nearest to them. */
#include "kmeans/candidates.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

kmeans_candidates kmeans_candidates_of(patron_kmeans *engine)
{
    return (kmeans_candidates){.engine = engine};
}

void kmeans_candidates_free(kmeans_candidates *drawn)
{
    free(drawn->centroids);
    kmeans_panel_free(&drawn->panel);
    *drawn = (kmeans_candidates){0};
}

/* ---- appending ---- */

/* Room for `total` candidates.  Not collective. */
static patron_status grow(kmeans_candidates *drawn, uint64_t total)
{
    uint64_t columns = drawn->engine->rows->columns;
    double *centroids = patron_reallocate(drawn->centroids, total, columns * sizeof *centroids);
    drawn->centroids = centroids != NULL ? centroids : drawn->centroids;
    kmeans_panel_free(&drawn->panel);
    patron_status status = kmeans_panel_create(&drawn->panel, total, drawn->engine->rows->columns);
    return centroids == NULL ? PATRON_RESOURCE : status;
}

patron_status kmeans_candidates_begin(kmeans_candidates *drawn, const double *centroids, uint32_t k)
{
    patron_status status = patron_comm_agree(drawn->engine->comm, grow(drawn, k));
    if (status != PATRON_OK)
        return status;
    memcpy(drawn->centroids, centroids,
           k * (uint64_t)drawn->engine->rows->columns * sizeof *centroids);
    drawn->count = k;
    kmeans_panel_fill(&drawn->panel, drawn->centroids, k);
    return PATRON_OK;
}

patron_status kmeans_candidates_append(kmeans_candidates *drawn, const float *picked,
                                       uint64_t picked_count)
{
    const patron_kmeans *engine = drawn->engine;
    uint64_t columns = engine->rows->columns, bytes = columns * sizeof *picked;
    uint64_t ranks = (uint64_t)engine->comm->size, total = drawn->count;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    float *values = NULL;
    patron_status status =
        patron_comm_agree(engine->comm, bytes_of == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_u64(engine->comm, picked_count * bytes, bytes_of);
    for (uint64_t r = 0; r < ranks; ++r)
        total += bytes_of[r] / bytes;
    if (total > INT32_MAX) {
        status = patron_fail(PATRON_RESOURCE,
                             "k-means|| drew %" PRIu64 " candidates, expected at most %d: k is too "
                             "large for it",
                             total, INT32_MAX);
        goto cleanup;
    }
    values = patron_allocate(total - drawn->count, bytes);
    status = patron_comm_agree(engine->comm, values == NULL ? PATRON_RESOURCE : grow(drawn, total));
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_bytes(engine->comm, picked, bytes_of, values);
    for (uint64_t i = 0; i < (total - drawn->count) * columns; ++i)
        drawn->centroids[drawn->count * columns + i] = (double)values[i];
    drawn->count = total;
    kmeans_panel_fill(&drawn->panel, drawn->centroids, (uint32_t)total);
cleanup:
    free(bytes_of);
    free(values);
    return status;
}

/* ---- nearest candidates ---- */

typedef struct labelling {
    const kmeans_candidates *drawn;
    kmeans_search fresh; /* the candidates from `base` on */
    uint64_t base;
    bool is_coarse;
} labelling;

static void add_terms(const patron_kmeans *engine, int thread, uint64_t lanes, const float *weight,
                      const double *distance)
{
    _Alignas(PATRON_ALIGNMENT) double room[PATRON_BLOCK];
    patron_blocksum_add(&engine->worker[thread].sum, engine->kernels.blocksum,
                        kmeans_terms(lanes, weight, distance, room));
}

/* Rows that may have a fresh candidate nearer than their own. */
static void label_batch(const labelling *run, int thread, kmeans_batch *batch)
{
    const patron_kmeans *engine = run->drawn->engine;
    _Alignas(PATRON_ALIGNMENT) int32_t fresh[PATRON_BLOCK], own[PATRON_BLOCK] = {0};
    _Alignas(PATRON_ALIGNMENT) double other[PATRON_BLOCK], distance[PATRON_BLOCK];
    if (batch->count == 0)
        return;
    kmeans_view view = kmeans_batch_view(batch);
    kmeans_view_nearest(engine, &run->fresh, &view, thread, fresh);
    for (uint64_t i = 0; i < batch->count; ++i)
        own[i] = engine->labels[batch->row[i]];
    engine->kernels.measure(view.values, &run->fresh.panel, fresh, other);
    engine->kernels.measure(view.values, &run->drawn->panel, own, distance);
    for (uint64_t i = 0; i < batch->count; ++i)
        if (other[i] < distance[i]) {
            distance[i] = other[i];
            engine->labels[batch->row[i]] = fresh[i] + (int32_t)run->base;
        }
    add_terms(engine, thread, view.lanes, view.weight, distance);
    batch->count = 0;
    batch->radius = 0.0;
}

/* One bit a row to which no fresh candidate is nearer than distance[]. */
static uint64_t certainly_farther(const labelling *run, int thread, const kmeans_view *view,
                                  const double *distance)
{
    const patron_kmeans *engine = run->drawn->engine;
    kmeans_found found;
    _Alignas(PATRON_ALIGNMENT) int32_t none[PATRON_BLOCK];
    _Alignas(PATRON_ALIGNMENT) float lower[PATRON_BLOCK];
    (void)kmeans_view_score(engine, &run->fresh.filter, view, run->is_coarse, true, thread, &found);
    if (!(found.error < (double)INFINITY))
        return 0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        none[lane] = -1;
    kmeans_bounds_from_scores(engine, &run->fresh.filter, view, &found, none, lower);
    return engine->kernels.drift(distance, 0.0F, NULL, lower);
}

static void label_block(void *argument, int thread, const patron_block *block)
{
    const labelling *run = argument;
    const patron_kmeans *engine = run->drawn->engine;
    kmeans_batch *batch = &engine->worker[thread].open;
    kmeans_view view = kmeans_view_of_block(engine, block);
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    engine->kernels.measure(block->values, &run->drawn->panel,
                            kmeans_labels_of(engine, block->index), distance);
    uint64_t open = 0;
    if (run->base > 0)
        open = view.lanes & ~certainly_farther(run, thread, &view, distance);
    add_terms(engine, thread, view.lanes & ~open, view.weight, distance);
    for (; open != 0; open &= open - 1) {
        kmeans_batch_take(engine, &view, __builtin_ctzll(open), batch);
        if (batch->count == PATRON_BLOCK)
            label_batch(run, thread, batch);
    }
}

patron_status kmeans_candidates_label(kmeans_candidates *drawn, uint64_t base, double *sum)
{
    patron_kmeans *engine = drawn->engine;
    uint64_t fresh = drawn->count - base;
    labelling run = {.drawn = drawn, .base = base, .is_coarse = kmeans_coarse_pays(engine, fresh)};
    patron_exactsum total = {0};
    patron_status status =
        patron_comm_agree(engine->comm, kmeans_search_create(engine, fresh, &run.fresh));
    if (status != PATRON_OK)
        goto cleanup;
    kmeans_search_fill(engine, drawn->centroids + base * engine->rows->columns, (uint32_t)fresh,
                       &run.fresh);
    if (base == 0) /* one candidate, which all rows are nearest to */
        memset(engine->labels, 0, engine->rows->blocks * PATRON_BLOCK * sizeof *engine->labels);
    for (int t = 0; t < engine->rows->threads; ++t)
        engine->worker[t].sum = (patron_blocksum){0};
    status = kmeans_visit(engine, label_block, &run);
    if (status != PATRON_OK)
        goto cleanup;
    for (int t = 0; t < engine->rows->threads; ++t) {
        label_batch(&run, t, &engine->worker[t].open);
        patron_blocksum_flush(&engine->worker[t].sum);
        patron_exactsum_merge(&total, &engine->worker[t].sum.sum);
    }
    patron_exactsum_reduce(engine->comm, &total, 1);
    *sum = patron_exactsum_round(&total);
cleanup:
    kmeans_search_free(&run.fresh);
    return status;
}
