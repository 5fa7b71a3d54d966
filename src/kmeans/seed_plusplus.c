/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy k-means++: each step draws a few rows by weight times squared distance and keeps the one
 * that lowers the sum most.  Two passes a step: one draws, the other tries.
 * Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007. */
#include "kmeans/keep.h"
#include "kmeans/seed.h"

#include "patron/elementary.h"

#include <stdlib.h>
#include <string.h>

typedef struct seeding {
    patron_kmeans *engine;
    kmeans_panel taken;    /* the centroids so far; the engine's labels are of these */
    int32_t fresh;         /* one of them that rows have not been compared with; -1: none */
    kmeans_race race;      /* of this step */
    double *draws;         /* race.count x columns: the rows drawn */
    kmeans_panel drawn;    /* the same */
    patron_blocksum *sums; /* threads x race.count */
} seeding;

/* Brings a block's labels up to date with the fresh centroid; distance[] is that to the labels. */
static void take_fresh(const seeding *run, const patron_block *block, double *distance)
{
    const patron_kmeans *engine = run->engine;
    int32_t *labels = kmeans_labels_of(engine, block->index);
    _Alignas(PATRON_ALIGNMENT) double other[PATRON_BLOCK];
    engine->kernels.measure(block->values, &run->taken, labels, distance);
    if (run->fresh < 0)
        return;
    kmeans_measure_one(engine, block->values, &run->taken, run->fresh, other);
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        bool is_nearer = other[lane] < distance[lane];
        labels[lane] = is_nearer ? run->fresh : labels[lane];
        distance[lane] = is_nearer ? other[lane] : distance[lane];
    }
}

static void draw_block(void *argument, int thread, const patron_block *block)
{
    const seeding *run = argument;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK], room[PATRON_BLOCK];
    take_fresh(run, block, distance);
    kmeans_race_run(&run->race, thread, block,
                    kmeans_terms(block->lanes, block->weight, distance, room));
}

static void try_block(void *argument, int thread, const patron_block *block)
{
    const seeding *run = argument;
    const patron_kmeans *engine = run->engine;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK], other[PATRON_BLOCK],
        room[PATRON_BLOCK];
    engine->kernels.measure(block->values, &run->taken, kmeans_labels_of(engine, block->index),
                            distance);
    for (uint32_t c = 0; c < run->race.count; ++c) {
        kmeans_measure_one(engine, block->values, &run->drawn, (int32_t)c, other);
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            other[lane] = other[lane] < distance[lane] ? other[lane] : distance[lane];
        patron_blocksum_add(&run->sums[(uint64_t)thread * run->race.count + c],
                            engine->kernels.blocksum,
                            kmeans_terms(block->lanes, block->weight, other, room));
    }
}

/* The draw by which the sum of weight times distance is least. */
static patron_status best_draw(const seeding *run, uint32_t *best)
{
    const patron_kmeans *engine = run->engine;
    uint64_t count = run->race.count, threads = (uint64_t)engine->rows->threads;
    patron_exactsum total[KMEANS_DRAWS];
    memset(total, 0, sizeof total);
    memset(run->sums, 0, threads * count * sizeof *run->sums);
    patron_status status = kmeans_visit(engine, try_block, (void *)(uintptr_t)run);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < threads * count; ++i) {
        patron_blocksum_flush(&run->sums[i]);
        patron_exactsum_merge(&total[i % count], &run->sums[i].sum);
    }
    patron_exactsum_reduce(engine->comm, total, count);
    double least = patron_exactsum_round(&total[0]);
    *best = 0;
    for (uint32_t c = 1; c < count; ++c) {
        double potential = patron_exactsum_round(&total[c]);
        if (potential < least) {
            least = potential;
            *best = c;
        }
    }
    return PATRON_OK;
}

typedef struct labelling {
    const patron_kmeans *engine;
    const kmeans_search *search;
} labelling;

static void label_block(void *argument, int thread, const patron_block *block)
{
    const labelling *run = argument;
    kmeans_view view = kmeans_view_of_block(run->engine, block);
    kmeans_view_nearest(run->engine, run->search, &view, thread,
                        kmeans_labels_of(run->engine, block->index));
}

