/* SPDX-License-Identifier: Apache-2.0 */
/* Lloyd's iteration: assign, move the sums of the rows that moved, update.
 * Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28 (1982). */
#include "kmeans/engine.h"

#include "kmeans/keep.h"
#include "kmeans/pass.h"
#include "kmeans/relocate.h"
#include "runtime/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the iterations need besides the engine and the run. */
typedef struct workspace {
    kmeans_search search;
    kmeans_bounds bounds;
    kmeans_sums sums;
    kmeans_pass pass;
    double *next;   /* k x columns */
    double *before; /* k x columns: centroids before the last iteration; NULL: not kept */
    uint64_t capacity;
} workspace;

static patron_status workspace_create(patron_kmeans *engine, uint32_t k, workspace *work)
{
    uint32_t columns = engine->rows->columns;
    *work = (workspace){.next = patron_allocate(k, columns * sizeof *work->next)};
    patron_status status = work->next == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (engine->checkpoint != NULL) {
        work->before = patron_allocate(k, columns * sizeof *work->before);
        status = work->before == NULL ? PATRON_RESOURCE : status;
    }
    if (status == PATRON_OK)
        status = kmeans_search_create(engine, k, &work->search);
    if (status == PATRON_OK)
        status = kmeans_bounds_create(engine, k, &work->bounds);
    if (status == PATRON_OK)
        status = kmeans_sums_create(&engine->layout, k, engine->rows->threads, &work->sums);
    work->pass = (kmeans_pass){.engine = engine,
                               .search = &work->search,
                               .bounds = &work->bounds,
                               .sums = &work->sums,
                               .is_first = true,
                               .is_coarse = kmeans_coarse_pays(engine, k)};
    return patron_comm_agree(engine->comm, status);
}

static void workspace_free(workspace *work)
{
    free(work->next);
    free(work->before);
    kmeans_search_free(&work->search);
    kmeans_bounds_free(&work->bounds);
    kmeans_sums_free(&work->sums);
}

/* Makes room for one more iteration; the ranks grow together. */
static patron_status grow_history(const patron_comm *comm, workspace *work, kmeans_run *run)
{
    if (run->history != NULL && run->iterations < work->capacity)
        return PATRON_OK;
    uint64_t capacity = work->capacity == 0 ? 64 : 2 * work->capacity;
    patron_kmeans_iteration *grown =
        patron_reallocate(run->history, capacity, sizeof *run->history);
    if (grown != NULL) {
        run->history = grown;
        work->capacity = capacity;
    }
    return patron_comm_agree(comm, grown == NULL ? PATRON_RESOURCE : PATRON_OK);
}

/* Squared Frobenius norm of b - a. */
static double shift_between(const double *a, const double *b, uint64_t count)
{
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < count; ++i) {
        double difference = b[i] - a[i];
        patron_exactsum_add(&sum, difference * difference);
    }
    return patron_exactsum_round(&sum);
}

/* New centroids from the sums; returns their shift. */
static double update(const patron_kmeans *engine, workspace *work, kmeans_run *run)
{
    const kmeans_layout *layout = &engine->layout;
    uint64_t columns = engine->rows->columns;
    uint64_t count = run->k * columns;
    memcpy(work->next, run->centroids, count * sizeof *work->next);
#pragma omp parallel for num_threads(engine->rows->threads) schedule(static)
    for (uint64_t c = 0; c < run->k; ++c)
        if (*kmeans_sums_positive(layout, &work->sums, c) > 0)
            kmeans_sums_centroid(layout, work->sums.total + c * layout->stride,
                                 work->next + c * columns);
    double shift = shift_between(run->centroids, work->next, count);
    if (work->before != NULL)
        memcpy(work->before, run->centroids, count * sizeof *work->before);
    memcpy(run->centroids, work->next, count * sizeof *work->next);
    return shift;
}

static void report(patron_progress *progress, const kmeans_run *run)
{
    char note[64];
    if (progress == NULL)
        return;
    snprintf(note, sizeof note, "inertia %.9g", run->history[run->iterations - 1].inertia);
    patron_progress_update(progress, run->iterations, note);
}

/* Whether the inertia would have to fall by much more than it did in the last iteration; judged
 * from the third one on. */
