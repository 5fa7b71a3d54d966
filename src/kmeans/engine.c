/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers of the engine, and the stop threshold. */
#include "kmeans/engine.h"

#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>

static patron_status create_scratch(kmeans_engine *engine)
{
    uint32_t columns = engine->rows->columns;
    patron_status status = PATRON_OK;
    engine->scratch = patron_allocate((uint64_t)engine->threads, sizeof *engine->scratch);
    if (engine->scratch == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; status == PATRON_OK && t < engine->threads; ++t)
        status = kmeans_scratch_create(&engine->scratch[t], columns, engine->layout.width);
    return status;
}

patron_status kmeans_engine_create(const patron_comm *comm, const patron_kmeans_rows *rows,
                                   int threads, patron_kmeans_isa isa, kmeans_engine *engine)
{
    *engine = (kmeans_engine){.comm = comm, .rows = rows, .threads = threads > 0 ? threads : 1};
    patron_status status = kmeans_kernel_set_choose(isa, &engine->kernels);
    if (status == PATRON_OK)
        status = kmeans_pack_create(rows, &engine->kernels, engine->threads, &engine->pack);
    engine->labels = patron_allocate(rows->count, sizeof *engine->labels);
    engine->distance = patron_allocate(rows->count, sizeof *engine->distance);
    if (engine->labels == NULL || engine->distance == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = kmeans_layout_create(comm, rows, &engine->pack, &engine->layout);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, create_scratch(engine));
    return status;
}

void kmeans_engine_free(kmeans_engine *engine)
{
    free(engine->labels);
    free(engine->distance);
    for (int t = 0; engine->scratch != NULL && t < engine->threads; ++t)
        kmeans_scratch_free(&engine->scratch[t]);
    free(engine->scratch);
    kmeans_pack_free(&engine->pack);
    kmeans_layout_free(&engine->layout);
    *engine = (kmeans_engine){0};
}

kmeans_scratch *kmeans_engine_scratch(const kmeans_engine *engine)
{
    return &engine->scratch[omp_get_thread_num()];
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
