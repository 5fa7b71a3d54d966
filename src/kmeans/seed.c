/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways of seeding share: seeds of restarts, rows fetched from their ranks, and weighted
 * draws by exponential races: of independent exponential variables with rates r_i the least is that
 * of i with probability r_i / sum r, so that a draw needs no sum and no order. */
#include "kmeans/engine.h"

#include "patron/elementary.h"
#include "patron/memory.h"
#include "patron/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESTARTS = 0, CANDIDATES = 1 }; /* draws of PATRON_PURPOSE_SEED */

uint64_t kmeans_seed_of_restart(uint64_t seed, uint32_t restart)
{
    return restart == 0 ? seed : patron_random_bits(seed, PATRON_PURPOSE_SEED, restart, RESTARTS);
}

uint64_t kmeans_seed_of_candidates(uint64_t seed)
{
    return patron_random_bits(seed, PATRON_PURPOSE_SEED, 0, CANDIDATES);
}

/* Index of a global row among this rank's, or its count. */
static uint64_t find_row(const patron_kmeans_rows *rows, uint64_t wanted)
{
    uint64_t low = 0, high = rows->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (rows->row[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rows->count && rows->row[low] == wanted ? low : rows->count;
}

patron_status kmeans_fetch_rows(const kmeans_engine *engine, const uint64_t *wanted, uint64_t count,
                                double *values)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t columns = rows->columns;
    int64_t *bits = patron_allocate(count, columns * sizeof *bits);
    patron_status status = bits == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    /* one rank holds each row and the others add zeros to its bits */
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t row = find_row(rows, wanted[i]);
        for (uint64_t j = 0; row < rows->count && j < columns; ++j) {
            double value = (double)kmeans_row(rows, row)[j];
            memcpy(&bits[i * columns + j], &value, sizeof value);
        }
    }
    patron_comm_reduce_i64(engine->comm, bits, count * columns, PATRON_SUM);
    memcpy(values, bits, count * columns * sizeof *values);
cleanup:
    free(bits);
    return status;
}

/* The leaders of `count` races. */
typedef struct podium {
    double time[KMEANS_DRAWS];
    uint64_t row[KMEANS_DRAWS];
} podium;

static void podium_clear(podium *best)
{
    for (int c = 0; c < KMEANS_DRAWS; ++c) {
        best->time[c] = (double)INFINITY;
        best->row[c] = UINT64_MAX;
    }
}

static void podium_merge(podium *best, const podium *other)
{
    for (int c = 0; c < KMEANS_DRAWS; ++c) {
        if (other->time[c] < best->time[c] ||
            (other->time[c] == best->time[c] && other->row[c] < best->row[c])) {
            best->time[c] = other->time[c];
            best->row[c] = other->row[c];
        }
    }
}

/* One row's part in `count` races; rows come in ascending order, so a tie stays with the leader.
 * As -log u >= 1 - u, most rows need no logarithm to lose; the margin covers the roundings. */
static void race_row(uint64_t seed, uint32_t first_draw, uint32_t count, uint64_t row, double rate,
                     podium *best)
{
    const double margin = 1.0 + 0x1p-40;
    for (uint32_t c = 0; c < count; ++c) {
        double unit = patron_random_unit(seed, PATRON_PURPOSE_WEIGHTED_ROW, row, first_draw + c);
        if (1.0 - unit > best->time[c] * rate * margin)
            continue;
        double time = -patron_log(unit) / rate;
        if (time < best->time[c]) {
            best->time[c] = time;
            best->row[c] = row;
        }
    }
}

void kmeans_race(const kmeans_engine *engine, uint64_t seed, uint32_t first_draw, uint32_t count,
                 uint64_t *drawn)
{
    const patron_kmeans_rows *rows = engine->rows;
    podium best;
    podium_clear(&best);
#pragma omp parallel num_threads(engine->threads)
    {
        podium mine;
        podium_clear(&mine);
#pragma omp for schedule(static)
        for (uint64_t i = 0; i < rows->count; ++i) {
            double rate = (double)kmeans_weight(rows, i) * engine->distance[i];
            if (rate > 0.0)
                race_row(seed, first_draw, count, rows->row[i], rate, &mine);
        }
#pragma omp critical(kmeans_race)
        podium_merge(&best, &mine);
    }
    double least[KMEANS_DRAWS];
    memcpy(least, best.time, sizeof least);
    patron_comm_reduce_f64(engine->comm, least, count, PATRON_MIN);
    for (uint32_t c = 0; c < count; ++c)
        drawn[c] = best.time[c] == least[c] ? best.row[c] : UINT64_MAX;
    patron_comm_reduce_u64(engine->comm, drawn, count, PATRON_MIN);
}

uint64_t kmeans_draw_first(kmeans_engine *engine, uint64_t seed)
{
    uint64_t drawn = UINT64_MAX;
    for (uint64_t i = 0; i < engine->rows->count; ++i)
        engine->distance[i] = 1.0;
    kmeans_race(engine, seed, 0, 1, &drawn);
    return drawn;
}

patron_status kmeans_seed(kmeans_engine *engine, const patron_kmeans_options *options,
                          uint64_t seed, double *centroids, uint32_t *found)
{
    *found = 0;
    switch (options->init) {
    case PATRON_KMEANS_RANDOM:
        return kmeans_seed_random(engine, seed, options->k, centroids, found);
    case PATRON_KMEANS_PLUSPLUS:
        return kmeans_seed_plusplus(engine, seed, options->k, centroids, found);
    case PATRON_KMEANS_PARALLEL:
        return kmeans_seed_parallel(engine, seed, options->k, centroids, found);
    case PATRON_KMEANS_GIVEN:
    default:
        memcpy(centroids, options->start,
               (uint64_t)options->k * engine->rows->columns * sizeof *centroids);
        *found = options->k;
        return PATRON_OK;
    }
}
