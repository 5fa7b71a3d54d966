/* SPDX-License-Identifier: Apache-2.0 */
/* Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
 * analysis", Journal of Computational and Applied Mathematics 20 (1987), in one pass over all pairs
 * without a matrix of them.
 *
 * A tile holds TILE rows side by side, a row a lane, and all rows are held against it one after the
 * other: the distances of one are worked out once, and added to the sums of the segment that it is
 * in, one a lane, of every labelling. */
#include "quality/pair_silhouette.h"

#include "patron/memory.h"

#include "runtime/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 16, VECTOR = 4, VECTORS = TILE / VECTOR, TOGETHER = 2 };

/* Of the rows of a tile, the others and their columns: a second of a thread, about, is a piece of
 * the work. */
static const uint64_t PIECE_STEPS = UINT64_C(1) << 32;

typedef double vector __attribute__((vector_size(VECTOR * sizeof(double))));

typedef struct pairing {
    uint64_t count, columns, cells;
    uint32_t labellings;
    const patron_row_labelling *labelling;
    double *values;  /* count x columns */
    uint64_t *first; /* labellings + 1: cell of the first segment of each */
    uint64_t *size;  /* cells: rows of the segment */
    uint32_t *cell;  /* count x labellings: where the sums of the row's segments stand */
} pairing;

/* ---- distances ---- */

/* Distances of a tile's rows to `rows` rows from `other` on. */
static inline __attribute__((always_inline)) void find_distances(const vector *tile,
                                                                 const double *other,
                                                                 uint64_t columns, int rows,
                                                                 vector distance[TOGETHER][VECTORS])
{
    for (int r = 0; r < rows; ++r)
        for (int v = 0; v < VECTORS; ++v)
            distance[r][v] = (vector){0};
    for (uint64_t j = 0; j < columns; ++j)
        for (int r = 0; r < rows; ++r) {
            double value = other[(uint64_t)r * columns + j];
            for (int v = 0; v < VECTORS; ++v) {
                vector difference = tile[j * VECTORS + v] - value;
                distance[r][v] += difference * difference;
            }
        }
    for (int r = 0; r < rows; ++r)
        for (int v = 0; v < VECTORS; ++v) {
            vector square = distance[r][v];
            distance[r][v] =
                (vector){sqrt(square[0]), sqrt(square[1]), sqrt(square[2]), sqrt(square[3])};
        }
}

/* Adds the distances of a tile's rows to all rows to sums[cells x VECTORS]. */
PATRON_VECTOR_CLONES static void add_distances(const pairing *run, const vector *tile, vector *sums)
{
    vector distance[TOGETHER][VECTORS];
    for (uint64_t i = 0; i < run->count; i += TOGETHER) {
        const double *other = run->values + i * run->columns;
        int rows = i + TOGETHER <= run->count ? TOGETHER : (int)(run->count - i);
        if (rows == TOGETHER)
            find_distances(tile, other, run->columns, TOGETHER, distance);
        else
            find_distances(tile, other, run->columns, 1, distance);
        for (int r = 0; r < rows; ++r) {
            const uint32_t *cell = run->cell + (i + (uint64_t)r) * run->labellings;
            for (uint32_t f = 0; f < run->labellings; ++f)
                for (int v = 0; v < VECTORS; ++v)
                    sums[(uint64_t)cell[f] * VECTORS + (uint64_t)v] += distance[r][v];
        }
    }
}

/* ---- silhouettes ---- */

/* Of a row of segment `own` of a labelling, from the sums of its distances to each segment,
 * `stride` apart. */
