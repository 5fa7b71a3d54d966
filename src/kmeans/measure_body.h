/* SPDX-License-Identifier: Apache-2.0 */
/* Distances of a block's rows to their own centroids, some lanes at a time.  Each instruction set's
 * file that has no gather worth its name includes it once, with KERNEL_TARGET. */

KERNEL_TARGET static void measure(const float *block, const kmeans_panel *panel,
                                  const int32_t *labels, double *distance)
{
    enum { STRIP = 8 };
    uint64_t columns = panel->columns;
    for (int first = 0; first < PATRON_BLOCK; first += STRIP) {
        const double *centroid[STRIP];
        double sums[STRIP] = {0.0};
        for (int lane = 0; lane < STRIP; ++lane)
            centroid[lane] = panel->centroids + (uint64_t)labels[first + lane] * columns;
        for (uint64_t j = 0; j < columns; ++j) {
            const float *values = block + j * PATRON_BLOCK + first;
#pragma GCC unroll 8
            for (int lane = 0; lane < STRIP; ++lane) {
                double difference = (double)values[lane] - centroid[lane][j];
                sums[lane] += difference * difference;
            }
        }
        for (int lane = 0; lane < STRIP; ++lane)
            distance[first + lane] = sums[lane];
    }
}
