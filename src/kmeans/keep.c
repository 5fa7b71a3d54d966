/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a fit. */
#include "kmeans/keep.h"

#include "kmeans/fit.h"

#include <stdlib.h>

/* ---- results ---- */

static void pack_result(patron_packing *packing, const patron_kmeans_result *result)
{
    uint64_t k = result->k, cells = k * result->columns;
    const uint32_t counts[] = {result->k,         result->columns,       result->iterations,
                               result->converged, result->refine_rounds, result->refine_taken};
    patron_pack(packing, counts, sizeof counts);
    patron_pack(packing, &result->inertia, sizeof result->inertia);
    patron_pack(packing, result->centroids, cells * sizeof *result->centroids);
    patron_pack(packing, result->origin, k * sizeof *result->origin);
    patron_pack(packing, result->size, k * sizeof *result->size);
    patron_pack(packing, result->weight_sum, k * sizeof *result->weight_sum);
    patron_pack(packing, result->segment_inertia, k * sizeof *result->segment_inertia);
    patron_pack(packing, result->history, result->iterations * sizeof *result->history);
}

static patron_status unpack_result(const patron_comm *comm, patron_unpacking *record,
                                   const char *name, patron_kmeans_result *result)
{
    uint32_t counts[6];
    patron_unpack(record, counts, sizeof counts);
    uint64_t k = counts[0], cells = k * counts[1];
    if (record->failed || k == 0 || counts[1] == 0 ||
        cells > record->left / sizeof *result->centroids)
        return patron_checkpoint_fail(name);
    patron_status status = kmeans_result_create(comm, counts[0], counts[1], result);
    if (status != PATRON_OK)
        return status;
    result->iterations = counts[2];
    result->converged = counts[3] != 0;
    result->refine_rounds = counts[4];
    result->refine_taken = counts[5];
    result->history = patron_allocate(result->iterations, sizeof *result->history);
    status = patron_comm_agree(comm, result->history == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    patron_unpack(record, &result->inertia, sizeof result->inertia);
    patron_unpack(record, result->centroids, cells * sizeof *result->centroids);
    patron_unpack(record, result->origin, k * sizeof *result->origin);
    patron_unpack(record, result->size, k * sizeof *result->size);
    patron_unpack(record, result->weight_sum, k * sizeof *result->weight_sum);
    patron_unpack(record, result->segment_inertia, k * sizeof *result->segment_inertia);
    patron_unpack(record, result->history, result->iterations * sizeof *result->history);
    return record->failed ? patron_checkpoint_fail(name) : PATRON_OK;
}

patron_status patron_kmeans_result_keep(const patron_comm *comm, patron_checkpoint *checkpoint,
                                        const char *name, const patron_kmeans_result *result)
{
    patron_packing packing = {0};
    if (checkpoint == NULL)
        return PATRON_OK;
    pack_result(&packing, result);
    return patron_comm_agree(comm, patron_checkpoint_keep(checkpoint, name, &packing));
}

patron_status patron_kmeans_result_recall(const patron_comm *comm,
                                          const patron_checkpoint *checkpoint, const char *name,
                                          patron_kmeans_result *result, bool *found)
{
    patron_unpacking record;
    *result = (patron_kmeans_result){0};
    *found = patron_checkpoint_recall(checkpoint, name, &record);
    return *found ? unpack_result(comm, &record, name, result) : PATRON_OK;
}

/* ---- a fit's records ---- */

/* Keeps what was packed, on all ranks or none. */
static patron_status keep(const patron_kmeans *engine, const char *name, patron_packing *packing)
{
    return patron_comm_agree(engine->comm,
                             patron_checkpoint_keep(engine->checkpoint, name, packing));
}

patron_status kmeans_keep_result(const patron_kmeans *engine, const char *name,
                                 const uint32_t counts[KMEANS_KEPT_COUNTS],
                                 const patron_kmeans_result *result)
{
    patron_packing packing = {0};
    if (engine->checkpoint == NULL)
        return PATRON_OK;
    patron_pack(&packing, counts, KMEANS_KEPT_COUNTS * sizeof *counts);
    pack_result(&packing, result);
    patron_status status = keep(engine, name, &packing);
    if (status == PATRON_OK && patron_checkpoint_is_due(engine->checkpoint))
        status = patron_checkpoint_save(engine->checkpoint, status);
    return status;
}

patron_status kmeans_recall_result(const patron_kmeans *engine, const char *name,
                                   uint32_t counts[KMEANS_KEPT_COUNTS],
                                   patron_kmeans_result *result, bool *found)
{
    patron_unpacking record;
    *found = patron_checkpoint_recall(engine->checkpoint, name, &record);
    if (!*found)
        return PATRON_OK;
    patron_unpack(&record, counts, KMEANS_KEPT_COUNTS * sizeof *counts);
    return unpack_result(engine->comm, &record, name, result);
}

/* ---- centroids ---- */

patron_status kmeans_keep_centroids(const patron_kmeans *engine, const char *name, uint32_t next,
                                    uint64_t count, const double *centroids)
{
    patron_packing packing = {0};
    if (engine->checkpoint == NULL)
        return PATRON_OK;
    patron_pack(&packing, &next, sizeof next);
    patron_pack(&packing, &count, sizeof count);
    patron_pack(&packing, centroids, count * engine->rows->columns * sizeof *centroids);
    return keep(engine, name, &packing);
}

patron_status kmeans_recall_centroids(const patron_kmeans *engine, const char *name, uint32_t *next,
                                      uint64_t *count, double **centroids, bool *found)
{
    patron_unpacking record;
    uint64_t bytes_of_one = engine->rows->columns * sizeof **centroids;
    *centroids = NULL;
    *found = patron_checkpoint_recall(engine->checkpoint, name, &record);
    if (!*found)
        return PATRON_OK;
    patron_unpack(&record, next, sizeof *next);
    patron_unpack(&record, count, sizeof *count);
    if (record.failed || *count == 0 || *count != record.left / bytes_of_one)
        return patron_checkpoint_fail(name);
    *centroids = patron_allocate(*count, bytes_of_one);
    if (*centroids != NULL)
        patron_unpack(&record, *centroids, *count * bytes_of_one);
    return patron_comm_agree(engine->comm, *centroids == NULL ? PATRON_RESOURCE : PATRON_OK);
}

/* ---- iterations ---- */

patron_status kmeans_keep_run(const patron_kmeans *engine, const kmeans_run *run,
                              const double *before)
{
    patron_packing packing = {0};
    patron_pack(&packing, &run->k, sizeof run->k);
    patron_pack(&packing, &run->iterations, sizeof run->iterations);
    patron_pack(&packing, before, run->k * (uint64_t)engine->rows->columns * sizeof *before);
    patron_pack(&packing, run->history, run->iterations * sizeof *run->history);
    return keep(engine, KMEANS_KEPT_LLOYD, &packing);
}

bool kmeans_recall_run_k(const patron_kmeans *engine, uint32_t *k)
{
    patron_unpacking record;
    if (!patron_checkpoint_recall(engine->checkpoint, KMEANS_KEPT_LLOYD, &record))
        return false;
    patron_unpack(&record, k, sizeof *k);
    return true;
}

patron_status kmeans_recall_run(const patron_kmeans *engine, kmeans_run *run, bool *found)
{
    patron_unpacking record;
    uint32_t k = 0;
    *found = patron_checkpoint_recall(engine->checkpoint, KMEANS_KEPT_LLOYD, &record);
    if (!*found)
        return PATRON_OK;
    patron_unpack(&record, &k, sizeof k);
    patron_unpack(&record, &run->iterations, sizeof run->iterations);
    if (record.failed || k != run->k || run->iterations == 0)
        return patron_checkpoint_fail(KMEANS_KEPT_LLOYD);
    run->history = patron_allocate(run->iterations, sizeof *run->history);
    if (patron_comm_agree(engine->comm, run->history == NULL ? PATRON_RESOURCE : PATRON_OK) !=
        PATRON_OK)
        return PATRON_RESOURCE;
    patron_unpack(&record, run->centroids,
                  k * (uint64_t)engine->rows->columns * sizeof *run->centroids);
    patron_unpack(&record, run->history, run->iterations * sizeof *run->history);
    return record.failed ? patron_checkpoint_fail(KMEANS_KEPT_LLOYD) : PATRON_OK;
}
