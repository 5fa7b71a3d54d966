/* SPDX-License-Identifier: Apache-2.0 */
/* A pass: nearest centroids, inertia, and who moved.  A row goes through stages until one decides:
 * its bounds, coarse scores, fine scores, the float64 loop.  Rows that a stage leaves open are
 * gathered, so that the next one too has full vectors to work on. */
#include "kmeans/pass.h"

#include "runtime/meter.h"

#include <math.h>
#include <string.h>

/* Asks for a quarter of what the block at hand says lies ahead. */
static void fetch_ahead(const kmeans_view *view, uint64_t part)
{
    if (view->block != NULL)
        patron_block_fetch_ahead(view->block, part, 4);
}

/* ---- a decision ---- */

/* Labels of a view's rows before the pass; `room` is for those of gathered ones. */
static const int32_t *old_labels(const kmeans_pass *pass, const kmeans_view *view, int32_t *room)
{
    const patron_kmeans *engine = pass->engine;
    if (view->row == NULL)
        return engine->labels + view->first;
    for (uint64_t left = view->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        room[lane] = engine->labels[view->row[lane]];
    }
    return room;
}

/* Takes labels[] over, and changes the sums accordingly. */
static void move_rows(const kmeans_pass *pass, int thread, const kmeans_view *view, uint64_t lanes,
                      const int32_t *labels)
{
    patron_kmeans *engine = pass->engine;
    _Alignas(PATRON_ALIGNMENT) int32_t room[PATRON_BLOCK];
    const int32_t *from = pass->is_first ? NULL : old_labels(pass, view, room);
    uint64_t moved = pass->is_first ? lanes : lanes & engine->kernels.differ(labels, from);
    if (moved == 0)
        return;
    engine->worker[thread].moved += __builtin_popcountll(moved);
    if (pass->sums != NULL)
        kmeans_move_rows(engine, view, moved, from, labels, thread, pass->sums);
    for (; moved != 0; moved &= moved - 1) {
        int lane = __builtin_ctzll(moved);
        engine->labels[kmeans_view_row(view, lane)] = labels[lane];
    }
}

/* Adds the rows' inertia, and the rows to the tally; distance[] is that to their labels. */
static void count_rows(const kmeans_pass *pass, int thread, const kmeans_view *view, uint64_t lanes,
                       const int32_t *labels, const double *distance)
{
    const patron_kmeans *engine = pass->engine;
    _Alignas(PATRON_ALIGNMENT) double room[PATRON_BLOCK];
    const double *terms = kmeans_terms(lanes, view->weight, distance, room);
    patron_blocksum_add(&engine->worker[thread].sum, engine->kernels.blocksum, terms);
    if (pass->tally != NULL)
        kmeans_tally_add(pass->tally, thread, lanes, labels, view->weight, terms);
}

static void store_bounds(const kmeans_pass *pass, const kmeans_view *view, uint64_t lanes,
                         const kmeans_found *found, const int32_t *labels, const double *distance)
{
    _Alignas(PATRON_ALIGNMENT) float lower[PATRON_BLOCK] = {0.0F};
    if (found->error < (double)INFINITY)
        pass->engine->kernels.beyond(&found->scores, labels, distance, found->error, lower);
    if (view->row == NULL && lanes == UINT64_MAX) {
        memcpy(pass->bounds->lower + view->first, lower, sizeof lower);
        return;
    }
    for (; lanes != 0; lanes &= lanes - 1) {
        int lane = __builtin_ctzll(lanes);
        pass->bounds->lower[kmeans_view_row(view, lane)] = lower[lane];
    }
}

/* Takes labels[] over for the rows of `lanes`, of which `found` holds the scores. */
static void settle(const kmeans_pass *pass, int thread, const kmeans_view *view, uint64_t lanes,
                   const kmeans_found *found, const int32_t *labels)
{
    const patron_kmeans *engine = pass->engine;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    if (lanes == 0)
        return;
    fetch_ahead(view, 2);
    engine->kernels.measure(view->values, &pass->search->panel, labels, distance);
    fetch_ahead(view, 3);
    count_rows(pass, thread, view, lanes, labels, distance);
    if (pass->bounds != NULL)
        store_bounds(pass, view, lanes, found, labels, distance);
    move_rows(pass, thread, view, lanes, labels);
}

/* ---- stages ---- */

/* The last two: fine scores, and the float64 loop for what they leave open. */
static void search_finely(const kmeans_pass *pass, int thread, const kmeans_view *view)
{
    const patron_kmeans *engine = pass->engine;
    _Alignas(PATRON_ALIGNMENT) int32_t labels[PATRON_BLOCK] = {0};
    kmeans_found found;
    (void)kmeans_view_score(engine, &pass->search->filter, view, false, false, thread, &found);
    if (found.error < (double)INFINITY)
        memcpy(labels, found.scores.index, sizeof labels);
    uint64_t left = view->lanes & ~found.certain;
    if (left != 0)
        kmeans_view_decide(engine, pass->search, view, left, thread, labels);
    settle(pass, thread, view, view->lanes, &found, labels);
}

static void search_batch_finely(const kmeans_pass *pass, int thread, kmeans_batch *batch)
{
    if (batch->count == 0)
        return;
    kmeans_view view = kmeans_batch_view(batch);
    search_finely(pass, thread, &view);
    batch->count = 0;
    batch->radius = 0.0;
}

