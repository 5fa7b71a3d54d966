/* SPDX-License-Identifier: Apache-2.0 */
/* Lower bounds of distances, and the choice of the hot centroids. */
#include "kmeans/engine.h"

#include "kmeans/bounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_WORK = 1024, /* k x columns from which bounds are worth their memory traffic */
    CHOICES = 24       /* sizes of the hot set that are tried */
};

patron_status kmeans_bounds_create(const patron_kmeans *engine, uint32_t k, kmeans_bounds *bounds)
{
    uint64_t columns = engine->rows->columns;
    double gather_cost = 80.0 / k; /* of a row, as a share of searching it */
    *bounds = (kmeans_bounds){.is_kept = k * columns >= LEAST_WORK,
                              .open_cost = (1.0 + gather_cost) / PATRON_BLOCK,
                              .few_open = (uint64_t)(PATRON_BLOCK / (1.0 + gather_cost))};
    if (!bounds->is_kept)
        return PATRON_OK;
    bounds->lower = patron_allocate_aligned(
        engine->rows->blocks, PATRON_BLOCK * sizeof *bounds->lower, &bounds->lower_memory);
    bounds->centroids = patron_allocate(k, columns * sizeof *bounds->centroids);
    bounds->drifters = patron_allocate(k, sizeof *bounds->drifters);
    bounds->hot_values = patron_allocate(k, columns * sizeof *bounds->hot_values);
    bounds->place = patron_allocate(k, sizeof *bounds->place);
    patron_status status = kmeans_search_filter_create(engine, k, &bounds->hot);
    if (bounds->lower == NULL || bounds->centroids == NULL || bounds->drifters == NULL ||
        bounds->hot_values == NULL || bounds->place == NULL)
        return PATRON_RESOURCE;
    return status;
}

