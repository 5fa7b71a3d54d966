/* SPDX-License-Identifier: Apache-2.0 */
/* k-means||: a few rounds that each draw about 2k rows by weight times squared distance, every row
 * for itself; these candidates, weighted by the rows nearest to them, are then clustered by
 * k-means++ and a few of Lloyd's iterations, on every rank alike.
 * Bahmani et al., "Scalable k-means++", VLDB 2012. */
#include "kmeans/engine.h"
#include "kmeans/total.h"

#include "patron/memory.h"
#include "patron/random.h"

#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, OVERSAMPLING = 2, CANDIDATE_ITERATIONS = 10 };

/* Rows drawn so far, the same on every rank. */
typedef struct candidates {
    uint64_t count;
    float *values;
    float *weight;
    uint64_t *row; /* their own numbers, 0 to count - 1 */
} candidates;

/* Marks the rows that this round draws: with probability min(1, rate * weight * distance / sum). */
static void mark_rows(const kmeans_engine *engine, uint64_t seed, uint32_t round, double rate,
                      double sum, uint8_t *marked)
{
    const patron_kmeans_rows *rows = engine->rows;
#pragma omp parallel for num_threads(engine->threads) schedule(static)
    for (uint64_t i = 0; i < rows->count; ++i) {
        double unit = patron_random_unit(seed, PATRON_PURPOSE_SAMPLE_ROW, rows->row[i], round);
        double term = (double)kmeans_weight(rows, i) * engine->distance[i];
        marked[i] = unit * sum < rate * term ? 1 : 0;
    }
}

/* This rank's marked rows, one after the other; the caller frees them. */
static float *pick_marked(const patron_kmeans_rows *rows, const uint8_t *marked, uint64_t *count)
{
    uint64_t columns = rows->columns;
    *count = 0;
    for (uint64_t i = 0; i < rows->count; ++i)
        *count += marked[i];
    float *picked = patron_allocate(*count, columns * sizeof *picked);
    uint64_t at = 0;
    for (uint64_t i = 0; picked != NULL && i < rows->count; ++i)
        if (marked[i])
            memcpy(picked + at++ * columns, kmeans_row(rows, i), columns * sizeof *picked);
    return picked;
}

/* Appends all ranks' picked rows, in the order of global rows. */
static patron_status append(const kmeans_engine *engine, const float *picked, uint64_t count,
                            candidates *drawn)
{
    uint64_t bytes = engine->rows->columns * sizeof(float);
    uint64_t ranks = (uint64_t)engine->comm->size;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    patron_status status = bytes_of == NULL || picked == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_u64(engine->comm, count * bytes, bytes_of);
    uint64_t total = drawn->count;
    for (uint64_t r = 0; r < ranks; ++r)
        total += bytes_of[r] / bytes;
    if (total > INT32_MAX) {
        status = patron_fail(PATRON_RESOURCE,
                             "k-means|| drew %" PRIu64 " candidates, expected at most %d: k is too "
                             "large for it",
                             total, INT32_MAX);
        goto cleanup;
    }
    float *grown = patron_reallocate(drawn->values, total, bytes);
    if (grown != NULL)
        drawn->values = grown;
    status = patron_comm_agree(engine->comm, grown == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_bytes(engine->comm, picked, bytes_of, (char *)grown + drawn->count * bytes);
    drawn->count = total;
cleanup:
    free(bytes_of);
    return status;
}

/* Lowers a block's distances to those of the candidates searched, numbered from `base`. */
static void lower_block(kmeans_engine *engine, const kmeans_search *search, uint64_t base,
                        uint64_t block, kmeans_total *sum)
{
    uint64_t count = kmeans_pack_rows(&engine->pack, block);
    int32_t labels[KMEANS_BLOCK];
    double distance[KMEANS_BLOCK], terms[KMEANS_BLOCK];
    kmeans_block_nearest(engine, search, block, labels, distance);
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t row = block * KMEANS_BLOCK + i;
        if (base == 0 || distance[i] < engine->distance[row]) {
            engine->distance[row] = distance[i];
            engine->labels[row] = labels[i] + (int32_t)base;
        }
        distance[i] = engine->distance[row];
    }
    kmeans_block_terms(engine, block, distance, terms);
    kmeans_total_add(sum, &engine->kernels, terms);
}

/* Brings labels and distances up to date with the candidates from `base` on; *sum is that of weight
 * times distance. */
static patron_status lower_distances(kmeans_engine *engine, const candidates *drawn, uint64_t base,
                                     double *sum)
{
    uint64_t columns = engine->rows->columns;
    uint64_t fresh = drawn->count - base;
    kmeans_search search = {0};
    patron_exactsum total = {0};
    double *centroids = patron_allocate(fresh, columns * sizeof *centroids);
    patron_status status = kmeans_search_create(&search, fresh, engine->rows->columns);
    if (centroids == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < fresh * columns; ++i)
        centroids[i] = (double)drawn->values[base * columns + i];
    kmeans_search_fill(&search, &engine->pack, centroids, (uint32_t)fresh);
#pragma omp parallel num_threads(engine->threads)
    {
        kmeans_total mine = {0};
#pragma omp for schedule(static)
        for (uint64_t block = 0; block < engine->pack.blocks; ++block)
            lower_block(engine, &search, base, block, &mine);
        kmeans_total_flush(&mine);
#pragma omp critical(kmeans_lower)
        patron_exactsum_merge(&total, &mine.sum);
    }
    patron_exactsum_reduce(engine->comm, &total, 1);
    *sum = patron_exactsum_round(&total);
cleanup:
    free(centroids);
    kmeans_search_free(&search);
    return status;
}

