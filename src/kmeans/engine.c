/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers of the engine, and the stop threshold. */
#include "kmeans/engine.h"

#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>

enum { CACHE_LINE_DOUBLES = 8 };

patron_status kmeans_engine_create(const patron_comm *comm, const patron_kmeans_rows *rows,
                                   int threads, kmeans_engine *engine)
{
    *engine = (kmeans_engine){.comm = comm, .rows = rows, .threads = threads > 0 ? threads : 1};
    engine->scratch_stride = (uint64_t)rows->columns * KMEANS_STRIP + CACHE_LINE_DOUBLES;
    engine->labels = patron_allocate(rows->count, sizeof *engine->labels);
    engine->distance = patron_allocate(rows->count, sizeof *engine->distance);
    engine->scratch = patron_allocate((uint64_t)engine->threads,
                                      engine->scratch_stride * sizeof *engine->scratch);
    patron_status status = PATRON_OK;
    if (engine->labels == NULL || engine->distance == NULL || engine->scratch == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = kmeans_layout_create(comm, rows, engine->threads, &engine->layout);
    return status;
}

void kmeans_engine_free(kmeans_engine *engine)
{
    free(engine->labels);
    free(engine->distance);
    free(engine->scratch);
    kmeans_layout_free(&engine->layout);
    *engine = (kmeans_engine){0};
}

double *kmeans_engine_scratch(const kmeans_engine *engine)
{
    return engine->scratch + (uint64_t)omp_get_thread_num() * engine->scratch_stride;
}

/* Per column the sum over all ranks of x - mean[j], or of its square, into total[columns]. */
static void sum_columns(const kmeans_engine *engine, const double *mean, bool squared,
                        patron_exactsum *sums, double *total)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t columns = rows->columns;
#pragma omp parallel num_threads(engine->threads)
    {
        patron_exactsum *mine = sums + (uint64_t)omp_get_thread_num() * columns;
        for (uint64_t j = 0; j < columns; ++j)
            mine[j] = (patron_exactsum){0};
#pragma omp for schedule(static)
        for (uint64_t i = 0; i < rows->count; ++i) {
            for (uint64_t j = 0; j < columns; ++j) {
                double term = (double)kmeans_row(rows, i)[j] - mean[j];
                patron_exactsum_add(&mine[j], squared ? term * term : term);
            }
        }
    }
    for (uint64_t i = columns; i < columns * (uint64_t)engine->threads; ++i)
        patron_exactsum_merge(&sums[i % columns], &sums[i]);
    patron_exactsum_reduce(engine->comm, sums, columns);
    for (uint64_t j = 0; j < columns; ++j)
        total[j] = patron_exactsum_round(&sums[j]);
}

/* The exact sum of values[count], rounded. */
static double sum_up(const double *values, uint64_t count)
{
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < count; ++i)
        patron_exactsum_add(&sum, values[i]);
    return patron_exactsum_round(&sum);
}

patron_status kmeans_threshold(const kmeans_engine *engine, double tolerance, double *threshold)
{
    uint64_t columns = engine->rows->columns;
    uint64_t total_rows = engine->rows->count;
    *threshold = 0.0;
    if (!(tolerance > 0.0))
        return PATRON_OK;
    patron_exactsum *sums =
        patron_allocate(columns, (uint64_t)engine->threads * sizeof(patron_exactsum));
    double *mean = patron_allocate(columns, sizeof *mean);
    double *variance = patron_allocate(columns, sizeof *variance);
    patron_status status = PATRON_OK;
    if (sums == NULL || mean == NULL || variance == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_reduce_u64(engine->comm, &total_rows, 1, PATRON_SUM);
    sum_columns(engine, variance, false, sums, mean); /* variance is all zeros as yet */
    for (uint64_t j = 0; j < columns; ++j)
        mean[j] /= (double)total_rows;
    sum_columns(engine, mean, true, sums, variance);
    for (uint64_t j = 0; j < columns; ++j)
        variance[j] /= (double)total_rows;
    *threshold = tolerance * (sum_up(variance, columns) / (double)columns);
cleanup:
    free(sums);
    free(mean);
    free(variance);
    return status;
}