static bool is_hopeless(const kmeans_run *run)
{
    const double most = 10.0; /* times as much */
    if (run->target <= 0.0 || run->iterations < 3)
        return false;
    double now = run->history[run->iterations - 1].inertia;
    double before = run->history[run->iterations - 2].inertia;
    return now > run->target && now - run->target > most * (before - now);
}

static patron_status iterate(patron_kmeans *engine, workspace *work, double threshold,
                             kmeans_run *run)
{
    kmeans_assignment assignment;
    kmeans_moves moves = {0};
    patron_status status = grow_history(engine->comm, work, run);
    if (status != PATRON_OK)
        return status;
    kmeans_search_fill(engine, run->centroids, run->k, &work->search);
    status = kmeans_assign(&work->pass, &assignment);
    if (status != PATRON_OK)
        return status;
    work->pass.is_first = false;
    patron_span span = patron_meter_arrive(engine->comm, PATRON_STEP_UPDATE);
    kmeans_sums_merge(engine->comm, &engine->layout, &work->sums);
    status = kmeans_relocate(engine, &work->search, &work->sums, &moves);
    if (status == PATRON_OK) {
        double shift = update(engine, work, run);
        run->converged = (assignment.moved == 0 && moves.count == 0) || shift <= threshold;
        run->history[run->iterations++] =
            (patron_kmeans_iteration){assignment.inertia, assignment.moved, shift};
    }
    kmeans_relocate_undo(engine, &work->sums, &moves);
    patron_meter_leave(span, 0, 0);
    return status;
}

/* Labels of the final centroids, with what bounds there are. */
static patron_status finish(patron_kmeans *engine, workspace *work, kmeans_tally *tally,
                            const kmeans_run *run)
{
    kmeans_assignment assignment;
    kmeans_search_fill(engine, run->centroids, run->k, &work->search);
    work->pass.sums = NULL;
    work->pass.tally = tally;
    patron_status status = kmeans_assign(&work->pass, &assignment);
    if (status == PATRON_OK)
        kmeans_tally_merge(engine->comm, tally);
    return status;
}

/* Where a checkpoint has iterations, the last of them is done again, as labels and sums are not
 * kept; how many rows it moved is known. */
static patron_status go_on(patron_kmeans *engine, workspace *work, double threshold,
                           kmeans_run *run)
{
    bool found = false;
    patron_status status = kmeans_recall_run(engine, run, &found);
    if (status != PATRON_OK || !found)
        return status;
    work->capacity = run->iterations--;
    patron_kmeans_iteration last = run->history[run->iterations];
    status = iterate(engine, work, threshold, run);
    if (status == PATRON_OK)
        run->history[run->iterations - 1] = last;
    run->converged = false; /* what has converged is not kept */
    return status;
}

static patron_status keep(const patron_kmeans *engine, const workspace *work, const kmeans_run *run)
{
    if (!patron_checkpoint_is_due(engine->checkpoint))
        return PATRON_OK;
    return patron_checkpoint_save(engine->checkpoint, kmeans_keep_run(engine, run, work->before));
}

patron_status kmeans_lloyd(patron_kmeans *engine, uint32_t max_iterations, double threshold,
                           patron_progress *progress, kmeans_tally *tally, kmeans_run *run)
{
    workspace work;
    patron_status status = workspace_create(engine, run->k, &work);
    memset(engine->labels, 0, engine->rows->blocks * PATRON_BLOCK * sizeof *engine->labels);
    run->history = NULL;
    run->iterations = 0;
    run->converged = run->is_given_up = false;
    if (status == PATRON_OK)
        status = go_on(engine, &work, threshold, run);
    patron_progress_skip(progress, run->iterations);
    while (status == PATRON_OK && run->iterations < max_iterations && !run->converged &&
           !run->is_given_up) {
        status = iterate(engine, &work, threshold, run);
        if (status == PATRON_OK) {
            report(progress, run);
            run->is_given_up = is_hopeless(run);
            if (!run->converged && !run->is_given_up)
                status = keep(engine, &work, run);
        }
    }
    if (status == PATRON_OK && tally != NULL && !run->is_given_up)
        status = finish(engine, &work, tally, run);
    workspace_free(&work);
    return status;
}
