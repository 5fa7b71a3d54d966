/* SPDX-License-Identifier: Apache-2.0 */
/* Distances of a block's rows to their own centroids: eight rows a vector, one accumulator a lane.
 * kernel_avx512.c includes it once.  A column of few centroids lies in registers of the panel, from
 * which permutations pick each row's; of more centroids, eight columns of eight rows' are loaded as
 * they lie and transposed. */

enum { MEASURE_VECTORS = PATRON_BLOCK / 8 };

/* A 1 that the compiler can't see.  x * 1 - y, rounded once, is x - y; some processors multiply and
 * add in other units than they only add in, and so do both at a time. */
SCORE_INLINE __m512d measure_one(void)
{
    __m512d one = _mm512_set1_pd(1.0);
    __asm__("" : "+v"(one));
    return one;
}

/* Adds the squared differences of eight rows' values in one column. */
SCORE_INLINE __m512d measure_add(__m512d sum, const float *values, __m512d centroid, __m512d one)
{
    __m512d difference = _mm512_fmsub_pd(_mm512_cvtps_pd(_mm256_load_ps(values)), one, centroid);
    return _mm512_add_pd(sum, _mm512_mul_pd(difference, difference));
}

/* Up to 8 * groups centroids, groups 2 to 4, a constant. */
SCORE_INLINE void measure_few(const float *block, const kmeans_panel *panel, uint64_t groups,
                              const int32_t *labels, double *distance)
{
    uint64_t columns = panel->columns;
    const double *group[4];
    __m512d one = measure_one();
    __m512d sums[MEASURE_VECTORS];
    __m512i label[MEASURE_VECTORS];
    __mmask8 is_upper[MEASURE_VECTORS];
    for (uint64_t g = 0; g < groups; ++g)
        group[g] = panel->values + (g < panel->groups ? g * columns * KMEANS_LANES : 0);
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v) {
        label[v] = _mm512_cvtepi32_epi64(
            _mm256_loadu_si256((const __m256i *)(const void *)(labels + 8 * v)));
        is_upper[v] =
            _mm512_cmpge_epi64_mask(label[v], _mm512_set1_epi64(INT64_C(2) * KMEANS_LANES));
        sums[v] = _mm512_setzero_pd();
    }
    for (uint64_t j = 0; j < columns; ++j) {
        __m512d first = _mm512_load_pd(group[0] + j * KMEANS_LANES);
        __m512d second = _mm512_load_pd(group[1] + j * KMEANS_LANES);
        __m512d third = groups > 2 ? _mm512_load_pd(group[2] + j * KMEANS_LANES) : first;
        __m512d fourth = groups > 3 ? _mm512_load_pd(group[3] + j * KMEANS_LANES) : first;
#pragma GCC unroll 8
        for (uint64_t v = 0; v < MEASURE_VECTORS; ++v) {
            __m512d own = _mm512_permutex2var_pd(first, label[v], second);
            if (groups == 3)
                own = _mm512_mask_permutexvar_pd(own, is_upper[v], label[v], third);
            if (groups == 4)
                own = _mm512_mask_mov_pd(own, is_upper[v],
                                         _mm512_permutex2var_pd(third, label[v], fourth));
            sums[v] = measure_add(sums[v], block + j * PATRON_BLOCK + 8 * v, own, one);
        }
    }
#pragma GCC unroll 8
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v)
        _mm512_storeu_pd(distance + 8 * v, sums[v]);
}

/* Transposes eight rows of eight. */
SCORE_INLINE void measure_transpose(__m512d *rows)
{
    __m512d pairs[8], fours[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm512_unpacklo_pd(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_pd(rows[i], rows[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        fours[i] = _mm512_shuffle_f64x2(pairs[i], pairs[i + 2], 0x88);
        fours[i + 1] = _mm512_shuffle_f64x2(pairs[i + 1], pairs[i + 3], 0x88);
        fours[i + 2] = _mm512_shuffle_f64x2(pairs[i], pairs[i + 2], 0xdd);
        fours[i + 3] = _mm512_shuffle_f64x2(pairs[i + 1], pairs[i + 3], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        rows[i] = _mm512_shuffle_f64x2(fours[i], fours[i + 4], 0x88);
        rows[i + 4] = _mm512_shuffle_f64x2(fours[i], fours[i + 4], 0xdd);
    }
}

KERNEL_TARGET static void measure_many(const float *block, const kmeans_panel *panel,
                                       const int32_t *labels, double *distance)
{
    uint64_t columns = panel->columns;
    __m512d one = measure_one();
    for (uint64_t v = 0; v < MEASURE_VECTORS; ++v) {
        const double *centroid[8];
        __m512d sum = _mm512_setzero_pd();
        for (int i = 0; i < 8; ++i)
            centroid[i] = panel->rows + (uint64_t)labels[8 * v + (uint64_t)i] * panel->stride;
        for (uint64_t j = 0; j < columns; j += 8) {
            uint64_t count = columns - j < 8 ? columns - j : 8;
            const float *values = block + j * PATRON_BLOCK + 8 * v;
            __m512d own[8];
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i)
                own[i] = _mm512_load_pd(centroid[i] + j);
            measure_transpose(own);
            if (count == 8) {
#pragma GCC unroll 8
                for (uint64_t i = 0; i < 8; ++i)
                    sum = measure_add(sum, values + i * PATRON_BLOCK, own[i], one);
            } else {
                for (uint64_t i = 0; i < count; ++i)
                    sum = measure_add(sum, values + i * PATRON_BLOCK, own[i], one);
            }
        }
        _mm512_storeu_pd(distance + 8 * v, sum);
    }
}

KERNEL_TARGET static void measure(const float *block, const kmeans_panel *panel,
                                  const int32_t *labels, double *distance)
{
    if (panel->groups <= 2)
        measure_few(block, panel, 2, labels, distance);
    else if (panel->groups == 3)
        measure_few(block, panel, 3, labels, distance);
    else if (panel->groups == 4)
        measure_few(block, panel, 4, labels, distance);
    else
        measure_many(block, panel, labels, distance);
}
