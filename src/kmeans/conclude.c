/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a fit: labels of the final centroids, and the figures of the segments. */
#include "kmeans/engine.h"

#include "kmeans/pass.h"
#include "kmeans/relocate.h"

#include <stdlib.h>
#include <string.h>

patron_status kmeans_label(patron_kmeans *engine, const patron_kmeans_result *result,
                           kmeans_tally *tally)
{
    kmeans_search search;
    kmeans_assignment assignment;
    patron_status status = kmeans_search_create(engine, result->k, &search);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK) {
        kmeans_search_fill(engine, result->centroids, result->k, &search);
        kmeans_pass pass = {.engine = engine,
                            .search = &search,
                            .tally = tally,
                            .is_first = true,
                            .is_coarse = kmeans_coarse_pays(engine, result->k)};
        status = kmeans_assign(&pass, &assignment);
    }
    if (status == PATRON_OK)
        kmeans_tally_merge(engine->comm, tally);
    kmeans_search_free(&search);
    return status;
}

static void take_figures(const patron_kmeans *engine, const kmeans_tally *tally,
                         patron_kmeans_result *result)
{
    kmeans_figures *figures = &tally->part[0];
    patron_exactsum total = {0};
    for (uint32_t c = 0; c < result->k; ++c) {
        patron_exactsum_merge(&total, &figures->inertia[c]);
        result->size[c] = figures->size[c];
        result->segment_inertia[c] = patron_exactsum_round(&figures->inertia[c]);
        result->weight_sum[c] = engine->rows->weighs ? patron_exactsum_round(&figures->weight[c])
                                                     : (double)figures->size[c];
    }
    result->inertia = patron_exactsum_round(&total);
}

/* Leaves out the clusters without rows of positive weight; true if there were any. */
static bool drop_empty(patron_kmeans_result *result, const int64_t *positive)
{
    uint64_t columns = result->columns;
    uint32_t kept = 0;
    for (uint32_t c = 0; c < result->k; ++c) {
        if (positive[c] == 0)
            continue;
        result->origin[kept] = result->origin[c];
        if (kept < c)
            memcpy(result->centroids + kept * columns, result->centroids + c * columns,
                   columns * sizeof *result->centroids);
        ++kept;
    }
    bool dropped = kept < result->k;
    result->k = kept;
    return dropped;
}

static bool has_empty(const kmeans_tally *tally)
{
    for (uint32_t c = 0; c < tally->k; ++c)
        if (tally->part[0].positive[c] == 0)
            return true;
    return false;
}

patron_status kmeans_conclude(patron_kmeans *engine, bool may_drop, kmeans_tally *tally,
                              patron_kmeans_result *result)
{
    bool is_possible = true;
    patron_status status = PATRON_OK;
    if (may_drop && has_empty(tally))
        status = kmeans_relocate_possible(engine, result->centroids, tally->part[0].positive,
                                          &is_possible);
    if (status == PATRON_OK && !is_possible && drop_empty(result, tally->part[0].positive)) {
        kmeans_tally_free(tally);
        status = patron_comm_agree(engine->comm,
                                   kmeans_tally_create(result->k, engine->rows->threads, tally));
        if (status == PATRON_OK)
            status = kmeans_label(engine, result, tally);
    }
    if (status == PATRON_OK)
        take_figures(engine, tally, result);
    return status;
}

static void mark_block(void *argument, int thread, const patron_block *block)
{
    int32_t *labels = kmeans_labels_of(argument, block->index);
    (void)thread;
    for (uint64_t left = ~block->lanes; left != 0; left &= left - 1)
        labels[__builtin_ctzll(left)] = -1;
}

patron_status kmeans_mark_dropped(patron_kmeans *engine)
{
    return engine->has_dropped ? kmeans_visit(engine, mark_block, engine) : PATRON_OK;
}
