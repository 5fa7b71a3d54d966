/* SPDX-License-Identifier: Apache-2.0 */
/* The float64 kernel: KMEANS_STRIP rows against KMEANS_LANES centroids at a time, one accumulator a
 * pair, so that each sum runs in column order however wide the vectors are. */
#include "kmeans/kernel.h"

#include <math.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) &&                          \
    !defined(__SANITIZE_ADDRESS__)
#define CLONED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONED
#endif

typedef double lanes __attribute__((vector_size(KMEANS_LANES * sizeof(double))));
typedef int64_t lane_bits __attribute__((vector_size(KMEANS_LANES * sizeof(int64_t))));

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

static inline __attribute__((always_inline)) void
sum_squares(const lanes *group, const double *strip, uint64_t columns, lanes *sums)
{
    lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    for (uint64_t j = 0; j < columns; ++j) {
        lanes centroid = group[j];
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

/* The least of the lanes' bests; a lane's best is the first of its groups. */
static inline __attribute__((always_inline)) void
pick_lane(const double *best, const int64_t *group, int32_t *label, double *distance)
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
    *label = (int32_t)index;
    *distance = least;
}

CLONED void kmeans_kernel_nearest(const kmeans_panel *panel, const float *rows, uint64_t count,
                                  double *scratch, int32_t *labels, double *distance)
{
    uint64_t columns = panel->columns;
    const lanes *centroids = (const lanes *)(const void *)panel->values;
    for (uint64_t first = 0; first < count; first += KMEANS_STRIP) {
        uint64_t strip = count - first < KMEANS_STRIP ? count - first : KMEANS_STRIP;
        lanes sums[KMEANS_STRIP], best[KMEANS_STRIP];
        lane_bits best_group[KMEANS_STRIP] = {{0}};
        for (int r = 0; r < KMEANS_STRIP; ++r)
            best[r] = (lanes){0} + (double)INFINITY;
        unpack_strip(rows + first * columns, strip, columns, scratch);
        for (uint64_t group = 0; group < panel->groups; ++group) {
            sum_squares(centroids + group * columns, scratch, columns, sums);
            for (int r = 0; r < KMEANS_STRIP; ++r) {
                lane_bits nearer = (lane_bits)(sums[r] < best[r]);
                best[r] = (lanes)(((lane_bits)sums[r] & nearer) | ((lane_bits)best[r] & ~nearer));
                best_group[r] = ((int64_t)group & nearer) | (best_group[r] & ~nearer);
            }
        }
        for (uint64_t r = 0; r < strip; ++r)
            pick_lane((const double *)&best[r], (const int64_t *)&best_group[r], &labels[first + r],
                      &distance[first + r]);
    }
}

CLONED void kmeans_kernel_distances(const kmeans_panel *panel, const float *rows, uint64_t count,
                                    double *scratch, double *distance)
{
    uint64_t columns = panel->columns;
    uint64_t width = (uint64_t)panel->groups * KMEANS_LANES;
    const lanes *centroids = (const lanes *)(const void *)panel->values;
    for (uint64_t first = 0; first < count; first += KMEANS_STRIP) {
        uint64_t strip = count - first < KMEANS_STRIP ? count - first : KMEANS_STRIP;
        unpack_strip(rows + first * columns, strip, columns, scratch);
        for (uint64_t group = 0; group < panel->groups; ++group) {
            lanes sums[KMEANS_STRIP];
            sum_squares(centroids + group * columns, scratch, columns, sums);
            for (uint64_t r = 0; r < strip; ++r)
                for (int lane = 0; lane < KMEANS_LANES; ++lane)
                    distance[(first + r) * width + group * KMEANS_LANES + lane] = sums[r][lane];
        }
    }
}
