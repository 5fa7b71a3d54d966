/* SPDX-License-Identifier: Apache-2.0 */
/* Lower bounds of distances, and the choice of the hot centroids. */
#include "kmeans/bounds.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_WORK = 1024, /* k x columns from which bounds are worth their memory traffic */
    SAMPLE_BLOCKS = 48,
    CHOICES = 24 /* sizes of the hot set that are tried */
};

patron_status kmeans_bounds_create(const kmeans_engine *engine, uint32_t k, kmeans_bounds *bounds)
{
    uint64_t columns = engine->pack.columns;
    *bounds = (kmeans_bounds){.is_worthwhile = k * columns >= LEAST_WORK};
    if (!bounds->is_worthwhile)
        return PATRON_OK;
    bounds->lower = patron_allocate(engine->pack.blocks, KMEANS_BLOCK * sizeof *bounds->lower);
    bounds->centroids = patron_allocate(k, columns * sizeof *bounds->centroids);
    bounds->drifters = patron_allocate(k, sizeof *bounds->drifters);
    bounds->hot_values = patron_allocate(k, columns * sizeof *bounds->hot_values);
    bounds->place = patron_allocate(k, sizeof *bounds->place);
    bounds->batch = patron_allocate((uint64_t)engine->threads, sizeof *bounds->batch);
    patron_status status = kmeans_filter_create(&bounds->hot, k, engine->pack.columns);
    if (bounds->lower == NULL || bounds->centroids == NULL || bounds->drifters == NULL ||
        bounds->hot_values == NULL || bounds->place == NULL || bounds->batch == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; t < engine->threads; ++t) {
        kmeans_batch *batch = &bounds->batch[t];
        batch->values =
            kmeans_allocate_aligned(columns, KMEANS_BLOCK * sizeof *batch->values, &batch->memory);
        if (batch->values == NULL)
            status = PATRON_RESOURCE;
    }
    return status;
}

void kmeans_bounds_free(const kmeans_engine *engine, kmeans_bounds *bounds)
{
    for (int t = 0; bounds->batch != NULL && t < engine->threads; ++t)
        free(bounds->batch[t].memory);
    free(bounds->lower);
    free(bounds->centroids);
    free(bounds->drifters);
    free(bounds->hot_values);
    free(bounds->place);
    free(bounds->batch);
    kmeans_filter_free(&bounds->hot);
    *bounds = (kmeans_bounds){0};
}

/* ---- drift ---- */

static int compare_drifters(const void *a, const void *b)
{
    const kmeans_drifter *left = a, *right = b;
    if (left->drift != right->drift)
        return left->drift > right->drift ? -1 : 1;
    return left->centroid < right->centroid ? -1 : 1;
}

/* At least the distance between two centroids. */
static float drift_between(const double *from, const double *to, uint64_t columns)
{
    double sum = 0.0;
    if (memcmp(from, to, columns * sizeof *from) == 0)
        return 0.0F;
    for (uint64_t j = 0; j < columns; ++j)
        sum += (to[j] - from[j]) * (to[j] - from[j]);
    return (float)(sqrt(sum) * (1.0 + 0x1p-20)) + 0x1p-100F;
}

static void rank_drifts(const kmeans_engine *engine, const kmeans_search *search,
                        kmeans_bounds *bounds)
{
    uint64_t columns = engine->pack.columns;
    uint32_t k = search->filter.k;
    for (uint32_t c = 0; c < k; ++c)
        bounds->drifters[c] =
            (kmeans_drifter){drift_between(bounds->centroids + c * columns,
                                           search->centroids + c * columns, columns),
                             c};
    qsort(bounds->drifters, k, sizeof *bounds->drifters, compare_drifters);
}

/* ---- the hot set ---- */

/* Drift of the cold centroids when the `hot` first are hot. */
static float drift_after(const kmeans_bounds *bounds, uint32_t k, uint32_t hot)
{
    return hot < k ? bounds->drifters[hot].drift : 0.0F;
}

/* Of hot sets: from none to nearly half of all, more closely spaced where they are small. */
static uint32_t size_of_choice(uint32_t k, int choice)
{
    const uint64_t tried = CHOICES, number = (uint64_t)choice;
    return (uint32_t)(k * number * number / (2 * tried * tried));
}

/* How many rows of a block would be searched in full, for each choice. */
static void count_open(const kmeans_engine *engine, const kmeans_search *search,
                       const kmeans_bounds *bounds, uint64_t block, uint64_t *open)
{
    uint64_t count = kmeans_pack_rows(&engine->pack, block);
    int32_t labels[KMEANS_BLOCK] = {0};
    double distance[KMEANS_BLOCK];
    memcpy(labels, engine->labels + block * KMEANS_BLOCK, count * sizeof *labels);
    engine->kernels.measure(kmeans_pack_block(&engine->pack, block), &search->panel,
                            search->centroids, labels, distance);
    for (uint64_t i = 0; i < count; ++i) {
        double slack = (double)bounds->lower[block * KMEANS_BLOCK + i] - sqrt(distance[i]);
        for (int choice = 0; choice < CHOICES; ++choice) {
            uint32_t hot = size_of_choice(search->filter.k, choice);
            if (slack <= (double)drift_after(bounds, search->filter.k, hot))
                ++open[choice];
        }
    }
}

