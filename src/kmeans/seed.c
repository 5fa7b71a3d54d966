/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways of seeding share. */
#include "kmeans/seed.h"

#include "patron/elementary.h"
#include "patron/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESTARTS = 0, CELLS = 1, REFINEMENTS = 2 }; /* draws of PATRON_PURPOSE_SEED */

uint64_t kmeans_seed_of_restart(uint64_t seed, uint32_t restart)
{
    return restart == 0 ? seed : patron_random_bits(seed, PATRON_PURPOSE_SEED, restart, RESTARTS);
}

uint64_t kmeans_seed_of_cells(uint64_t seed, uint32_t start)
{
    return patron_random_bits(seed, PATRON_PURPOSE_SEED, start, CELLS);
}

uint64_t kmeans_seed_of_refinement(uint64_t seed, uint32_t round)
{
    return patron_random_bits(seed, PATRON_PURPOSE_SEED, round, REFINEMENTS);
}

/* ---- races ---- */

static void podium_clear(kmeans_podium *best)
{
    for (int c = 0; c < KMEANS_DRAWS; ++c) {
        best->time[c] = (double)INFINITY;
        best->row[c] = UINT64_MAX;
    }
}

static void podium_merge(kmeans_podium *best, const kmeans_podium *other)
{
    for (int c = 0; c < KMEANS_DRAWS; ++c) {
        if (other->time[c] < best->time[c] ||
            (other->time[c] == best->time[c] && other->row[c] < best->row[c])) {
            best->time[c] = other->time[c];
            best->row[c] = other->row[c];
        }
    }
}

void kmeans_race_begin(const patron_kmeans *engine, kmeans_race *race)
{
    for (int t = 0; t < engine->rows->threads; ++t)
        podium_clear(&race->podium[t]);
}

/* One row's part; a thread's rows come in ascending order, so a tie stays with the leader.  As
 * -log u >= 1 - u, most rows need no logarithm to lose; the margin covers the roundings. */
static void run_row(const kmeans_race *race, uint64_t row, double rate, kmeans_podium *best)
{
    const double margin = 1.0 + 0x1p-40;
    for (uint32_t c = 0; c < race->count; ++c) {
        double unit =
            patron_random_unit(race->seed, PATRON_PURPOSE_WEIGHTED_ROW, row, race->first + c);
        if (1.0 - unit > best->time[c] * rate * margin)
            continue;
        double time = -patron_log(unit) / rate;
        if (time < best->time[c]) {
            best->time[c] = time;
            best->row[c] = row;
        }
    }
}

void kmeans_race_run(const kmeans_race *race, int thread, const patron_block *block,
                     const double *terms)
{
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        if (terms[lane] > 0.0)
            run_row(race, block->row + (uint64_t)lane, terms[lane], &race->podium[thread]);
    }
}

void kmeans_race_end(const patron_kmeans *engine, const kmeans_race *race, uint64_t *drawn)
{
    kmeans_podium *best = &race->podium[0];
    for (int t = 1; t < engine->rows->threads; ++t)
        podium_merge(best, &race->podium[t]);
    double least[KMEANS_DRAWS];
    memcpy(least, best->time, sizeof least);
    patron_comm_reduce_f64(engine->comm, least, race->count, PATRON_MIN);
    for (uint32_t c = 0; c < race->count; ++c)
        drawn[c] = best->time[c] == least[c] ? best->row[c] : UINT64_MAX;
    patron_comm_reduce_u64(engine->comm, drawn, race->count, PATRON_MIN);
}

static void run_by_weight(void *argument, int thread, const patron_block *block)
{
    _Alignas(PATRON_ALIGNMENT) double ones[PATRON_BLOCK], room[PATRON_BLOCK];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        ones[lane] = 1.0;
    kmeans_race_run(argument, thread, block, kmeans_terms(block->lanes, block->weight, ones, room));
}

patron_status kmeans_draw_first(patron_kmeans *engine, uint64_t seed, uint64_t *drawn)
{
    kmeans_race race = {.seed = seed, .count = 1};
    race.podium = patron_allocate((uint64_t)engine->rows->threads, sizeof *race.podium);
    patron_status status =
        patron_comm_agree(engine->comm, race.podium == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        kmeans_race_begin(engine, &race);
        status = kmeans_visit(engine, run_by_weight, &race);
    }
    if (status == PATRON_OK)
        kmeans_race_end(engine, &race, drawn);
    free(race.podium);
    return status;
}

void kmeans_measure_one(const patron_kmeans *engine, const float *values, const kmeans_panel *panel,
                        int32_t centroid, double *distance)
{
    _Alignas(PATRON_ALIGNMENT) int32_t labels[PATRON_BLOCK];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        labels[lane] = centroid;
    engine->kernels.measure(values, panel, labels, distance);
}

/* ---- all ways ---- */

patron_status kmeans_seed(patron_kmeans *engine, const patron_kmeans_options *options,
                          uint64_t seed, double *centroids, uint32_t *found)
{
    *found = 0;
    switch (options->init) {
    case PATRON_KMEANS_RANDOM:
        return kmeans_seed_random(engine, seed, options->k, centroids, found);
    case PATRON_KMEANS_PLUSPLUS:
        return kmeans_seed_plusplus(engine, seed, options->k, centroids, found);
    case PATRON_KMEANS_PARALLEL:
        return kmeans_seed_parallel(engine, options, seed, centroids, found);
    case PATRON_KMEANS_GIVEN:
    default:
        memcpy(centroids, options->start,
               (uint64_t)options->k * engine->rows->columns * sizeof *centroids);
        *found = options->k;
        return PATRON_OK;
    }
}
