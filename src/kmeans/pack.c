/* SPDX-License-Identifier: Apache-2.0 */
/* Packs rows in one pass: lays them out, and finds norms and magnitudes while they are in cache. */
#include "kmeans/pack.h"

#include "patron/memory.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SAMPLE = 1024 };
static const uint64_t HUGE_PAGE = UINT64_C(1) << 21;

void *kmeans_allocate_aligned(uint64_t count, uint64_t size, void **memory)
{
    uint64_t bytes = 0;
    bool is_huge = !__builtin_mul_overflow(count, size, &bytes) && bytes >= 4 * HUGE_PAGE;
    uint64_t alignment = is_huge ? HUGE_PAGE : KMEANS_ALIGNMENT;
    uint64_t extra = size > 0 ? alignment / size + 1 : 0;
    *memory = count > UINT64_MAX - extra ? NULL : patron_allocate(count + extra, size);
    if (*memory == NULL)
        return NULL;
    uintptr_t address = (uintptr_t)*memory;
    void *aligned = (char *)*memory + (alignment - address % alignment) % alignment;
#ifdef MADV_HUGEPAGE
    if (is_huge)
        (void)madvise(aligned, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return aligned;
}

/* ---- shift ---- */

/* Mean of a sample, taken where it lies farther from the origin than rows from it. */
static void choose_shift(const patron_kmeans_rows *rows, kmeans_pack *pack)
{
    uint64_t columns = rows->columns;
    uint64_t taken = rows->count < SAMPLE ? rows->count : SAMPLE;
    double squared_mean = 0.0, variance = 0.0;
    for (uint64_t j = 0; taken > 0 && j < columns; ++j) {
        double sum = 0.0, squares = 0.0;
        for (uint64_t i = 0; i < taken; ++i)
            sum += (double)rows->values[i * (rows->count / taken) * columns + j];
        double mean = sum / (double)taken;
        for (uint64_t i = 0; i < taken; ++i) {
            double off = (double)rows->values[i * (rows->count / taken) * columns + j] - mean;
            squares += off * off;
        }
        pack->shift[j] = (float)mean;
        squared_mean += mean * mean;
        variance += squares / (double)taken;
    }
    pack->is_shifted = squared_mean > variance;
    if (!pack->is_shifted)
        memset(pack->shift, 0, columns * sizeof *pack->shift);
}

/* Bounds of a block's norms from the float32 sums of squares of the float32 differences. */
static void bound_norms(const float *squares, uint64_t columns, float *radius, float *norm)
{
    double relative = ((double)columns + 8.0) * 0x1p-22;
    double underflow = 4.0 * (double)columns * 0x1p-126;
    double greatest = 0.0;
    for (int lane = 0; lane < KMEANS_BLOCK; ++lane) {
        double square = (double)squares[lane];
        double least = square < (double)INFINITY ? square * (1.0 - relative) - underflow : 0.0;
        norm[lane] = (float)(least > 0.0 ? least : 0.0);
        greatest = square > greatest ? square : greatest;
    }
    *radius = nextafterf((float)sqrt(greatest * (1.0 + relative) + underflow), INFINITY);
}

/* ---- packing ---- */

static void merge_magnitudes(kmeans_pack *pack, const int32_t *least, const int32_t *greatest)
{
    for (uint32_t j = 0; j < pack->columns; ++j) {
        pack->least[j] = least[j] < pack->least[j] ? least[j] : pack->least[j];
        pack->greatest[j] = greatest[j] > pack->greatest[j] ? greatest[j] : pack->greatest[j];
    }
}

static void pack_block(const patron_kmeans_rows *rows, const kmeans_kernel_set *kernels,
                       uint64_t block, float *shifted, int32_t *magnitudes, kmeans_pack *pack)
{
    uint64_t columns = rows->columns;
    float *values = pack->values + block * columns * KMEANS_BLOCK;
    float squares[KMEANS_BLOCK];
    kernels->lay(rows->values + block * KMEANS_BLOCK * columns, kmeans_pack_rows(pack, block),
                 columns, values);
    kernels->widen(values, columns, magnitudes, magnitudes + columns);
    kernels->shift(values, columns, pack->shift, shifted, squares);
    bound_norms(squares, columns, &pack->radius[block], pack->norm + block * KMEANS_BLOCK);
}

/* `shifted` and `magnitudes` are room for each thread. */
static void pack_all(const patron_kmeans_rows *rows, const kmeans_kernel_set *kernels, int threads,
                     float *shifted, int32_t *magnitudes, kmeans_pack *pack)
{
    uint64_t columns = rows->columns;
    for (uint64_t j = 0; j < columns; ++j)
        pack->least[j] = INT32_MAX;
#pragma omp parallel num_threads(threads)
    {
        uint64_t thread = (uint64_t)omp_get_thread_num();
        float *my_shifted = shifted + thread * columns * KMEANS_BLOCK;
        int32_t *mine = magnitudes + thread * columns * 2;
        for (uint64_t j = 0; j < columns; ++j)
            mine[j] = INT32_MAX;
#pragma omp for schedule(static)
        for (uint64_t block = 0; block < pack->blocks; ++block)
            pack_block(rows, kernels, block, my_shifted, mine, pack);
#pragma omp critical(kmeans_pack)
        merge_magnitudes(pack, mine, mine + columns);
    }
}

patron_status kmeans_pack_create(const patron_kmeans_rows *rows, const kmeans_kernel_set *kernels,
                                 int threads, kmeans_pack *pack)
{
    uint64_t columns = rows->columns;
    *pack = (kmeans_pack){.count = rows->count, .columns = rows->columns};
    pack->blocks = (rows->count + KMEANS_BLOCK - 1) / KMEANS_BLOCK;
    pack->values = kmeans_allocate_aligned(
        pack->blocks, columns * KMEANS_BLOCK * sizeof *pack->values, &pack->memory);
    pack->radius = patron_allocate(pack->blocks, sizeof *pack->radius);
    pack->norm = patron_allocate(pack->blocks, KMEANS_BLOCK * sizeof *pack->norm);
    pack->shift = patron_allocate(columns, sizeof *pack->shift);
    pack->least = patron_allocate(columns, sizeof *pack->least);
    pack->greatest = patron_allocate(columns, sizeof *pack->greatest);
    float *shifted = patron_allocate((uint64_t)threads, columns * KMEANS_BLOCK * sizeof *shifted);
    int32_t *magnitudes = patron_allocate((uint64_t)threads, columns * 2 * sizeof *magnitudes);
    patron_status status = PATRON_RESOURCE;
    if (pack->values == NULL || pack->radius == NULL || pack->norm == NULL || pack->shift == NULL ||
        pack->least == NULL || pack->greatest == NULL || shifted == NULL || magnitudes == NULL)
        goto cleanup;
    choose_shift(rows, pack);
    pack_all(rows, kernels, threads, shifted, magnitudes, pack);
    status = PATRON_OK;
cleanup:
    free(shifted);
    free(magnitudes);
    return status;
}

void kmeans_pack_free(kmeans_pack *pack)
{
    free(pack->memory);
    free(pack->radius);
    free(pack->norm);
    free(pack->shift);
    free(pack->least);
    free(pack->greatest);
    *pack = (kmeans_pack){0};
}
