/* SPDX-License-Identifier: Apache-2.0 */
/* Empty clusters take the rows that lie farthest from their centroids.  Each rank keeps a heap of
 * its rows by distance; the ranks compare their heads.  A row that is passed over can never become
 * eligible again in the same round, so each leaves its heap for good. */
#include "kmeans/engine.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* This rank's rows, the farthest first, ties to the lowest row. */
typedef struct heap {
    const double *distance;
    uint64_t *row;
    uint64_t count;
} heap;

static bool comes_first(const heap *h, uint64_t a, uint64_t b)
{
    double left = h->distance[a], right = h->distance[b];
    return left > right || (left == right && a < b);
}

static void sift_down(heap *h, uint64_t at)
{
    uint64_t row = h->row[at];
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && comes_first(h, h->row[child + 1], h->row[child]))
            ++child;
        if (!comes_first(h, h->row[child], row))
            break;
        h->row[at] = h->row[child];
        at = child;
    }
    h->row[at] = row;
}

static void heap_pop(heap *h)
{
    h->row[0] = h->row[--h->count];
    if (h->count > 0)
        sift_down(h, 0);
}

static void heap_fill(const kmeans_engine *engine, heap *h)
{
    for (uint64_t i = 0; i < engine->rows->count; ++i)
        if (kmeans_weight(engine->rows, i) > 0.0F && engine->distance[i] > 0.0)
            h->row[h->count++] = i;
    for (uint64_t at = h->count / 2; at > 0; --at)
        sift_down(h, at - 1);
}

/* A sum of equal rows can be off its row by its roundings, so "on the centroid" is judged in
 * float32, where it can't. */
static bool is_on_centroid(const float *values, const double *centroid, uint32_t columns)
{
    for (uint32_t j = 0; j < columns; ++j)
        if (values[j] != (float)centroid[j])
            return false;
    return true;
}

/* Equal rows have equal labels and distances. */
static bool is_taken(const kmeans_engine *engine, uint64_t row, const kmeans_moves *moves)
{
    const float *values = kmeans_row(engine->rows, row);
    uint32_t columns = engine->rows->columns;
    for (uint32_t m = 0; m < moves->count; ++m) {
        const kmeans_move *move = &moves->move[m];
        bool equal = move->donor == engine->labels[row] && move->distance == engine->distance[row];
        for (uint32_t j = 0; equal && j < columns; ++j)
            equal = values[j] == move->values[j];
        if (equal)
            return true;
    }
    return false;
}

static bool is_eligible(const kmeans_engine *engine, const double *centroids, int64_t positive,
                        uint64_t row)
{
    uint32_t columns = engine->rows->columns;
    const double *centroid = centroids + (uint64_t)engine->labels[row] * columns;
    return positive > 1 && !is_on_centroid(kmeans_row(engine->rows, row), centroid, columns);
}

/* Agrees on the farthest of the ranks' heads; false where no rank has any. */
static bool find_winner(const kmeans_engine *engine, const heap *h, double *distance, bool *is_mine)
{
    double mine = h->count > 0 ? h->distance[h->row[0]] : -1.0;
    *distance = mine;
    patron_comm_reduce_f64(engine->comm, distance, 1, PATRON_MAX);
    if (*distance < 0.0)
        return false;
    uint64_t own = mine == *distance ? engine->rows->row[h->row[0]] : UINT64_MAX;
    uint64_t winner = own;
    patron_comm_reduce_u64(engine->comm, &winner, 1, PATRON_MIN);
    *is_mine = own == winner;
    return true;
}

/* The winner's label, weight and values to all ranks. */
static void share_winner(const kmeans_engine *engine, const heap *h, bool is_mine,
                         kmeans_move *move)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t bytes = rows->columns * sizeof(float);
    int64_t owner = is_mine ? engine->comm->rank : -1;
    if (is_mine) {
        uint64_t row = h->row[0];
        move->donor = engine->labels[row];
        move->weight = kmeans_weight(rows, row);
        memcpy(move->values, kmeans_row(rows, row), bytes);
    }
    patron_comm_reduce_i64(engine->comm, &owner, 1, PATRON_MAX);
    patron_comm_broadcast(engine->comm, &move->donor, sizeof move->donor, (int)owner);
    patron_comm_broadcast(engine->comm, &move->weight, sizeof move->weight, (int)owner);
    patron_comm_broadcast(engine->comm, move->values, bytes, (int)owner);
}

static void apply(const kmeans_engine *engine, kmeans_sums *sums, const kmeans_move *move, int sign)
{
    const kmeans_layout *layout = &engine->layout;
    double *term = engine->scratch[0].term;
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

static bool relocate_one(const kmeans_engine *engine, const double *centroids, kmeans_sums *sums,
                         int32_t cluster, heap *h, kmeans_moves *moves)
{
    const int32_t *labels = engine->labels;
    while (h->count > 0) {
        uint64_t row = h->row[0];
        int64_t positive = *kmeans_sums_positive(&engine->layout, sums, (uint64_t)labels[row]);
        if (is_eligible(engine, centroids, positive, row) && !is_taken(engine, row, moves))
            break;
        heap_pop(h);
    }
    kmeans_move *move = &moves->move[moves->count];
    bool is_mine = false;
    if (!find_winner(engine, h, &move->distance, &is_mine))
        return false;
    move->cluster = cluster;
    share_winner(engine, h, is_mine, move);
    if (is_mine)
        heap_pop(h);
    apply(engine, sums, move, 1);
    ++moves->count;
    return true;
}

static uint64_t count_empty(const kmeans_engine *engine, const kmeans_sums *sums)
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

patron_status kmeans_relocate(kmeans_engine *engine, const kmeans_search *search, kmeans_sums *sums,
                              kmeans_moves *moves)
{
    *moves = (kmeans_moves){0};
    uint64_t empty = count_empty(engine, sums);
    if (empty == 0)
        return PATRON_OK;
    heap h = {.distance = engine->distance};
    h.row = patron_allocate(engine->rows->count, sizeof *h.row);
    patron_status status = allocate_moves(empty, engine->rows->columns, moves);
    if (h.row == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    kmeans_measure(engine, search);
    heap_fill(engine, &h);
    bool found = true;
    for (uint32_t c = 0; found && c < sums->k; ++c)
        if (*kmeans_sums_positive(&engine->layout, sums, c) == 0)
            found = relocate_one(engine, search->centroids, sums, (int32_t)c, &h, moves);
cleanup:
    free(h.row);
    return status;
}

void kmeans_relocate_undo(const kmeans_engine *engine, kmeans_sums *sums, kmeans_moves *moves)
{
    for (uint32_t m = 0; m < moves->count; ++m)
        apply(engine, sums, &moves->move[m], -1);
    free(moves->move);
    free(moves->values);
    *moves = (kmeans_moves){0};
}

bool kmeans_relocate_possible(const kmeans_engine *engine, const double *centroids,
                              const int64_t *positive)
{
    const patron_kmeans_rows *rows = engine->rows;
    int64_t possible = 0;
    for (uint64_t i = 0; possible == 0 && i < rows->count; ++i)
        possible = kmeans_weight(rows, i) > 0.0F &&
                   is_eligible(engine, centroids, positive[engine->labels[i]], i);
    patron_comm_reduce_i64(engine->comm, &possible, 1, PATRON_MAX);
    return possible > 0;
}
