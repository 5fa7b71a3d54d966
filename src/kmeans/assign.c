/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows: nearest centroids, inertia, and who moved. */
#include "kmeans/engine.h"

#include <omp.h>

/* Takes over the labels of a block; moved rows go into `delta` (NULL: nowhere). */
static int64_t settle_block(kmeans_engine *engine, uint64_t first, uint64_t count,
                            const int32_t *fresh, kmeans_delta *delta)
{
    const patron_kmeans_rows *rows = engine->rows;
    const kmeans_layout *layout = &engine->layout;
    int64_t moved = 0;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t row = first + i;
        int32_t from = engine->labels[row];
        int32_t to = fresh[i];
        if (from == to)
            continue;
        ++moved;
        engine->labels[row] = to;
        if (delta == NULL)
            continue;
        const float *values = kmeans_row(rows, row);
        float weight = kmeans_weight(rows, row);
        if (from >= 0)
            kmeans_sums_add(layout, delta->limbs + (uint64_t)from * layout->stride, values, weight,
                            -1);
        kmeans_sums_add(layout, delta->limbs + (uint64_t)to * layout->stride, values, weight, 1);
    }
    return moved;
}

static int64_t assign_block(kmeans_engine *engine, const kmeans_panel *panel, uint64_t block,
                            kmeans_sums *sums, patron_exactsum *inertia)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t first = block * KMEANS_BLOCK;
    uint64_t count = rows->count - first < KMEANS_BLOCK ? rows->count - first : KMEANS_BLOCK;
    int32_t fresh[KMEANS_BLOCK];
    kmeans_kernel_nearest(panel, kmeans_row(rows, first), count, kmeans_engine_scratch(engine),
                          fresh, engine->distance + first);
    for (uint64_t i = first; i < first + count; ++i)
        patron_exactsum_add(inertia, (double)kmeans_weight(rows, i) * engine->distance[i]);
    kmeans_delta *delta = sums == NULL ? NULL : &sums->delta[omp_get_thread_num()];
    int64_t moved = settle_block(engine, first, count, fresh, delta);
    if (delta != NULL)
        kmeans_delta_count(&engine->layout, sums, delta, (uint64_t)moved);
    return moved;
}

void kmeans_assign(kmeans_engine *engine, const kmeans_panel *panel, kmeans_sums *sums,
                   kmeans_assignment *assignment)
{
    uint64_t blocks = (engine->rows->count + KMEANS_BLOCK - 1) / KMEANS_BLOCK;
    patron_exactsum total = {0};
    int64_t moved = 0;
#pragma omp parallel num_threads(engine->threads) reduction(+ : moved)
    {
        patron_exactsum mine = {0};
#pragma omp for schedule(static)
        for (uint64_t block = 0; block < blocks; ++block)
            moved += assign_block(engine, panel, block, sums, &mine);
#pragma omp critical(kmeans_assign)
        patron_exactsum_merge(&total, &mine);
    }
    patron_comm_reduce_i64(engine->comm, &moved, 1, PATRON_SUM);
    patron_exactsum_reduce(engine->comm, &total, 1);
    *assignment = (kmeans_assignment){moved, patron_exactsum_round(&total)};
}
