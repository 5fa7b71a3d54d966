/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of fine scores: vectors of rows against a tile of centroids, one register a pair, and
 * the two best scores kept.  Each instruction set's file includes it once, with
 *   KERNEL_TARGET                    attributes of the functions
 *   SCORE_WIDTH, SCORE_VECTORS       floats of a vector, vectors taken at a time
 *   score_floats, score_indices      types of such vectors
 *   score_spread(x), score_spread_index(i)   all lanes alike
 *   score_add_product(a, b, c)       a * b + c, rounded once or twice
 *   score_least, score_greatest(a, b)        of each lane
 *   score_pick_less(a, b, i, j)      i where a < b, j elsewhere
 *   score_above(a, b)                one bit a lane where a > b
 *   SCORE_HOLD(x)                    takes the vector x to a register; else GCC may keep what
 * follows a loop ready in memory, in every turn of the loop */
#include <math.h>

typedef struct score_part {
    score_floats best[SCORE_VECTORS], second[SCORE_VECTORS];
    score_indices index[SCORE_VECTORS];
} score_part;

SCORE_INLINE void score_keep(score_floats score, score_indices index, score_part *part, int v)
{
    score_floats best = part->best[v];
    part->index[v] = score_pick_less(score, best, index, part->index[v]);
    part->second[v] = score_least(part->second[v], score_greatest(best, score));
    part->best[v] = score_least(best, score);
}

/* Scores of `width` centroids, a constant, from the tile on, numbered from `first`, and of them the
 * best.  Alone in its function, it keeps all sums in registers. */
SCORE_INLINE void score_tile(const float *rows, uint64_t columns, const float *tile, int width,
                             int32_t first, score_part *part)
{
    score_floats sums[KMEANS_TILE][SCORE_VECTORS];
#pragma GCC unroll 6
    for (int c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (int v = 0; v < SCORE_VECTORS; ++v)
            sums[c][v] = score_spread(tile[c]);
    for (uint64_t j = 0; j < columns; ++j) {
        const score_floats *row = (const score_floats *)(const void *)(rows + j * PATRON_BLOCK);
        tile += width;
        score_floats values[SCORE_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < SCORE_VECTORS; ++v)
            values[v] = row[v];
#pragma GCC unroll 6
        for (int c = 0; c < width; ++c) {
            score_floats centroid = score_spread(tile[c]);
#pragma GCC unroll 4
            for (int v = 0; v < SCORE_VECTORS; ++v)
                sums[c][v] = score_add_product(values[v], centroid, sums[c][v]);
        }
    }
#pragma GCC unroll 6
    for (int c = 0; c < width; ++c)
#pragma GCC unroll 4
        for (int v = 0; v < SCORE_VECTORS; ++v)
            SCORE_HOLD(sums[c][v]);
#pragma GCC unroll 4
    for (int v = 0; v < SCORE_VECTORS; ++v)
#pragma GCC unroll 6
        for (int c = 0; c < width; ++c)
            score_keep(sums[c][v], score_spread_index(first + c), part, v);
}

KERNEL_TARGET __attribute__((noinline)) static void
score_whole_tile(const float *rows, uint64_t columns, const float *tile, int32_t first,
                 score_part *part)
{
    score_tile(rows, columns, tile, KMEANS_TILE, first, part);
}

/* The last tile, of 1 to KMEANS_TILE centroids. */
KERNEL_TARGET __attribute__((noinline)) static void
score_last_tile(const float *rows, uint64_t columns, const float *tile, uint64_t width,
                int32_t first, score_part *part)
{
    switch (width) {
    case 1:
        score_tile(rows, columns, tile, 1, first, part);
        break;
    case 2:
        score_tile(rows, columns, tile, 2, first, part);
        break;
    case 3:
        score_tile(rows, columns, tile, 3, first, part);
        break;
    case 4:
        score_tile(rows, columns, tile, 4, first, part);
        break;
    case 5:
        score_tile(rows, columns, tile, 5, first, part);
        break;
    default:
        score_tile(rows, columns, tile, KMEANS_TILE, first, part);
        break;
    }
}

KERNEL_TARGET static void score_centroids(const float *rows, const kmeans_filter *filter,
                                          score_part *part)
{
    uint64_t columns = filter->columns, c = 0;
    for (int v = 0; v < SCORE_VECTORS; ++v) {
        part->best[v] = part->second[v] = score_spread(INFINITY);
        part->index[v] = score_spread_index(0);
    }
    for (; c + KMEANS_TILE < filter->k; c += KMEANS_TILE)
        score_whole_tile(rows, columns, filter->tiles + c * (columns + 1), (int32_t)c, part);
    score_last_tile(rows, columns, filter->tiles + c * (columns + 1), filter->k - c, (int32_t)c,
                    part);
}

KERNEL_TARGET static uint64_t score(const float *block, const kmeans_filter *filter, float gap,
                                    kmeans_scores *scores)
{
    uint64_t certain = 0;
    for (int first = 0; first < PATRON_BLOCK; first += SCORE_VECTORS * SCORE_WIDTH) {
        score_part part;
        score_centroids(block + first, filter, &part);
        for (int v = 0; v < SCORE_VECTORS; ++v) {
            int lane = first + v * SCORE_WIDTH;
            *(score_floats *)(void *)&scores->best[lane] = part.best[v];
            *(score_floats *)(void *)&scores->second[lane] = part.second[v];
            *(score_indices *)(void *)&scores->index[lane] = part.index[v];
            certain |= score_above(part.second[v] - part.best[v], score_spread(gap)) << lane;
        }
    }
    return certain;
}
