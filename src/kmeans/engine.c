/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's life, and small things that its parts share. */
#include "kmeans/engine.h"

#include "kmeans/survey.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

static patron_status create_parts(patron_kmeans *engine)
{
    const patron_rows *rows = engine->rows;
    engine->labels = patron_allocate_aligned(rows->blocks, PATRON_BLOCK * sizeof *engine->labels,
                                             &engine->labels_memory);
    engine->radius = patron_allocate(rows->blocks, sizeof *engine->radius);
    engine->shift = patron_allocate(rows->columns, sizeof *engine->shift);
    if (engine->labels == NULL || engine->radius == NULL || engine->shift == NULL)
        return PATRON_RESOURCE;
    return PATRON_OK;
}

static patron_status create_workers(patron_kmeans *engine)
{
    patron_status status = PATRON_OK;
    int threads = engine->rows->threads;
    engine->worker = patron_allocate((uint64_t)threads, sizeof *engine->worker);
    if (engine->worker == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; status == PATRON_OK && t < threads; ++t)
        status = kmeans_worker_create(engine, &engine->worker[t]);
    return status;
}

static patron_status prepare(patron_kmeans *engine, patron_kmeans_isa isa)
{
    patron_status status = kmeans_kernel_set_choose(isa, &engine->kernels);
    if (status == PATRON_OK && engine->rows->columns == 0)
        status = patron_fail(PATRON_DATA, "no columns to cluster, expected at least 1");
    if (status == PATRON_OK)
        status = create_parts(engine);
    status = patron_comm_agree(engine->comm, status);
    patron_span span = patron_meter_arrive(engine->comm, PATRON_STEP_SURVEY);
    if (status == PATRON_OK)
        status = kmeans_survey(engine);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK && engine->positive_rows == 0)
        status = patron_fail(PATRON_DATA, "none of %llu rows has a weight above 0",
                             (unsigned long long)engine->total_rows);
    if (status == PATRON_OK)
        status = patron_comm_agree(engine->comm, create_workers(engine));
    return status;
}

patron_status patron_kmeans_create(const patron_comm *comm, const patron_rows *rows,
                                   patron_kmeans_isa isa, patron_kmeans **kmeans)
{
    patron_kmeans *engine = patron_allocate(1, sizeof *engine);
    patron_status status = patron_comm_agree(comm, engine == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        engine->comm = comm;
        engine->rows = rows;
        engine->variance = -1.0;
        status = prepare(engine, isa);
    }
    if (status != PATRON_OK) {
        patron_kmeans_free(engine);
        engine = NULL;
    }
    *kmeans = engine;
    return status;
}

void patron_kmeans_free(patron_kmeans *kmeans)
{
    if (kmeans == NULL)
        return;
    for (int t = 0; kmeans->worker != NULL && t < kmeans->rows->threads; ++t)
        kmeans_worker_free(&kmeans->worker[t]);
    free(kmeans->worker);
    free(kmeans->labels_memory);
    free(kmeans->radius);
    free(kmeans->shift);
    free(kmeans->sample.memory);
    kmeans_layout_free(&kmeans->layout);
    free(kmeans);
}

const int32_t *patron_kmeans_labels(const patron_kmeans *kmeans)
{
    return kmeans->labels;
}

patron_status kmeans_visit(const patron_kmeans *engine, patron_block_visit *visit, void *argument)
{
    patron_status status = patron_rows_pass(engine->rows, visit, argument);
    /* rows in memory can't fail, and all ranks' rows are in memory or none's */
    return engine->rows->stream == NULL ? status : patron_comm_agree(engine->comm, status);
}

const double *kmeans_terms(uint64_t lanes, const float *weight, const double *distance,
                           double *terms)
{
    if (lanes == UINT64_MAX && weight == NULL)
        return distance;
    if (weight == NULL)
        memcpy(terms, distance, PATRON_BLOCK * sizeof *terms);
    else
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            terms[lane] = (double)weight[lane] * distance[lane];
    for (uint64_t left_out = ~lanes; left_out != 0; left_out &= left_out - 1)
        terms[__builtin_ctzll(left_out)] = 0.0;
    return terms;
}

/* ---- rows by number ---- */

patron_status kmeans_fetch_rows(const patron_kmeans *engine, const uint64_t *wanted, uint64_t count,
                                double *values)
{
    const patron_rows *rows = engine->rows;
    uint64_t columns = rows->columns;
    int64_t *bits = patron_allocate(count, columns * sizeof *bits);
    float *row = patron_allocate(columns, sizeof *row);
    patron_status status = bits == NULL || row == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    /* one rank holds each row and the others add zeros to its bits */
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        bool is_row = false;
        if (wanted[i] < rows->first || wanted[i] - rows->first >= rows->count)
            continue;
        status = patron_rows_fetch(rows, wanted[i], row, &is_row);
        for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
            double value = (double)row[j];
            memcpy(&bits[i * columns + j], &value, sizeof value);
        }
    }
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK) {
        patron_comm_reduce_i64(engine->comm, bits, count * columns, PATRON_SUM);
        memcpy(values, bits, count * columns * sizeof *values);
    }
cleanup:
    free(row);
    free(bits);
    return status;
}
