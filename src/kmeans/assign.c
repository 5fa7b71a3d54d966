/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows: nearest centroids, inertia, and who moved. */
#include "kmeans/engine.h"
#include "kmeans/total.h"

#include <omp.h>
#include <string.h>

void kmeans_block_nearest(const kmeans_engine *engine, const kmeans_search *search, uint64_t block,
                          int32_t *labels, double *distance)
{
    kmeans_search_block(search, &engine->kernels, &engine->pack, block,
                        kmeans_engine_scratch(engine), labels);
    engine->kernels.measure(kmeans_pack_block(&engine->pack, block), &search->panel,
                            search->centroids, labels, distance);
}

void kmeans_block_terms(const kmeans_engine *engine, uint64_t block, const double *distance,
                        double *terms)
{
    uint64_t count = kmeans_pack_rows(&engine->pack, block);
    const float *weight = engine->rows->weight;
    memcpy(terms, distance, count * sizeof *terms);
    memset(terms + count, 0, (KMEANS_BLOCK - count) * sizeof *terms);
    for (uint64_t i = 0; weight != NULL && i < count; ++i)
        terms[i] = (double)weight[block * KMEANS_BLOCK + i] * distance[i];
}

void kmeans_row_terms(const kmeans_engine *engine, uint64_t row, double *term)
{
    uint64_t columns = engine->pack.columns;
    double weight = (double)kmeans_weight(engine->rows, row);
    const float *lane = kmeans_pack_block(&engine->pack, row / KMEANS_BLOCK) + row % KMEANS_BLOCK;
    for (uint64_t j = 0; j < columns; ++j)
        term[j] = weight * (double)lane[j * KMEANS_BLOCK];
    term[columns] = weight;
}

/* One bit a row of the block whose label is not the fresh one. */
static uint64_t find_moved(const kmeans_engine *engine, uint64_t block, const int32_t *fresh)
{
    enum { AT_ONCE = 8 };
    uint64_t count = kmeans_pack_rows(&engine->pack, block);
    const int32_t *labels = engine->labels + block * KMEANS_BLOCK;
    uint64_t moved = 0;
    uint64_t first = 0;
    for (; first + AT_ONCE <= count; first += AT_ONCE) {
        if (memcmp(labels + first, fresh + first, AT_ONCE * sizeof *labels) == 0)
            continue;
        for (uint64_t i = first; i < first + AT_ONCE; ++i)
            moved |= (uint64_t)(labels[i] != fresh[i] ? 1 : 0) << i;
    }
    for (; first < count; ++first)
        moved |= (uint64_t)(labels[first] != fresh[first] ? 1 : 0) << first;
    return moved;
}

/* Gives the rows whose bits are set their labels; with a delta they are recorded there. */
static void move_rows(kmeans_engine *engine, uint64_t block, uint64_t moved, const int32_t *fresh,
                      kmeans_delta *delta)
{
    double *term = kmeans_engine_scratch(engine)->term;
    for (; moved != 0; moved &= moved - 1) {
        int lane = __builtin_ctzll(moved);
        uint64_t row = block * KMEANS_BLOCK + (uint64_t)lane;
        int32_t from = engine->labels[row];
        engine->labels[row] = fresh[lane];
        if (delta == NULL || !(kmeans_weight(engine->rows, row) > 0.0F))
            continue;
        kmeans_row_terms(engine, row, term);
        kmeans_delta_move(&engine->layout, &engine->kernels, delta, term, from, fresh[lane]);
    }
}

static int64_t assign_block(kmeans_engine *engine, const kmeans_search *search, uint64_t block,
                            kmeans_sums *sums, kmeans_total *inertia)
{
    int32_t fresh[KMEANS_BLOCK];
    double distance[KMEANS_BLOCK], terms[KMEANS_BLOCK];
    kmeans_block_nearest(engine, search, block, fresh, distance);
    kmeans_block_terms(engine, block, distance, terms);
    kmeans_total_add(inertia, &engine->kernels, terms);
    uint64_t moved = find_moved(engine, block, fresh);
    kmeans_delta *delta = sums == NULL ? NULL : &sums->delta[omp_get_thread_num()];
    move_rows(engine, block, moved, fresh, delta);
    if (delta != NULL)
        kmeans_delta_count(&engine->layout, sums, delta, (uint64_t)__builtin_popcountll(moved));
    else
        memcpy(engine->distance + block * KMEANS_BLOCK, distance,
               kmeans_pack_rows(&engine->pack, block) * sizeof *distance);
    return __builtin_popcountll(moved);
}

void kmeans_assign(kmeans_engine *engine, const kmeans_search *search, kmeans_sums *sums,
                   kmeans_assignment *assignment)
{
    patron_exactsum total = {0};
    int64_t moved = 0;
#pragma omp parallel num_threads(engine->threads) reduction(+ : moved)
    {
        kmeans_total mine = {0};
#pragma omp for schedule(static)
        for (uint64_t block = 0; block < engine->pack.blocks; ++block)
            moved += assign_block(engine, search, block, sums, &mine);
        kmeans_total_flush(&mine);
#pragma omp critical(kmeans_assign)
        patron_exactsum_merge(&total, &mine.sum);
    }
    patron_comm_reduce_i64(engine->comm, &moved, 1, PATRON_SUM);
    patron_exactsum_reduce(engine->comm, &total, 1);
    *assignment = (kmeans_assignment){moved, patron_exactsum_round(&total)};
}

void kmeans_measure(kmeans_engine *engine, const kmeans_search *search)
{
#pragma omp parallel for num_threads(engine->threads) schedule(static)
    for (uint64_t block = 0; block < engine->pack.blocks; ++block) {
        int32_t labels[KMEANS_BLOCK] = {0};
        double distance[KMEANS_BLOCK];
        uint64_t count = kmeans_pack_rows(&engine->pack, block);
        memcpy(labels, engine->labels + block * KMEANS_BLOCK, count * sizeof *labels);
        engine->kernels.measure(kmeans_pack_block(&engine->pack, block), &search->panel,
                                search->centroids, labels, distance);
        memcpy(engine->distance + block * KMEANS_BLOCK, distance, count * sizeof *distance);
    }
}