/* All stages of a search. */
static void search_rows(const kmeans_pass *pass, int thread, const kmeans_view *view)
{
    const patron_kmeans *engine = pass->engine;
    kmeans_worker *worker = &engine->worker[thread];
    kmeans_found found;
    if (!pass->is_coarse) {
        search_finely(pass, thread, view);
        return;
    }
    bool is_coarse =
        kmeans_view_score(engine, &pass->search->filter, view, true, false, thread, &found);
    fetch_ahead(view, 1);
    uint64_t left = view->lanes & ~found.certain;
    worker->searched += (uint64_t)__builtin_popcountll(view->lanes);
    worker->left_open += (uint64_t)__builtin_popcountll(left);
    if (!is_coarse) {
        search_finely(pass, thread, view);
        return;
    }
    settle(pass, thread, view, view->lanes & found.certain, &found, found.scores.index);
    for (; left != 0; left &= left - 1) {
        kmeans_batch_take(engine, view, __builtin_ctzll(left), &worker->unsure);
        if (worker->unsure.count == PATRON_BLOCK)
            search_batch_finely(pass, thread, &worker->unsure);
    }
}

static void search_batch(const kmeans_pass *pass, int thread, kmeans_batch *batch)
{
    if (batch->count == 0)
        return;
    kmeans_view view = kmeans_batch_view(batch);
    search_rows(pass, thread, &view);
    batch->count = 0;
    batch->radius = 0.0;
}

/* The first stage: rows whose bounds hold keep their labels. */
static void prune_block(const kmeans_pass *pass, int thread, kmeans_view *view)
{
    const patron_kmeans *engine = pass->engine;
    kmeans_worker *worker = &engine->worker[thread];
    const int32_t *labels = engine->labels + view->first;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    engine->kernels.measure(view->values, &pass->search->panel, labels, distance);
    uint64_t kept =
        view->lanes & kmeans_bounds_lower(engine, pass->bounds, view, labels, distance, thread);
    uint64_t open = view->lanes & ~kept;
    count_rows(pass, thread, view, kept, labels, distance);
    if ((uint64_t)__builtin_popcountll(open) > pass->bounds->few_open) {
        view->lanes = open;
        search_rows(pass, thread, view);
        return;
    }
    for (; open != 0; open &= open - 1) {
        kmeans_batch_take(engine, view, __builtin_ctzll(open), &worker->open);
        if (worker->open.count == PATRON_BLOCK)
            search_batch(pass, thread, &worker->open);
    }
}

static void visit_block(void *argument, int thread, const patron_block *block)
{
    const kmeans_pass *pass = argument;
    kmeans_view view = kmeans_view_of_block(pass->engine, block);
    view.block = block;
    patron_block_fetch_ahead(block, 0, 4);
    if (pass->bounds != NULL && pass->bounds->is_pruning)
        prune_block(pass, thread, &view);
    else
        search_rows(pass, thread, &view);
}

/* ---- the pass ---- */

static void begin_workers(const patron_kmeans *engine)
{
    for (int t = 0; t < engine->rows->threads; ++t) {
        kmeans_worker *worker = &engine->worker[t];
        worker->moved = 0;
        worker->searched = worker->left_open = 0;
        worker->sum = (patron_blocksum){0};
    }
}

/* Finishes the workers' batches. */
static void end_workers(const kmeans_pass *pass)
{
    const patron_kmeans *engine = pass->engine;
#pragma omp parallel for num_threads(engine->rows->threads) schedule(static)
    for (int t = 0; t < engine->rows->threads; ++t) {
        kmeans_worker *worker = &engine->worker[t];
        search_batch(pass, t, &worker->open);
        search_batch_finely(pass, t, &worker->unsure);
        patron_blocksum_flush(&worker->sum);
    }
}

/* Coarse scores that leave much open are not tried again.  That does not touch results. */
static void judge_coarse(kmeans_pass *pass)
{
    enum { MOST_OPEN = 2 }; /* one in so many rows: coarse scores cost half of fine ones */
    uint64_t searched = 0, left_open = 0;
    for (int t = 0; t < pass->engine->rows->threads; ++t) {
        searched += pass->engine->worker[t].searched;
        left_open += pass->engine->worker[t].left_open;
    }
    if (left_open > searched / MOST_OPEN)
        pass->is_coarse = false;
}

patron_status kmeans_assign(kmeans_pass *pass, kmeans_assignment *assignment)
{
    patron_kmeans *engine = pass->engine;
    patron_exactsum total = {0};
    kmeans_bounds *bounds = pass->bounds;
    if (bounds != NULL && !bounds->is_kept)
        pass->bounds = NULL;
    if (pass->bounds != NULL)
        kmeans_bounds_begin(engine, pass->search, bounds);
    begin_workers(engine);
    patron_span span = patron_meter_arrive(engine->comm, PATRON_STEP_ASSIGN);
    patron_status status = kmeans_visit(engine, visit_block, pass);
    if (status == PATRON_OK) {
        end_workers(pass);
        if (pass->bounds != NULL)
            kmeans_bounds_end(engine, pass->search, bounds);
        judge_coarse(pass);
    }
    patron_meter_leave(span, engine->rows->count * engine->rows->columns * sizeof(float), 0);
    if (status == PATRON_OK) {
        assignment->moved = 0;
        for (int t = 0; t < engine->rows->threads; ++t) {
            assignment->moved += engine->worker[t].moved;
            patron_exactsum_merge(&total, &engine->worker[t].sum.sum);
        }
        patron_comm_reduce_i64(engine->comm, &assignment->moved, 1, PATRON_SUM);
        patron_exactsum_reduce(engine->comm, &total, 1);
        assignment->inertia = patron_exactsum_round(&total);
    }
    pass->bounds = bounds;
    return status;
}
