/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy k-means++: each step draws a few rows by weight times squared distance and keeps the one
 * that lowers the sum most.
 * Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007. */
#include "kmeans/engine.h"

#include "patron/elementary.h"
#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* One step's draws: their rows and, packed, their values. */
typedef struct step {
    uint32_t count;
    double *values; /* count x columns */
    kmeans_panel panel;
    double *distance; /* threads x KMEANS_BLOCK x lanes of the panel */
} step;

static uint64_t block_rows(const patron_kmeans_rows *rows, uint64_t first)
{
    return rows->count - first < KMEANS_BLOCK ? rows->count - first : KMEANS_BLOCK;
}

/* Distances of a block's rows to the step's draws, in the calling thread's buffer. */
static const double *evaluate_block(const kmeans_engine *engine, const step *draws, uint64_t first,
                                    uint64_t *width)
{
    *width = (uint64_t)draws->panel.groups * KMEANS_LANES;
    double *distance =
        draws->distance + (uint64_t)omp_get_thread_num() * KMEANS_BLOCK * KMEANS_DRAWS;
    engine->kernels.distances(&draws->panel, kmeans_row(engine->rows, first),
                              block_rows(engine->rows, first), kmeans_engine_scratch(engine)->strip,
                              distance);
    return distance;
}

static void add_block(const kmeans_engine *engine, const step *draws, uint64_t first,
                      patron_exactsum *sums)
{
    uint64_t width = 0, count = block_rows(engine->rows, first);
    const double *distance = evaluate_block(engine, draws, first, &width);
    for (uint64_t i = 0; i < count; ++i) {
        double weight = (double)kmeans_weight(engine->rows, first + i);
        double old = engine->distance[first + i];
        for (uint32_t c = 0; c < draws->count; ++c) {
            double fresh = distance[i * width + c];
            patron_exactsum_add(&sums[c], weight * (fresh < old ? fresh : old));
        }
    }
}

/* For each draw the sum of weight times distance, were it taken; returns the draw of the least. */
static uint32_t best_draw(const kmeans_engine *engine, const step *draws)
{
    patron_exactsum total[KMEANS_DRAWS];
    memset(total, 0, sizeof total);
#pragma omp parallel num_threads(engine->threads)
    {
        patron_exactsum mine[KMEANS_DRAWS];
        memset(mine, 0, sizeof mine);
#pragma omp for schedule(static)
        for (uint64_t first = 0; first < engine->rows->count; first += KMEANS_BLOCK)
            add_block(engine, draws, first, mine);
#pragma omp critical(kmeans_potential)
        for (uint32_t c = 0; c < draws->count; ++c)
            patron_exactsum_merge(&total[c], &mine[c]);
    }
    patron_exactsum_reduce(engine->comm, total, draws->count);
    double least = patron_exactsum_round(&total[0]);
    uint32_t best = 0;
    for (uint32_t c = 1; c < draws->count; ++c) {
        double potential = patron_exactsum_round(&total[c]);
        if (potential < least) {
            least = potential;
            best = c;
        }
    }
    return best;
}

static void take_draw(kmeans_engine *engine, const step *draws, uint32_t taken)
{
#pragma omp parallel for num_threads(engine->threads) schedule(static)
    for (uint64_t first = 0; first < engine->rows->count; first += KMEANS_BLOCK) {
        uint64_t width = 0, count = block_rows(engine->rows, first);
        const double *distance = evaluate_block(engine, draws, first, &width);
        for (uint64_t i = 0; i < count; ++i)
            if (distance[i * width + taken] < engine->distance[first + i])
                engine->distance[first + i] = distance[i * width + taken];
    }
}

/* Distances to the centroids that there are; the first one is drawn here where there is none. */
static patron_status begin(kmeans_engine *engine, uint64_t seed, double *centroids, uint32_t *found)
{
    kmeans_search search = {0};
    kmeans_assignment assignment;
    patron_status status = PATRON_OK;
    if (*found == 0) {
        uint64_t row = kmeans_draw_first(engine, seed);
        status = kmeans_fetch_rows(engine, &row, 1, centroids);
        *found = 1;
    }
    if (status != PATRON_OK)
        return status;
    status = kmeans_search_create(&search, *found, engine->rows->columns);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK) {
        kmeans_search_fill(&search, &engine->pack, centroids, *found);
        kmeans_assign(engine, &search, NULL, NULL, &assignment);
    }
    kmeans_search_free(&search);
    return status;
}

/* One more centroid, if some row of positive weight lies off those that there are. */
static patron_status advance(kmeans_engine *engine, uint64_t seed, step *draws, double *centroids,
                             uint32_t *found)
{
    uint64_t columns = engine->rows->columns;
    uint64_t drawn[KMEANS_DRAWS];
    kmeans_race(engine, seed, *found * draws->count, draws->count, drawn);
    if (drawn[0] == UINT64_MAX)
        return PATRON_OK;
    patron_status status = kmeans_fetch_rows(engine, drawn, draws->count, draws->values);
    if (status != PATRON_OK)
        return status;
    kmeans_panel_fill(&draws->panel, draws->values, draws->count);
    uint32_t best = best_draw(engine, draws);
    take_draw(engine, draws, best);
    memcpy(centroids + *found * columns, draws->values + best * columns,
           columns * sizeof *centroids);
    ++*found;
    return PATRON_OK;
}

patron_status kmeans_seed_plusplus(kmeans_engine *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found)
{
    uint32_t columns = engine->rows->columns;
    step draws = {.count = 2 + (uint32_t)patron_log((double)k)};
    draws.values = patron_allocate(draws.count, columns * sizeof *draws.values);
    draws.distance = patron_allocate((uint64_t)engine->threads * KMEANS_BLOCK,
                                     KMEANS_DRAWS * sizeof *draws.distance);
    patron_status status = kmeans_panel_create(&draws.panel, draws.count, columns);
    if (draws.values == NULL || draws.distance == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = begin(engine, seed, centroids, found);
    uint32_t before = 0;
    while (status == PATRON_OK && *found<k && * found> before) {
        before = *found;
        status = advance(engine, seed, &draws, centroids, found);
    }
    free(draws.values);
    free(draws.distance);
    kmeans_panel_free(&draws.panel);
    return status;
}