/* The size of the hot set by which a sample is cheapest; k where that is no gain. */
static uint32_t choose_size(const kmeans_engine *engine, const kmeans_search *search,
                            const kmeans_bounds *bounds)
{
    const double full_cost = 1.3, overhead = 0.05, worthwhile = 0.8;
    uint32_t k = search->filter.k;
    uint64_t blocks = engine->pack.blocks;
    uint64_t taken = blocks < SAMPLE_BLOCKS ? blocks : SAMPLE_BLOCKS;
    uint64_t open[CHOICES] = {0};
    uint64_t rows = 0;
    for (uint64_t i = 0; i < taken; ++i) {
        uint64_t block = i * (blocks / taken);
        rows += kmeans_pack_rows(&engine->pack, block);
        count_open(engine, search, bounds, block, open);
    }
    uint32_t best = k;
    double least = worthwhile;
    for (int choice = 0; rows > 0 && choice < CHOICES; ++choice) {
        uint32_t hot = size_of_choice(k, choice);
        double cost = overhead + (double)hot / k + full_cost * (double)open[choice] / (double)rows;
        if (cost < least) {
            least = cost;
            best = hot;
        }
    }
    return best;
}

static void take_hot(const kmeans_engine *engine, const kmeans_search *search, uint32_t hot,
                     kmeans_bounds *bounds)
{
    uint64_t columns = engine->pack.columns;
    uint32_t k = search->filter.k;
    for (uint32_t c = 0; c < k; ++c)
        bounds->place[bounds->drifters[c].centroid] = c < hot ? (int32_t)c : -1;
    for (uint32_t c = 0; c < hot; ++c)
        memcpy(bounds->hot_values + c * columns,
               search->centroids + bounds->drifters[c].centroid * columns,
               columns * sizeof *bounds->hot_values);
    kmeans_filter_fill(&bounds->hot, bounds->hot_values, hot, engine->pack.shift);
    bounds->cold_drift = drift_after(bounds, k, hot);
}

void kmeans_bounds_begin(const kmeans_engine *engine, const kmeans_search *search,
                         kmeans_bounds *bounds)
{
    uint32_t k = search->filter.k;
    bounds->is_pruning = false;
    if (!bounds->is_worthwhile || !bounds->is_valid)
        return;
    rank_drifts(engine, search, bounds);
    uint32_t hot = choose_size(engine, search, bounds);
    bounds->is_pruning = hot < k;
    if (bounds->is_pruning)
        take_hot(engine, search, hot, bounds);
}

void kmeans_bounds_end(const kmeans_engine *engine, const kmeans_search *search,
                       kmeans_bounds *bounds)
{
    if (!bounds->is_worthwhile)
        return;
    memcpy(bounds->centroids, search->centroids,
           (uint64_t)search->filter.k * engine->pack.columns * sizeof *bounds->centroids);
    bounds->is_valid = true;
}

/* ---- bounds ---- */

/* At least the error of a squared distance's half made of a score and a norm, in float64 (9). */
static double error_of(const kmeans_filter *filter, double radius)
{
    double both = radius + filter->radius;
    return kmeans_filter_error(filter, radius) + 0x1p-40 * both * both;
}

void kmeans_bounds_set(const kmeans_engine *engine, const kmeans_search *search,
                       const kmeans_scores *scores, const int32_t *labels, const float *norm,
                       double radius, float *lower)
{
    if (scores == NULL)
        memset(lower, 0, KMEANS_BLOCK * sizeof *lower);
    else
        engine->kernels.bound(scores, labels, norm, error_of(&search->filter, radius), lower);
}

uint64_t kmeans_bounds_lower(const kmeans_engine *engine, kmeans_bounds *bounds, uint64_t block,
                             const int32_t *labels, const double *distance)
{
    const kmeans_pack *pack = &engine->pack;
    const kmeans_kernel_set *kernels = &engine->kernels;
    float *lower = bounds->lower + block * KMEANS_BLOCK;
    float limit[KMEANS_BLOCK];
    kmeans_view view = kmeans_view_of_block(pack, block);
    if (bounds->hot.k == 0)
        return kernels->drift(distance, bounds->cold_drift, NULL, lower);
    double error = error_of(&bounds->hot, view.radius);
    if (!(error < (double)INFINITY))
        return 0;
    kmeans_scores scores;
    int32_t own[KMEANS_BLOCK];
    (void)kmeans_view_score(&bounds->hot, kernels, pack, view, 0.0F, &scores,
                            kmeans_engine_scratch(engine));
    for (int lane = 0; lane < KMEANS_BLOCK; ++lane)
        own[lane] = bounds->place[labels[lane]];
    kernels->bound(&scores, own, pack->norm + block * KMEANS_BLOCK, error, limit);
    return kernels->drift(distance, bounds->cold_drift, limit, lower);
}
