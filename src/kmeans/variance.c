/* SPDX-License-Identifier: Apache-2.0 */
/* The mean variance of the columns, which the stop threshold is a multiple of. */
#include "kmeans/engine.h"

#include <stdlib.h>
#include <string.h>

/* Sums of x - center[j], or of its square, a column. */
typedef struct column_sums {
    const patron_kmeans *engine;
    const double *center;
    bool squares;
    patron_blocksum *sums; /* threads x columns */
} column_sums;

static void sum_block(void *argument, int thread, const patron_block *block)
{
    const column_sums *run = argument;
    uint64_t columns = run->engine->rows->columns;
    for (uint64_t j = 0; j < columns; ++j) {
        const float *values = block->values + j * PATRON_BLOCK;
        _Alignas(PATRON_ALIGNMENT) double terms[PATRON_BLOCK];
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            double term = (double)values[lane] - run->center[j];
            term = run->squares ? term * term : term;
            terms[lane] = ((block->lanes >> lane) & 1) != 0 ? term : 0.0;
        }
        patron_blocksum_add(&run->sums[(uint64_t)thread * columns + j],
                            run->engine->kernels.blocksum, terms);
    }
}

/* Means over all rows of what `run` sums up, into mean[columns]. */
static patron_status average(column_sums *run, patron_exactsum *totals, double *mean)
{
    const patron_kmeans *engine = run->engine;
    uint64_t columns = engine->rows->columns;
    uint64_t all = columns * (uint64_t)engine->rows->threads;
    memset(run->sums, 0, all * sizeof *run->sums);
    patron_status status = kmeans_visit(engine, sum_block, run);
    if (status != PATRON_OK)
        return status;
    memset(totals, 0, columns * sizeof *totals);
    for (uint64_t i = 0; i < all; ++i) {
        patron_blocksum_flush(&run->sums[i]);
        patron_exactsum_merge(&totals[i % columns], &run->sums[i].sum);
    }
    patron_exactsum_reduce(engine->comm, totals, columns);
    for (uint64_t j = 0; j < columns; ++j)
        mean[j] = patron_exactsum_round(&totals[j]) / (double)engine->total_rows;
    return PATRON_OK;
}

patron_status kmeans_variance(patron_kmeans *engine, double *variance)
{
    uint64_t columns = engine->rows->columns;
    if (engine->variance >= 0.0) {
        *variance = engine->variance;
        return PATRON_OK;
    }
    double *mean = patron_allocate(columns, sizeof *mean);
    double *spread = patron_allocate(columns, sizeof *spread);
    patron_exactsum *totals = patron_allocate(columns, sizeof *totals);
    column_sums run = {.engine = engine, .center = spread}; /* all zeros as yet */
    run.sums = patron_allocate(columns, (uint64_t)engine->rows->threads * sizeof *run.sums);
    patron_status status = PATRON_OK;
    if (mean == NULL || spread == NULL || totals == NULL || run.sums == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = average(&run, totals, mean);
    run.center = mean;
    run.squares = true;
    if (status == PATRON_OK)
        status = average(&run, totals, spread);
    if (status == PATRON_OK) {
        patron_exactsum sum = {0};
        for (uint64_t j = 0; j < columns; ++j)
            patron_exactsum_add(&sum, spread[j]);
        *variance = engine->variance = patron_exactsum_round(&sum) / (double)columns;
    }
    free(mean);
    free(spread);
    free(totals);
    free(run.sums);
    return status;
}
