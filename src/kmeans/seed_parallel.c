/* SPDX-License-Identifier: Apache-2.0 */
/* k-means||: a few rounds that each draw some k rows by weight times squared distance, every row
 * for itself.  The means of the rows nearest to each, which tell more of the data than the drawn
 * rows do, are then clustered on every rank alike (kmeans/cells.h).
 * Bahmani et al., "Scalable k-means++", VLDB 2012. */
#include "kmeans/candidates.h"
#include "kmeans/cells.h"
#include "kmeans/keep.h"
#include "kmeans/seed.h"

#include <stdlib.h>

enum { ROUNDS = 5 };
static const double OVERSAMPLING = 2.0;

/* The first row by weight alone. */
static patron_status draw_first(uint64_t seed, kmeans_candidates *drawn)
{
    patron_kmeans *engine = drawn->engine;
    const patron_rows *rows = engine->rows;
    uint64_t first = UINT64_MAX;
    bool is_row = false;
    float *values = patron_allocate(rows->columns, sizeof *values);
    patron_status status =
        patron_comm_agree(engine->comm, values == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = kmeans_draw_first(engine, seed, &first);
    bool is_mine = status == PATRON_OK && first >= rows->first && first - rows->first < rows->count;
    if (is_mine)
        status = patron_rows_fetch(rows, first, values, &is_row);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = kmeans_candidates_append(drawn, values, is_mine ? 1 : 0);
    free(values);
    return status;
}

/* Candidates of a checkpoint, with the labels and the sum that belong to them. */
static patron_status go_on(kmeans_candidates *drawn, uint32_t *round, double *sum, bool *found)
{
    double *centroids = NULL;
    uint64_t count = 0;
    patron_status status =
        kmeans_recall_centroids(drawn->engine, KMEANS_KEPT_DRAWN, round, &count, &centroids, found);
    /* labels are first of one candidate, as where they are drawn */
    if (status == PATRON_OK && *found)
        status = kmeans_candidates_begin(drawn, centroids, 1);
    if (status == PATRON_OK && *found)
        status = kmeans_candidates_label(drawn, 0, sum);
    if (status == PATRON_OK && *found && count > 1)
        status = kmeans_candidates_begin(drawn, centroids, (uint32_t)count);
    if (status == PATRON_OK && *found && count > 1)
        status = kmeans_candidates_label(drawn, 1, sum);
    free(centroids);
    return status;
}

static patron_status keep(const kmeans_candidates *drawn, uint32_t next)
{
    patron_checkpoint *checkpoint = drawn->engine->checkpoint;
    if (!patron_checkpoint_is_due(checkpoint))
        return PATRON_OK;
    return patron_checkpoint_save(checkpoint,
                                  kmeans_keep_centroids(drawn->engine, KMEANS_KEPT_DRAWN, next,
                                                        drawn->count, drawn->centroids));
}

static patron_status draw_candidates(const patron_kmeans_options *options, uint64_t seed,
                                     kmeans_candidates *drawn)
{
    double oversampling = options->oversampling > 0.0 ? options->oversampling : OVERSAMPLING;
    uint32_t rounds = options->rounds > 0 ? options->rounds : ROUNDS;
    double sum = 0.0;
    uint32_t round = 1;
    bool found = false;
    patron_status status = go_on(drawn, &round, &sum, &found);
    if (status == PATRON_OK && !found)
        status = draw_first(seed, drawn);
    if (status == PATRON_OK && !found)
        status = kmeans_candidates_label(drawn, 0, &sum);
    for (; status == PATRON_OK && round <= rounds && sum > 0.0; ++round) {
        uint64_t base = drawn->count;
        status = kmeans_candidates_draw(drawn, seed, round, oversampling * options->k, sum);
        if (status == PATRON_OK && drawn->count > base)
            status = kmeans_candidates_label(drawn, base, &sum);
        if (status == PATRON_OK)
            status = keep(drawn, round + 1);
    }
    return status;
}

patron_status kmeans_seed_parallel(patron_kmeans *engine, const patron_kmeans_options *options,
                                   uint64_t seed, double *centroids, uint32_t *found)
{
    kmeans_candidates drawn = kmeans_candidates_of(engine);
    kmeans_cells cells = {0};
    patron_unpacking record;
    if (patron_checkpoint_recall(engine->checkpoint, KMEANS_KEPT_TAKEN, &record))
        return kmeans_seed_plusplus(engine, seed, options->k, centroids, found);
    patron_status status = draw_candidates(options, seed, &drawn);
    if (status == PATRON_OK)
        status = kmeans_cells_gather(&drawn, &cells);
    if (status == PATRON_OK) {
        const kmeans_cells_task task = {.k = options->k,
                                        .seed = seed,
                                        .threads = engine->rows->threads,
                                        .isa = engine->kernels.isa};
        status =
            patron_comm_agree(engine->comm, kmeans_cells_cluster(&cells, &task, centroids, found));
    }
    if (status == PATRON_OK && *found < options->k)
        status = kmeans_seed_plusplus(engine, seed, options->k, centroids, found);
    kmeans_cells_free(&cells);
    kmeans_candidates_free(&drawn);
    return status;
}
