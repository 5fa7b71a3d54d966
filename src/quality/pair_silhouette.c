/* SPDX-License-Identifier: Apache-2.0 */
/* Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
 * analysis", Journal of Computational and Applied Mathematics 20 (1987), in one pass over all pairs
 * without a matrix of them.
 *
 * Rows are brought into the order of their segments.  A tile holds TILE rows side by side, a row a
 * lane; the rows of a segment, one after the other, are held against all of them, and the distances
 * added to one sum a lane, which stays in registers from column to column. */
#include "quality/pair_silhouette.h"

#include "patron/memory.h"

#include "runtime/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 16, VECTOR = 4, VECTORS = TILE / VECTOR, TOGETHER = 2 };

typedef double vector __attribute__((vector_size(VECTOR * sizeof(double))));

typedef struct pairing {
    uint64_t count, columns;
    uint32_t k;
    double *values;  /* count x columns, segment by segment */
    uint64_t *order; /* count: number of the row that stands there */
    uint64_t *begin; /* k + 1: first row of each segment */
} pairing;

/* ---- distances ---- */

/* Adds the distances of a tile's rows to `rows` rows from `other` on. */
static inline __attribute__((always_inline)) void add_rows(const vector *tile, const double *other,
                                                           uint64_t columns, int rows, vector *sum)
{
    vector square[TOGETHER][VECTORS];
    for (int r = 0; r < rows; ++r)
        for (int v = 0; v < VECTORS; ++v)
            square[r][v] = (vector){0};
    for (uint64_t j = 0; j < columns; ++j)
        for (int r = 0; r < rows; ++r) {
            double value = other[(uint64_t)r * columns + j];
            for (int v = 0; v < VECTORS; ++v) {
                vector difference = tile[j * VECTORS + v] - value;
                square[r][v] += difference * difference;
            }
        }
    for (int r = 0; r < rows; ++r)
        for (int v = 0; v < VECTORS; ++v) {
            vector root = square[r][v];
            sum[v] += (vector){sqrt(root[0]), sqrt(root[1]), sqrt(root[2]), sqrt(root[3])};
        }
}

/* Sums of the distances of a tile's rows to `count` rows from `other` on. */
PATRON_VECTOR_CLONES static void sum_distances(const vector *tile, const double *other,
                                               uint64_t count, uint64_t columns, double *sums)
{
    vector sum[VECTORS] = {{0}};
    uint64_t i = 0;
    for (; i + TOGETHER <= count; i += TOGETHER)
        add_rows(tile, other + i * columns, columns, TOGETHER, sum);
    for (; i < count; ++i)
        add_rows(tile, other + i * columns, columns, 1, sum);
    memcpy(sums, sum, sizeof sum);
}

/* ---- silhouettes ---- */

/* Of a row of segment `own`, which is not the only one, from the sums of its distances to each,
 * `stride` apart. */
static double silhouette_of(const pairing *run, uint32_t own, const double *sums, uint64_t stride)
{
    uint64_t others = run->begin[own + 1] - run->begin[own] - 1;
    double within = others > 0 ? sums[own * stride] / (double)others : 0.0;
    double least = (double)INFINITY;
    for (uint64_t c = 0; c < run->k; ++c) {
        uint64_t size = run->begin[c + 1] - run->begin[c];
        double mean = size > 0 ? sums[c * stride] / (double)size : (double)INFINITY;
        least = c != own && mean < least ? mean : least;
    }
    double greater = within > least ? within : least;
    return others > 0 && greater > 0.0 ? (least - within) / greater : 0.0;
}

static void lay_tile(const pairing *run, uint64_t first, vector *tile)
{
    for (uint64_t lane = 0; lane < TILE; ++lane) {
        uint64_t row = first + lane < run->count ? first + lane : first;
        for (uint64_t j = 0; j < run->columns; ++j)
            tile[j * VECTORS + lane / VECTOR][lane % VECTOR] = run->values[row * run->columns + j];
    }
}

