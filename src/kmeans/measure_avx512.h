/* SPDX-License-Identifier: Apache-2.0 */
/* Distances of a block's rows to their own centroids: all rows at once, one accumulator a lane.
 * kernel_avx512.c includes it once.  A column of up to 16 centroids lies in two registers of the
 * panel, from which a permutation picks each row's; of more, a gather takes it. */

enum { MEASURE_VECTORS = KMEANS_BLOCK / 8, MEASURE_PICKED = 16 };

/* Adds the squared differences of eight rows' values in one column. */
SCORE_INLINE __m512d measure_add(__m512d sum, const float *values, __m512d centroid)
{
    __m512d difference = _mm512_sub_pd(_mm512_cvtps_pd(_mm256_loadu_ps(values)), centroid);
    return _mm512_add_pd(sum, _mm512_mul_pd(difference, difference));
}

SCORE_INLINE __m512i measure_labels(const int32_t *labels)
{
    return _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)labels));
}

KERNEL_TARGET static void measure_few(const float *block, const kmeans_panel *panel,
                                      const int32_t *labels, double *distance)
{
    uint64_t columns = panel->columns;
    const double *low = panel->values;
    const double *high = panel->values + (panel->groups > 1 ? columns * KMEANS_LANES : 0);
    __m512d sums[MEASURE_VECTORS];
    __m512i label[MEASURE_VECTORS];
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v) {
        label[v] = measure_labels(labels + 8 * v);
        sums[v] = _mm512_setzero_pd();
    }
    for (uint64_t j = 0; j < columns; ++j) {
        __m512d first = _mm512_load_pd(low + j * KMEANS_LANES);
        __m512d last = _mm512_load_pd(high + j * KMEANS_LANES);
#pragma GCC unroll 8
        for (uint64_t v = 0; v < MEASURE_VECTORS; ++v)
            sums[v] = measure_add(sums[v], block + j * KMEANS_BLOCK + 8 * v,
                                  _mm512_permutex2var_pd(first, label[v], last));
    }
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v)
        _mm512_storeu_pd(distance + 8 * v, sums[v]);
}

KERNEL_TARGET static void measure(const float *block, const kmeans_panel *panel,
                                  const double *centroids, const int32_t *labels, double *distance)
{
    uint64_t columns = panel->columns;
    __m512d sums[MEASURE_VECTORS];
    __m512i offset[MEASURE_VECTORS];
    if (panel->k <= MEASURE_PICKED) {
        measure_few(block, panel, labels, distance);
        return;
    }
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v) {
        offset[v] =
            _mm512_mullo_epi64(measure_labels(labels + 8 * v), _mm512_set1_epi64((int64_t)columns));
        sums[v] = _mm512_setzero_pd();
    }
    for (uint64_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
        for (uint64_t v = 0; v < MEASURE_VECTORS; ++v)
            sums[v] = measure_add(sums[v], block + j * KMEANS_BLOCK + 8 * v,
                                  _mm512_i64gather_pd(offset[v], centroids + j, sizeof(double)));
    }
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v)
        _mm512_storeu_pd(distance + 8 * v, sums[v]);
}
