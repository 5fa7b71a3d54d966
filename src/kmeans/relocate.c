/* SPDX-License-Identifier: Apache-2.0 */
/* Empty clusters take rows: the ranks compare their farthest again and again. */
#include "kmeans/far_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Agrees on the farthest of the ranks' rows; false where no rank has any. */
static bool find_winner(const patron_kmeans *engine, const kmeans_far_row *mine, double *distance,
                        bool *is_mine)
{
    *distance = mine != NULL ? mine->distance : -1.0;
    patron_comm_reduce_f64(engine->comm, distance, 1, PATRON_MAX);
    if (*distance < 0.0)
        return false;
    uint64_t own = mine != NULL && mine->distance == *distance ? mine->row : UINT64_MAX;
    uint64_t winner = own;
    patron_comm_reduce_u64(engine->comm, &winner, 1, PATRON_MIN);
    *is_mine = own == winner;
    return true;
}

/* The winner's label, weight and values to all ranks. */
static void share_winner(const patron_kmeans *engine, const kmeans_far_row *mine, bool is_mine,
                         kmeans_move *move)
{
    uint64_t bytes = engine->rows->columns * sizeof(float);
    int64_t owner = is_mine ? engine->comm->rank : -1;
    if (is_mine) {
        move->donor = mine->label;
        move->weight = mine->weight;
        memcpy(move->values, mine->values, bytes);
    }
    patron_comm_reduce_i64(engine->comm, &owner, 1, PATRON_MAX);
    patron_comm_broadcast(engine->comm, &move->donor, sizeof move->donor, (int)owner);
    patron_comm_broadcast(engine->comm, &move->weight, sizeof move->weight, (int)owner);
    patron_comm_broadcast(engine->comm, move->values, bytes, (int)owner);
}

static void apply(const patron_kmeans *engine, kmeans_sums *sums, const kmeans_move *move, int sign)
{
    const kmeans_layout *layout = &engine->layout;
    double *term = engine->worker[0].term;
    int64_t *donor = sums->total + (uint64_t)move->donor * layout->stride;
    int64_t *cluster = sums->total + (uint64_t)move->cluster * layout->stride;
    for (uint32_t j = 0; j < layout->columns; ++j)
        term[j] = (double)move->weight * (double)move->values[j];
    term[layout->columns] = (double)move->weight;
    kmeans_sums_add(layout, donor, term, -sign);
    kmeans_sums_add(layout, cluster, term, sign);
    kmeans_sums_carry(layout, donor);
    kmeans_sums_carry(layout, cluster);
}

/* Gives a cluster its row; *found: there was one. */
static patron_status relocate_one(kmeans_far_rows *far, kmeans_sums *sums, int32_t cluster,
                                  kmeans_moves *moves, bool *found)
{
    const patron_kmeans *engine = far->engine;
    const kmeans_far_row *mine = NULL;
    bool is_mine = false;
    kmeans_move *move = &moves->move[moves->count];
    patron_status status = kmeans_far_next(far, &mine);
    if (status != PATRON_OK)
        return status;
    *found = find_winner(engine, mine, &move->distance, &is_mine);
    if (!*found)
        return PATRON_OK;
    move->cluster = cluster;
    share_winner(engine, mine, is_mine, move);
    if (is_mine)
        far->last = far->row[far->next++];
    apply(engine, sums, move, 1);
    ++moves->count;
    return PATRON_OK;
}

static uint64_t count_empty(const patron_kmeans *engine, const kmeans_sums *sums)
{
    uint64_t empty = 0;
    for (uint32_t c = 0; c < sums->k; ++c)
        empty += *kmeans_sums_positive(&engine->layout, sums, c) == 0 ? 1 : 0;
    return empty;
}

static patron_status allocate_moves(uint64_t count, uint32_t columns, kmeans_moves *moves)
{
    moves->move = patron_allocate(count, sizeof *moves->move);
    moves->values = patron_allocate(count, columns * sizeof *moves->values);
    if (moves->move == NULL || moves->values == NULL)
        return PATRON_RESOURCE;
    for (uint64_t m = 0; m < count; ++m)
        moves->move[m].values = moves->values + m * columns;
    return PATRON_OK;
}

patron_status kmeans_relocate(patron_kmeans *engine, const kmeans_search *search, kmeans_sums *sums,
                              kmeans_moves *moves)
{
    *moves = (kmeans_moves){0};
    uint64_t empty = count_empty(engine, sums);
    if (empty == 0)
        return PATRON_OK;
    kmeans_far_rows far = {.engine = engine,
                           .search = search,
                           .sums = sums,
                           .moves = moves,
                           .last = {.distance = (double)INFINITY}};
    patron_status status = kmeans_far_create(engine, empty, &far);
    if (status == PATRON_OK)
        status = allocate_moves(empty, engine->rows->columns, moves);
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = kmeans_far_look(&far);
    bool found = true;
    for (uint32_t c = 0; status == PATRON_OK && found && c < sums->k; ++c)
        if (*kmeans_sums_positive(&engine->layout, sums, c) == 0)
            status = relocate_one(&far, sums, (int32_t)c, moves, &found);
    kmeans_far_free(&far);
    return status;
}

void kmeans_relocate_undo(const patron_kmeans *engine, kmeans_sums *sums, kmeans_moves *moves)
{
    for (uint32_t m = 0; m < moves->count; ++m)
        apply(engine, sums, &moves->move[m], -1);
    free(moves->move);
    free(moves->values);
    *moves = (kmeans_moves){0};
}

/* ---- is there a row to take? ---- */

typedef struct possibility {
    const patron_kmeans *engine;
    const double *centroids;
    const int64_t *positive;
    bool is_found;
} possibility;

static void find_possible(void *argument, int thread, const patron_block *block)
{
    possibility *run = argument;
    uint64_t columns = run->engine->rows->columns;
    const int32_t *labels = kmeans_labels_of(run->engine, block->index);
    (void)thread;
    bool is_found = false;
#pragma omp atomic read
    is_found = run->is_found;
    for (uint64_t left = is_found ? 0 : block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        const double *centroid = run->centroids + (uint64_t)labels[lane] * columns;
        if ((block->weight == NULL || block->weight[lane] > 0.0F) &&
            run->positive[labels[lane]] > 1 &&
            !kmeans_is_on_centroid(block->values + lane, PATRON_BLOCK, centroid, columns)) {
#pragma omp atomic write
            run->is_found = true;
            return;
        }
    }
}

patron_status kmeans_relocate_possible(const patron_kmeans *engine, const double *centroids,
                                       const int64_t *positive, bool *possible)
{
    possibility run = {engine, centroids, positive, false};
    patron_status status = kmeans_visit(engine, find_possible, &run);
    int64_t any = run.is_found ? 1 : 0;
    patron_comm_reduce_i64(engine->comm, &any, 1, PATRON_MAX);
    *possible = any > 0;
    return status;
}