/* tile[columns x VECTORS] and sums[k x TILE] are room. */
static void judge_tile(const pairing *run, uint64_t first, vector *tile, double *sums,
                       double *silhouette)
{
    uint32_t own = 0;
    lay_tile(run, first, tile);
    for (uint64_t c = 0; c < run->k; ++c)
        sum_distances(tile, run->values + run->begin[c] * run->columns,
                      run->begin[c + 1] - run->begin[c], run->columns, sums + c * TILE);
    for (uint64_t row = first; row < first + TILE && row < run->count; ++row) {
        while (row >= run->begin[own + 1])
            ++own;
        silhouette[run->order[row]] = silhouette_of(run, own, sums + (row - first), TILE);
    }
}

/* This rank's tiles; every TILE-th row begins one. */
static patron_status judge_tiles(const pairing *run, const patron_comm *comm, int threads,
                                 double *silhouette)
{
    patron_status status = PATRON_OK;
    uint64_t step = (uint64_t)comm->size * TILE;
#pragma omp parallel num_threads(threads)
    {
        void *memory = NULL;
        vector *tile = patron_allocate_aligned(run->columns, VECTORS * sizeof *tile, &memory);
        double *sums = patron_allocate(run->k, TILE * sizeof *sums);
        bool is_short = tile == NULL || sums == NULL;
#pragma omp for schedule(dynamic)
        for (uint64_t first = (uint64_t)comm->rank * TILE; first < run->count; first += step)
            if (!is_short)
                judge_tile(run, first, tile, sums, silhouette);
        if (is_short)
#pragma omp critical
            status = patron_fail(PATRON_RESOURCE, "out of memory for a tile of rows");
        free(memory);
        free(sums);
    }
    return status;
}

/* ---- order ---- */

static bool has_one_segment(const pairing *run)
{
    uint32_t with_rows = 0;
    for (uint64_t c = 0; c < run->k; ++c)
        with_rows += run->begin[c + 1] > run->begin[c] ? 1 : 0;
    return with_rows < 2;
}

static patron_status arrange(pairing *run, const patron_sampled_rows *rows, const int32_t *labels)
{
    run->values = patron_allocate(run->count, run->columns * sizeof *run->values);
    run->order = patron_allocate(run->count, sizeof *run->order);
    run->begin = patron_allocate((uint64_t)run->k + 1, sizeof *run->begin);
    uint64_t *next = patron_allocate(run->k, sizeof *next);
    patron_status status = PATRON_RESOURCE;
    if (run->values == NULL || run->order == NULL || run->begin == NULL || next == NULL)
        goto cleanup;
    for (uint64_t i = 0; i < run->count; ++i)
        ++run->begin[labels[i] + 1];
    for (uint64_t c = 0; c < run->k; ++c) {
        run->begin[c + 1] += run->begin[c];
        next[c] = run->begin[c];
    }
    for (uint64_t i = 0; i < run->count; ++i) {
        uint64_t to = next[labels[i]]++;
        run->order[to] = i;
        for (uint64_t j = 0; j < run->columns; ++j)
            run->values[to * run->columns + j] = (double)rows->values[i * run->columns + j];
    }
    status = PATRON_OK;
cleanup:
    free(next);
    return status;
}

patron_status patron_pair_silhouette_find(const patron_comm *comm, int threads,
                                          const patron_sampled_rows *rows, const int32_t *labels,
                                          uint32_t k, double *silhouette)
{
    const double below_all = -2.0; /* a silhouette is at least -1 */
    pairing run = {.count = rows->count, .columns = rows->columns, .k = k};
    for (uint64_t i = 0; i < rows->count; ++i)
        silhouette[i] = below_all;
    patron_status status = patron_comm_agree(comm, arrange(&run, rows, labels));
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, judge_tiles(&run, comm, threads, silhouette));
    if (status == PATRON_OK) /* each was worked out on one rank */
        patron_comm_reduce_f64(comm, silhouette, rows->count, PATRON_MAX);
    bool is_none = status == PATRON_OK && has_one_segment(&run);
    for (uint64_t i = 0; is_none && i < rows->count; ++i)
        silhouette[i] = (double)NAN;
    free(run.values);
    free(run.order);
    free(run.begin);
    return status;
}