/* Labels of the centroids that there are; the first one is drawn here where there is none. */
static patron_status begin(patron_kmeans *engine, uint64_t seed, double *centroids, uint32_t *found)
{
    kmeans_search search = {0};
    labelling run = {engine, &search};
    patron_status status = PATRON_OK;
    if (*found == 0) {
        uint64_t row = UINT64_MAX;
        status = kmeans_draw_first(engine, seed, &row);
        if (status == PATRON_OK)
            status = kmeans_fetch_rows(engine, &row, 1, centroids);
        *found = 1;
    }
    memset(engine->labels, 0, engine->rows->blocks * PATRON_BLOCK * sizeof *engine->labels);
    if (status != PATRON_OK || *found == 1)
        return status;
    status = patron_comm_agree(engine->comm, kmeans_search_create(engine, *found, &search));
    if (status == PATRON_OK) {
        kmeans_search_fill(engine, centroids, *found, &search);
        status = kmeans_visit(engine, label_block, &run);
    }
    kmeans_search_free(&search);
    return status;
}

/* One more centroid, if some row of positive weight lies off those that there are. */
static patron_status advance(seeding *run, double *centroids, uint32_t *found)
{
    uint64_t columns = run->engine->rows->columns;
    uint64_t drawn[KMEANS_DRAWS];
    uint32_t best = 0;
    run->race.first = *found * run->race.count;
    kmeans_panel_extend(&run->taken, centroids, *found);
    kmeans_race_begin(run->engine, &run->race);
    patron_status status = kmeans_visit(run->engine, draw_block, run);
    if (status != PATRON_OK)
        return status;
    kmeans_race_end(run->engine, &run->race, drawn);
    if (drawn[0] == UINT64_MAX)
        return PATRON_OK;
    status = kmeans_fetch_rows(run->engine, drawn, run->race.count, run->draws);
    if (status != PATRON_OK)
        return status;
    kmeans_panel_fill(&run->drawn, run->draws, run->race.count);
    status = best_draw(run, &best);
    memcpy(centroids + *found * columns, run->draws + best * columns, columns * sizeof *centroids);
    run->fresh = (int32_t)(*found)++;
    return status;
}

static patron_status create(patron_kmeans *engine, uint64_t seed, uint32_t k, seeding *run)
{
    uint32_t columns = engine->rows->columns, count = 2 + (uint32_t)patron_log((double)k);
    uint64_t threads = (uint64_t)engine->rows->threads;
    *run = (seeding){.engine = engine, .fresh = -1, .race = {.seed = seed, .count = count}};
    run->race.podium = patron_allocate(threads, sizeof *run->race.podium);
    run->draws = patron_allocate(count, columns * sizeof *run->draws);
    run->sums = patron_allocate(threads, count * sizeof *run->sums);
    patron_status status = kmeans_panel_create(&run->taken, k, columns);
    if (status == PATRON_OK)
        status = kmeans_panel_create(&run->drawn, count, columns);
    if (run->race.podium == NULL || run->draws == NULL || run->sums == NULL)
        status = PATRON_RESOURCE;
    return patron_comm_agree(engine->comm, status);
}

/* The centroids of a checkpoint in place of the first *found. */
static patron_status go_on(const patron_kmeans *engine, uint32_t k, double *centroids,
                           uint32_t *found)
{
    double *kept = NULL;
    uint64_t count = 0;
    uint32_t next = 0;
    bool is_kept = false;
    patron_status status =
        kmeans_recall_centroids(engine, KMEANS_KEPT_TAKEN, &next, &count, &kept, &is_kept);
    if (status == PATRON_OK && is_kept && count > k)
        status = patron_checkpoint_fail(KMEANS_KEPT_TAKEN);
    if (status == PATRON_OK && is_kept) {
        memcpy(centroids, kept, count * engine->rows->columns * sizeof *centroids);
        *found = (uint32_t)count;
    }
    free(kept);
    return status;
}

static patron_status keep(const patron_kmeans *engine, const double *centroids, uint32_t found)
{
    if (!patron_checkpoint_is_due(engine->checkpoint))
        return PATRON_OK;
    return patron_checkpoint_save(
        engine->checkpoint,
        kmeans_keep_centroids(engine, KMEANS_KEPT_TAKEN, found, found, centroids));
}

patron_status kmeans_seed_plusplus(patron_kmeans *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found)
{
    seeding run;
    patron_status status = create(engine, seed, k, &run);
    if (status == PATRON_OK)
        status = go_on(engine, k, centroids, found);
    if (status == PATRON_OK)
        status = begin(engine, seed, centroids, found);
    uint32_t before = 0;
    while (status == PATRON_OK && *found<k && * found> before) {
        before = *found;
        status = advance(&run, centroids, found);
        if (status == PATRON_OK)
            status = keep(engine, centroids, *found);
    }
    free(run.race.podium);
    free(run.draws);
    free(run.sums);
    kmeans_panel_free(&run.taken);
    kmeans_panel_free(&run.drawn);
    return status;
}
