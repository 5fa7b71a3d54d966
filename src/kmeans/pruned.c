/* SPDX-License-Identifier: Apache-2.0 */
/* A pass that searches in full only for the rows whose bounds do not hold. */
#include "kmeans/bounds.h"

#include <omp.h>
#include <string.h>

/* ---- the batch ---- */

/* Labels, distances and bounds of the batch's rows go back to where the rows are. */
static int64_t settle_batch(const kmeans_pass *pass, const kmeans_batch *batch,
                            const int32_t *labels, const double *distance, const float *lower)
{
    kmeans_engine *engine = pass->engine;
    int64_t moved = 0;
    for (uint64_t i = 0; i < batch->count; ++i) {
        uint64_t row = batch->row[i];
        pass->bounds->lower[row] = lower[i];
        if (pass->sums == NULL)
            engine->distance[row] = distance[i];
        if (engine->labels[row] == labels[i])
            continue;
        kmeans_pass_move(pass, row, labels[i]);
        ++moved;
    }
    return moved;
}

static void add_batch(const kmeans_engine *engine, const kmeans_batch *batch,
                      const double *distance, kmeans_total *inertia)
{
    double terms[KMEANS_BLOCK] = {0.0};
    for (uint64_t i = 0; i < batch->count; ++i)
        terms[i] = (double)kmeans_weight(engine->rows, batch->row[i]) * distance[i];
    kmeans_total_add(inertia, &engine->kernels, terms);
}

static int64_t process_batch(const kmeans_pass *pass, kmeans_batch *batch, kmeans_total *inertia)
{
    kmeans_engine *engine = pass->engine;
    int32_t labels[KMEANS_BLOCK];
    double distance[KMEANS_BLOCK];
    float lower[KMEANS_BLOCK];
    kmeans_scores scores;
    if (batch->count == 0)
        return 0;
    const kmeans_view view = {
        .values = batch->values,
        .lanes = batch->count < KMEANS_BLOCK ? (UINT64_C(1) << batch->count) - 1 : UINT64_MAX,
        .radius = batch->radius};
    bool has_scores = kmeans_view_search(pass->search, &engine->kernels, &engine->pack, view,
                                         kmeans_engine_scratch(engine), &scores, labels);
    engine->kernels.measure(batch->values, &pass->search->panel, pass->search->centroids, labels,
                            distance);
    kmeans_bounds_set(engine, pass->search, has_scores ? &scores : NULL, labels, batch->norm,
                      batch->radius, lower);
    add_batch(engine, batch, distance, inertia);
    int64_t moved = settle_batch(pass, batch, labels, distance, lower);
    batch->count = 0;
    batch->radius = 0.0;
    return moved;
}

/* Copies a row of a block into the batch. */
static void gather(const kmeans_engine *engine, uint64_t block, uint64_t lane, kmeans_batch *batch)
{
    const kmeans_pack *pack = &engine->pack;
    const float *values = kmeans_pack_block(pack, block) + lane;
    double radius = (double)pack->radius[block];
    uint64_t at = batch->count++;
    for (uint64_t j = 0; j < pack->columns; ++j)
        batch->values[j * KMEANS_BLOCK + at] = values[j * KMEANS_BLOCK];
    batch->row[at] = block * KMEANS_BLOCK + lane;
    batch->norm[at] = pack->norm[block * KMEANS_BLOCK + lane];
    batch->radius = radius > batch->radius ? radius : batch->radius;
}

/* ---- blocks ---- */

int64_t kmeans_pruned_block(const kmeans_pass *pass, uint64_t block, kmeans_total *inertia)
{
    kmeans_engine *engine = pass->engine;
    kmeans_batch *batch = &pass->bounds->batch[omp_get_thread_num()];
    uint64_t count = kmeans_pack_rows(&engine->pack, block);
    int32_t labels[KMEANS_BLOCK] = {0};
    double distance[KMEANS_BLOCK], terms[KMEANS_BLOCK];
    memcpy(labels, engine->labels + block * KMEANS_BLOCK, count * sizeof *labels);
    kmeans_fetch_ahead(&engine->pack, block + 1);
    engine->kernels.measure(kmeans_pack_block(&engine->pack, block), &pass->search->panel,
                            pass->search->centroids, labels, distance);
    uint64_t open = kmeans_view_of_block(&engine->pack, block).lanes &
                    ~kmeans_bounds_lower(engine, pass->bounds, block, labels, distance);
    kmeans_block_terms(engine, block, distance, terms);
    if (pass->sums == NULL)
        memcpy(engine->distance + block * KMEANS_BLOCK, distance, count * sizeof *distance);
    int64_t moved = 0;
    for (; open != 0; open &= open - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(open);
        terms[lane] = 0.0;
        gather(engine, block, lane, batch);
        if (batch->count == KMEANS_BLOCK)
            moved += process_batch(pass, batch, inertia);
    }
    kmeans_total_add(inertia, &engine->kernels, terms);
    return moved;
}

int64_t kmeans_pruned_rest(const kmeans_pass *pass, kmeans_total *inertia)
{
    return process_batch(pass, &pass->bounds->batch[omp_get_thread_num()], inertia);
}