void kmeans_bounds_free(kmeans_bounds *bounds)
{
    free(bounds->lower_memory);
    free(bounds->centroids);
    free(bounds->drifters);
    free(bounds->hot_values);
    free(bounds->place);
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

static void rank_drifts(const patron_kmeans *engine, const kmeans_search *search,
                        kmeans_bounds *bounds)
{
    uint64_t columns = engine->rows->columns;
    uint32_t k = search->filter.k;
    for (uint32_t c = 0; c < k; ++c)
        bounds->drifters[c] =
            (kmeans_drifter){drift_between(bounds->centroids + c * columns,
                                           search->panel.centroids + c * columns, columns),
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

/* What it costs to search the open rows of a block, as a share of searching all: each of few is
 * gathered and measured again, many are searched where they lie. */
static double cost_of_open(const kmeans_bounds *bounds, uint64_t open)
{
    return open <= bounds->few_open ? (double)open * bounds->open_cost : 1.0;
}

/* Adds what a block of the sample would cost, for each choice. */
static void add_costs(const patron_kmeans *engine, const kmeans_search *search,
                      const kmeans_bounds *bounds, uint64_t number, double *costs)
{
    const kmeans_sample *sample = &engine->sample;
    uint64_t first = number * sample->stride * PATRON_BLOCK;
    uint64_t open[CHOICES] = {0};
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    engine->kernels.measure(sample->values + number * engine->rows->columns * PATRON_BLOCK,
                            &search->panel, engine->labels + first, distance);
    for (uint64_t left = sample->lanes[number]; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        double slack = (double)bounds->lower[first + (uint64_t)lane] - sqrt(distance[lane]);
        for (int choice = 0; choice < CHOICES; ++choice) {
            uint32_t hot = size_of_choice(search->filter.k, choice);
            if (slack <= (double)drift_after(bounds, search->filter.k, hot))
                ++open[choice];
        }
    }
    for (int choice = 0; choice < CHOICES; ++choice)
        costs[choice] += cost_of_open(bounds, open[choice]);
}

/* The size of the hot set by which the sample is cheapest; k where that is no gain. */
static uint32_t choose_size(const patron_kmeans *engine, const kmeans_search *search,
                            const kmeans_bounds *bounds)
{
    const double hot_cost = 10.0, worthwhile = 0.95; /* of any hot set, in scores of a centroid */
    uint32_t k = search->filter.k;
    uint64_t blocks = engine->sample.count;
    double costs[CHOICES] = {0.0};
    for (uint64_t i = 0; i < blocks; ++i)
        add_costs(engine, search, bounds, i, costs);
    uint32_t best = k;
    double least = worthwhile;
    for (int choice = 0; blocks > 0 && choice < CHOICES; ++choice) {
        uint32_t hot = size_of_choice(k, choice);
        double scores = hot > 0 ? (double)hot + hot_cost : 1.0;
        double cost = scores / k + costs[choice] / (double)blocks;
        if (cost < least) {
            least = cost;
            best = hot;
        }
    }
    return best;
}

static void take_hot(const patron_kmeans *engine, const kmeans_search *search, uint32_t hot,
                     kmeans_bounds *bounds)
{
    uint64_t columns = engine->rows->columns;
    uint32_t k = search->filter.k;
    for (uint32_t c = 0; c < k; ++c)
        bounds->place[bounds->drifters[c].centroid] = c < hot ? (int32_t)c : -1;
    for (uint32_t c = 0; c < hot; ++c)
        memcpy(bounds->hot_values + c * columns,
               search->panel.centroids + bounds->drifters[c].centroid * columns,
               columns * sizeof *bounds->hot_values);
    kmeans_filter_fill(&bounds->hot, bounds->hot_values, hot, engine->shift);
    bounds->cold_drift = drift_after(bounds, k, hot);
    bounds->is_hot_coarse = kmeans_coarse_pays(engine, hot);
}

void kmeans_bounds_begin(const patron_kmeans *engine, const kmeans_search *search,
                         kmeans_bounds *bounds)
{
    uint32_t k = search->filter.k;
    bounds->is_pruning = false;
    if (!bounds->is_valid)
        return;
    rank_drifts(engine, search, bounds);
    uint32_t hot = choose_size(engine, search, bounds);
    bounds->is_pruning = hot < k;
    if (bounds->is_pruning)
        take_hot(engine, search, hot, bounds);
}

void kmeans_bounds_end(const patron_kmeans *engine, const kmeans_search *search,
                       kmeans_bounds *bounds)
{
    memcpy(bounds->centroids, search->panel.centroids,
           (uint64_t)search->filter.k * engine->rows->columns * sizeof *bounds->centroids);
    bounds->is_valid = true;
}

/* ---- bounds ---- */

void kmeans_bounds_from_scores(const patron_kmeans *engine, const kmeans_filter *filter,
                               const kmeans_view *view, const kmeans_found *found,
                               const int32_t *labels, float *lower)
{
    double both = view->radius + filter->radius;
    double error = found->error + 0x1p-21 * both * both; /* (9) */
    engine->kernels.bound(&found->scores, labels, found->squares, engine->rows->columns, error,
                          lower);
}

uint64_t kmeans_bounds_lower(const patron_kmeans *engine, kmeans_bounds *bounds,
                             const kmeans_view *view, const int32_t *labels, const double *distance,
                             int thread)
{
    float *lower = bounds->lower + view->first;
    _Alignas(PATRON_ALIGNMENT) float limit[PATRON_BLOCK];
    _Alignas(PATRON_ALIGNMENT) int32_t own[PATRON_BLOCK];
    kmeans_found found;
    if (bounds->hot.k == 0)
        return engine->kernels.drift(distance, bounds->cold_drift, NULL, lower);
    (void)kmeans_view_score(engine, &bounds->hot, view, bounds->is_hot_coarse, true, thread,
                            &found);
    if (!(found.error < (double)INFINITY))
        return 0;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        own[lane] = bounds->place[labels[lane]];
    kmeans_bounds_from_scores(engine, &bounds->hot, view, &found, own, limit);
    return engine->kernels.drift(distance, bounds->cold_drift, limit, lower);
}