/* The first row by weight alone, then ROUNDS rounds. */
static patron_status draw_candidates(kmeans_engine *engine, uint64_t seed, uint32_t k,
                                     uint8_t *marked, candidates *drawn)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t first = kmeans_draw_first(engine, seed);
    for (uint64_t i = 0; i < rows->count; ++i)
        marked[i] = rows->row[i] == first;
    patron_status status = PATRON_OK;
    double rate = (double)OVERSAMPLING * k;
    double sum = 0.0;
    for (uint32_t round = 1; status == PATRON_OK; ++round) {
        uint64_t picked_count = 0;
        uint64_t base = drawn->count;
        float *picked = pick_marked(rows, marked, &picked_count);
        status = append(engine, picked, picked_count, drawn);
        free(picked);
        if (status == PATRON_OK && drawn->count > base)
            status = lower_distances(engine, drawn, base, &sum);
        if (round > ROUNDS || !(sum > 0.0))
            break;
        mark_rows(engine, seed, round, rate, sum, marked);
    }
    return status;
}

/* Weight of a candidate: of the rows that it is nearest to, rounded to float32. */
static patron_status weigh_candidates(const kmeans_engine *engine, candidates *drawn)
{
    const patron_kmeans_rows *rows = engine->rows;
    patron_exact_window window = engine->layout.window[rows->columns];
    uint64_t stride = (uint64_t)window.limbs;
    int64_t *limbs = patron_allocate(drawn->count, stride * sizeof *limbs);
    drawn->weight = patron_allocate(drawn->count, sizeof *drawn->weight);
    drawn->row = patron_allocate(drawn->count, sizeof *drawn->row);
    patron_status status = PATRON_OK;
    if (limbs == NULL || drawn->weight == NULL || drawn->row == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < rows->count; ++i) {
        int64_t *mine = limbs + (uint64_t)engine->labels[i] * stride;
        patron_exact_add(window, mine, (double)kmeans_weight(rows, i));
        if (i % (UINT64_C(1) << 29) == 0)
            for (uint64_t c = 0; c < drawn->count; ++c)
                patron_exact_carry(window, limbs + c * stride);
    }
    patron_exact_reduce(engine->comm, window, limbs, drawn->count);
    for (uint64_t c = 0; c < drawn->count; ++c) {
        double weight = patron_exact_round(window, limbs + c * stride);
        drawn->weight[c] = weight < (double)FLT_MAX ? (float)weight : FLT_MAX;
        drawn->row[c] = c;
    }
cleanup:
    free(limbs);
    return status;
}

/* Clusters the candidates, on this rank alone. */
static patron_status cluster_candidates(const kmeans_engine *engine, uint64_t seed,
                                        const candidates *drawn, uint32_t k, double *centroids,
                                        uint32_t *found)
{
    const patron_comm self = patron_comm_self();
    const patron_kmeans_rows rows = {.count = drawn->count,
                                     .columns = engine->rows->columns,
                                     .values = drawn->values,
                                     .weight = drawn->weight,
                                     .row = drawn->row};
    kmeans_engine inner;
    kmeans_run run = {.k = k, .centroids = centroids};
    patron_status status =
        kmeans_engine_create(&self, &rows, engine->threads, engine->kernels.isa, &inner);
    if (status == PATRON_OK)
        status = kmeans_seed_plusplus(&inner, kmeans_seed_of_candidates(seed), k, centroids, found);
    if (status == PATRON_OK && *found == k)
        status = kmeans_lloyd(&inner, CANDIDATE_ITERATIONS, 0.0, NULL, &run);
    free(run.history);
    kmeans_engine_free(&inner);
    return status;
}

patron_status kmeans_seed_parallel(kmeans_engine *engine, uint64_t seed, uint32_t k,
                                   double *centroids, uint32_t *found)
{
    candidates drawn = {0};
    uint8_t *marked = patron_allocate(engine->rows->count, sizeof *marked);
    patron_status status =
        patron_comm_agree(engine->comm, marked == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = draw_candidates(engine, seed, k, marked, &drawn);
    if (status == PATRON_OK)
        status = weigh_candidates(engine, &drawn);
    if (status == PATRON_OK) {
        status = cluster_candidates(engine, seed, &drawn, k, centroids, found);
        status = patron_comm_agree(engine->comm, status);
    }
    if (status == PATRON_OK && *found < k)
        status = kmeans_seed_plusplus(engine, seed, k, centroids, found);
    free(marked);
    free(drawn.values);
    free(drawn.weight);
    free(drawn.row);
    return status;
}