static double silhouette_of(const uint64_t *size, uint32_t k, uint32_t own, const double *sums,
                            uint64_t stride)
{
    uint64_t others = size[own] - 1;
    double within = others > 0 ? sums[own * stride] / (double)others : 0.0;
    double least = (double)INFINITY;
    for (uint64_t c = 0; c < k; ++c) {
        double mean = size[c] > 0 ? sums[c * stride] / (double)size[c] : (double)INFINITY;
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

/* tile[columns x VECTORS] and sums[cells x VECTORS] are room. */
static void judge_tile(const pairing *run, uint64_t begin, vector *tile, vector *sums)
{
    lay_tile(run, begin, tile);
    memset(sums, 0, run->cells * VECTORS * sizeof *sums);
    add_distances(run, tile, sums);
    for (uint64_t row = begin; row < begin + TILE && row < run->count; ++row)
        for (uint32_t f = 0; f < run->labellings; ++f) {
            const patron_row_labelling *one = &run->labelling[f];
            const double *own = (const double *)(sums + run->first[f] * VECTORS) + (row - begin);
            one->silhouette[row] = silhouette_of(run->size + run->first[f], one->k,
                                                 (uint32_t)one->labels[row], own, TILE);
        }
}

/* Tiles [first, end) of this rank; every TILE-th row begins one. */
static patron_status judge_tiles(const pairing *run, const patron_comm *comm, int threads,
                                 uint64_t first, uint64_t end)
{
    patron_status status = PATRON_OK;
    uint64_t step = (uint64_t)comm->size * TILE, start = (uint64_t)comm->rank * TILE;
#pragma omp parallel num_threads(threads)
    {
        void *tile_memory = NULL, *sums_memory = NULL;
        vector *tile = patron_allocate_aligned(run->columns, VECTORS * sizeof *tile, &tile_memory);
        vector *sums = patron_allocate_aligned(run->cells, VECTORS * sizeof *sums, &sums_memory);
        bool is_short = tile == NULL || sums == NULL;
#pragma omp for schedule(dynamic)
        for (uint64_t number = first; number < end; ++number)
            if (!is_short && start + number * step < run->count)
                judge_tile(run, start + number * step, tile, sums);
        if (is_short)
#pragma omp critical
            status = patron_fail(PATRON_RESOURCE, "out of memory for a tile of rows");
        free(tile_memory);
        free(sums_memory);
    }
    return status;
}

/* All tiles, so many at a time that a stop need not wait long. */
static patron_status judge_all(const pairing *run, const patron_comm *comm,
                               const patron_pair_silhouette_work *work)
{
    uint64_t steps = (run->columns + run->labellings) * TILE * run->count; /* of a tile */
    uint64_t piece = PIECE_STEPS / (steps + 1) + (uint64_t)work->threads;
    uint64_t tiles = run->count / TILE / (uint64_t)comm->size + 1;
    patron_status status = PATRON_OK;
    patron_comm_reduce_u64(comm, &piece, 1, PATRON_MAX);
    patron_progress_begin(work->progress, "silhouettes", "tiles", tiles);
    for (uint64_t done = 0; done < tiles && status == PATRON_OK; done += piece) {
        uint64_t end = tiles - done < piece ? tiles : done + piece;
        status = patron_comm_agree(comm, judge_tiles(run, comm, work->threads, done, end));
        patron_progress_update(work->progress, end, NULL);
        if (status == PATRON_OK)
            status = patron_checkpoint_heed(work->checkpoint);
    }
    patron_progress_end(work->progress);
    return status;
}

/* ---- sharing ---- */

static patron_status arrange(pairing *run, const patron_sampled_rows *rows)
{
    uint64_t cells = run->count * run->labellings;
    run->values = patron_allocate(run->count, run->columns * sizeof *run->values);
    run->first = patron_allocate((uint64_t)run->labellings + 1, sizeof *run->first);
    run->cell = patron_allocate(cells, sizeof *run->cell);
    if (run->values == NULL || run->first == NULL || run->cell == NULL)
        return PATRON_RESOURCE;
    for (uint32_t f = 0; f < run->labellings; ++f)
        run->first[f + 1] = run->first[f] + run->labelling[f].k;
    run->cells = run->first[run->labellings];
    run->size = patron_allocate(run->cells, sizeof *run->size);
    if (run->size == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < cells; ++i) {
        uint64_t f = i % run->labellings;
        run->cell[i] =
            (uint32_t)(run->first[f] + (uint64_t)run->labelling[f].labels[i / run->labellings]);
        ++run->size[run->cell[i]];
    }
    for (uint64_t i = 0; i < run->count * run->columns; ++i)
        run->values[i] = (double)rows->values[i];
    return PATRON_OK;
}

/* Each silhouette was worked out on one rank; where there is one segment, none was anywhere. */
static void share(const patron_comm *comm, const pairing *run)
{
    for (uint32_t f = 0; f < run->labellings; ++f) {
        const uint64_t *size = run->size + run->first[f];
        uint32_t with_rows = 0;
        for (uint32_t c = 0; c < run->labelling[f].k; ++c)
            with_rows += size[c] > 0 ? 1 : 0;
        if (with_rows > 1)
            patron_comm_reduce_f64(comm, run->labelling[f].silhouette, run->count, PATRON_MAX);
        for (uint64_t i = 0; with_rows < 2 && i < run->count; ++i)
            run->labelling[f].silhouette[i] = (double)NAN;
    }
}

patron_status patron_pair_silhouettes_find(const patron_comm *comm,
                                           const patron_pair_silhouette_work *work,
                                           const patron_sampled_rows *rows,
                                           const patron_row_labelling *labelling,
                                           uint32_t labellings)
{
    const double below_all = -2.0; /* a silhouette is at least -1 */
    pairing run = {.count = rows->count,
                   .columns = rows->columns,
                   .labellings = labellings,
                   .labelling = labelling};
    for (uint32_t f = 0; f < labellings; ++f)
        for (uint64_t i = 0; i < rows->count; ++i)
            labelling[f].silhouette[i] = below_all;
    patron_status status = patron_comm_agree(comm, arrange(&run, rows));
    if (status == PATRON_OK)
        status = judge_all(&run, comm, work);
    if (status == PATRON_OK)
        share(comm, &run);
    free(run.values);
    free(run.first);
    free(run.size);
    free(run.cell);
    return status;
}
