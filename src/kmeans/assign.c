/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows: nearest centroids, inertia, and who moved. */
#include "kmeans/bounds.h"

#include <omp.h>
#include <string.h>

void kmeans_block_nearest(const kmeans_engine *engine, const kmeans_search *search, uint64_t block,
                          int32_t *labels, double *distance)
{
    kmeans_scores scores;
    kmeans_view view = kmeans_view_of_block(&engine->pack, block);
    kmeans_fetch_ahead(&engine->pack, block + 1);
    (void)kmeans_view_search(search, &engine->kernels, &engine->pack, view,
                             kmeans_engine_scratch(engine), &scores, labels);
    engine->kernels.measure(view.values, &search->panel, search->centroids, labels, distance);
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

void kmeans_pass_move(const kmeans_pass *pass, uint64_t row, int32_t label)
{
    kmeans_engine *engine = pass->engine;
    double *term = kmeans_engine_scratch(engine)->term;
    int32_t from = engine->labels[row];
    engine->labels[row] = label;
    if (pass->sums == NULL || !(kmeans_weight(engine->rows, row) > 0.0F))
        return;
    kmeans_row_terms(engine, row, term);
    kmeans_delta_move(&engine->layout, &engine->kernels, &pass->sums->delta[omp_get_thread_num()],
                      term, from, label);
}

/* Whether bounds are kept in this pass. */
static bool keeps_bounds(const kmeans_pass *pass)
{
    return pass->bounds != NULL && pass->bounds->is_worthwhile;
}

static int64_t assign_block(const kmeans_pass *pass, uint64_t block, kmeans_total *inertia)
{
    kmeans_engine *engine = pass->engine;
    const kmeans_search *search = pass->search;
    kmeans_view view = kmeans_view_of_block(&engine->pack, block);
    int32_t fresh[KMEANS_BLOCK];
    double distance[KMEANS_BLOCK], terms[KMEANS_BLOCK];
    kmeans_scores scores;
    kmeans_fetch_ahead(&engine->pack, block + 1);
    bool has_scores = kmeans_view_search(search, &engine->kernels, &engine->pack, view,
                                         kmeans_engine_scratch(engine), &scores, fresh);
    engine->kernels.measure(view.values, &search->panel, search->centroids, fresh, distance);
    if (keeps_bounds(pass))
        kmeans_bounds_set(engine, search, has_scores ? &scores : NULL, fresh,
                          engine->pack.norm + block * KMEANS_BLOCK, view.radius,
                          pass->bounds->lower + block * KMEANS_BLOCK);
    kmeans_block_terms(engine, block, distance, terms);
    kmeans_total_add(inertia, &engine->kernels, terms);
    if (pass->sums == NULL)
        memcpy(engine->distance + block * KMEANS_BLOCK, distance,
               kmeans_pack_rows(&engine->pack, block) * sizeof *distance);
    uint64_t moved = find_moved(engine, block, fresh);
    for (uint64_t left = moved; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        kmeans_pass_move(pass, block * KMEANS_BLOCK + (uint64_t)lane, fresh[lane]);
    }
    return __builtin_popcountll(moved);
}

/* One thread's share of the pass; returns how many rows moved. */
static int64_t assign_share(const kmeans_pass *pass, kmeans_total *inertia)
{
    bool is_pruning = keeps_bounds(pass) && pass->bounds->is_pruning;
    kmeans_sums *sums = pass->sums;
    int64_t all = 0;
#pragma omp for schedule(static)
    for (uint64_t block = 0; block < pass->engine->pack.blocks; ++block) {
        int64_t moved = is_pruning ? kmeans_pruned_block(pass, block, inertia)
                                   : assign_block(pass, block, inertia);
        if (sums != NULL)
            kmeans_delta_count(&pass->engine->layout, sums, &sums->delta[omp_get_thread_num()],
                               (uint64_t)moved);
        all += moved;
    }
    if (is_pruning)
        all += kmeans_pruned_rest(pass, inertia);
    kmeans_total_flush(inertia);
    return all;
}

void kmeans_assign(kmeans_engine *engine, const kmeans_search *search, kmeans_bounds *bounds,
                   kmeans_sums *sums, kmeans_assignment *assignment)
{
    const kmeans_pass pass = {engine, search, bounds, sums};
    patron_exactsum total = {0};
    int64_t moved = 0;
    if (bounds != NULL)
        kmeans_bounds_begin(engine, search, bounds);
#pragma omp parallel num_threads(engine->threads) reduction(+ : moved)
    {
        kmeans_total mine = {0};
        moved += assign_share(&pass, &mine);
#pragma omp critical(kmeans_assign)
        patron_exactsum_merge(&total, &mine.sum);
    }
    if (bounds != NULL)
        kmeans_bounds_end(engine, search, bounds);
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
