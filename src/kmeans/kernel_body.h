/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel: KMEANS_STRIP rows against KERNEL_WIDTH centroids at a time, one accumulator a
 * pair, so that each sum runs in column order however wide the vectors are.  Each instruction set's
 * file includes it once, with
 *   KERNEL_WIDTH     doubles of a vector, a divisor of KMEANS_LANES
 *   KERNEL_TARGET    attributes of the functions */
#include "kmeans/kernel.h"

#include <math.h>

enum { PARTS = KMEANS_LANES / KERNEL_WIDTH }; /* vectors of a group */

typedef double lanes __attribute__((vector_size(KERNEL_WIDTH * sizeof(double))));
typedef int64_t lane_bits __attribute__((vector_size(KERNEL_WIDTH * sizeof(int64_t))));

/* Lays up to KMEANS_STRIP rows column by column; a short strip repeats its last row. */
static inline __attribute__((always_inline)) void unpack_strip(const float *rows, uint64_t count,
                                                               uint64_t columns, double *strip)
{
    for (uint64_t r = 0; r < KMEANS_STRIP; ++r) {
        const float *row = rows + (r < count ? r : count - 1) * columns;
        for (uint64_t j = 0; j < columns; ++j)
            strip[j * KMEANS_STRIP + r] = (double)row[j];
    }
}

/* Sums of a strip's rows to the centroids of one part of a group. */
static inline __attribute__((always_inline)) void
sum_squares(const lanes *part, const double *strip, uint64_t columns, lanes *sums)
{
    lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    for (uint64_t j = 0; j < columns; ++j) {
        lanes centroid = part[j * PARTS];
        lanes difference0 = centroid - strip[j * KMEANS_STRIP];
        lanes difference1 = centroid - strip[j * KMEANS_STRIP + 1];
        lanes difference2 = centroid - strip[j * KMEANS_STRIP + 2];
        lanes difference3 = centroid - strip[j * KMEANS_STRIP + 3];
        sum0 += difference0 * difference0;
        sum1 += difference1 * difference1;
        sum2 += difference2 * difference2;
        sum3 += difference3 * difference3;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/* The least of the lanes' bests, ties to the lowest index; a lane's best is the first of its
 * groups. */
static inline __attribute__((always_inline)) int32_t pick_lane(const double *best,
                                                               const int64_t *group)
{
    double least = best[0];
    int64_t index = group[0] * KMEANS_LANES;
    for (int lane = 1; lane < KMEANS_LANES; ++lane) {
        int64_t candidate = group[lane] * KMEANS_LANES + lane;
        if (best[lane] < least || (best[lane] == least && candidate < index)) {
            least = best[lane];
            index = candidate;
        }
    }
    return (int32_t)index;
}

/* Nearest centroids of one strip, laid out in `strip`, as each lane's least distance and group. */
static inline __attribute__((always_inline)) void scan_groups(const kmeans_panel *panel,
                                                              const double *strip,
                                                              lanes (*best)[PARTS],
                                                              lane_bits (*best_group)[PARTS])
{
    uint64_t columns = panel->columns;
    const lanes *centroids = (const lanes *)(const void *)panel->values;
    for (uint64_t group = 0; group < panel->groups; ++group) {
        for (uint64_t part = 0; part < PARTS; ++part) {
            lanes sums[KMEANS_STRIP];
            sum_squares(centroids + group * columns * PARTS + part, strip, columns, sums);
            for (int r = 0; r < KMEANS_STRIP; ++r) {
                lanes *least = &best[r][part];
                lane_bits *where = &best_group[r][part];
                lane_bits less = (lane_bits)(sums[r] < *least);
                *least = (lanes)(((lane_bits)sums[r] & less) | ((lane_bits)*least & ~less));
                *where = ((int64_t)group & less) | (*where & ~less);
            }
        }
    }
}

KERNEL_TARGET static void nearest(const kmeans_panel *panel, const float *rows, uint64_t count,
                                  double *scratch, int32_t *labels)
{
    uint64_t columns = panel->columns;
    for (uint64_t first = 0; first < count; first += KMEANS_STRIP) {
        uint64_t strip = count - first < KMEANS_STRIP ? count - first : KMEANS_STRIP;
        lanes best[KMEANS_STRIP][PARTS];
        lane_bits best_group[KMEANS_STRIP][PARTS];
        for (int r = 0; r < KMEANS_STRIP; ++r) {
            for (int part = 0; part < PARTS; ++part) {
                best[r][part] = (lanes){0} + (double)INFINITY;
                best_group[r][part] = (lane_bits){0};
            }
        }
        unpack_strip(rows + first * columns, strip, columns, scratch);
        scan_groups(panel, scratch, best, best_group);
        for (uint64_t r = 0; r < strip; ++r)
            labels[first + r] = pick_lane((const double *)best[r], (const int64_t *)best_group[r]);
    }
}
