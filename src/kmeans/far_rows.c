/* SPDX-License-Identifier: Apache-2.0 */
/* The farthest eligible rows, in a heap a thread whose root comes last. */
#include "kmeans/far_rows.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_AT_HAND = 64 };

static bool comes_first(const kmeans_far_row *a, const kmeans_far_row *b)
{
    return a->distance > b->distance || (a->distance == b->distance && a->row < b->row);
}

static int compare_far(const void *a, const void *b)
{
    return comes_first(a, b) ? -1 : comes_first(b, a) ? 1 : 0;
}

/* ---- eligibility ---- */

bool kmeans_is_on_centroid(const float *values, uint64_t stride, const double *centroid,
                           uint64_t columns)
{
    for (uint64_t j = 0; j < columns; ++j)
        if (values[j * stride] != (float)centroid[j])
            return false;
    return true;
}

/* Equal rows have equal labels and distances. */
static bool is_taken(const kmeans_moves *moves, int32_t label, double distance, const float *values,
                     uint64_t stride, uint64_t columns)
{
    for (uint32_t m = 0; m < moves->count; ++m) {
        const kmeans_move *move = &moves->move[m];
        bool equal = move->donor == label && move->distance == distance;
        for (uint64_t j = 0; equal && j < columns; ++j)
            equal = values[j * stride] == move->values[j];
        if (equal)
            return true;
    }
    return false;
}

static bool can_give(const patron_kmeans *engine, const kmeans_sums *sums, int32_t label)
{
    return *kmeans_sums_positive(&engine->layout, sums, (uint64_t)label) > 1;
}

/* ---- the farthest rows ---- */

static void swap_rows(kmeans_far_row *a, kmeans_far_row *b)
{
    kmeans_far_row other = *a;
    *a = *b;
    *b = other;
}

static void sift_down(kmeans_far_row *heap, uint64_t count)
{
    for (uint64_t at = 0;;) {
        uint64_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && comes_first(&heap[child], &heap[child + 1]))
            ++child;
        if (comes_first(&heap[child], &heap[at]))
            return;
        swap_rows(&heap[at], &heap[child]);
        at = child;
    }
}

static void sift_up(kmeans_far_row *heap, uint64_t at)
{
    while (at > 0 && comes_first(&heap[(at - 1) / 2], &heap[at])) {
        swap_rows(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void note_cut(kmeans_far_rows *far)
{
#pragma omp atomic write
    far->is_cut = true;
}

/* Keeps a row if it is among the first; `fresh` comes without values. */
static void keep_row(kmeans_far_rows *far, int thread, const kmeans_far_row *fresh,
                     const float *values)
{
    uint64_t columns = far->engine->rows->columns;
    kmeans_far_row *heap = far->row + (uint64_t)thread * far->capacity;
    uint64_t *count = &far->count[thread];
    bool is_full = *count == far->capacity;
    if (is_full && !comes_first(fresh, &heap[0])) {
        note_cut(far);
        return;
    }
    kmeans_far_row *slot = is_full ? &heap[0] : &heap[*count];
    float *room = slot->values;
    *slot = *fresh;
    slot->values = room;
    for (uint64_t j = 0; j < columns; ++j)
        room[j] = values[j * PATRON_BLOCK];
    if (is_full) {
        note_cut(far);
        sift_down(heap, *count);
    } else {
        sift_up(heap, (*count)++);
    }
}

static void look_at_block(void *argument, int thread, const patron_block *block)
{
    kmeans_far_rows *far = argument;
    const patron_kmeans *engine = far->engine;
    const int32_t *labels = kmeans_labels_of(engine, block->index);
    uint64_t columns = engine->rows->columns;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    engine->kernels.measure(block->values, &far->search->panel, labels, distance);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        const float *values = block->values + lane;
        kmeans_far_row fresh = {.distance = distance[lane],
                                .row = block->row + (uint64_t)lane,
                                .label = labels[lane],
                                .weight = block->weight == NULL ? 1.0F : block->weight[lane]};
        const double *centroid = far->search->panel.centroids + (uint64_t)fresh.label * columns;
        if (fresh.weight > 0.0F && fresh.distance > 0.0 && comes_first(&far->last, &fresh) &&
            can_give(engine, far->sums, fresh.label) &&
            !kmeans_is_on_centroid(values, PATRON_BLOCK, centroid, columns) &&
            !is_taken(far->moves, fresh.label, fresh.distance, values, PATRON_BLOCK, columns))
            keep_row(far, thread, &fresh, values);
    }
}

/* Sorts all threads' rows into the first thread's room. */
static void gather_rows(kmeans_far_rows *far)
{
    uint64_t threads = (uint64_t)far->engine->rows->threads, total = 0;
    for (uint64_t t = 0; t < threads; ++t)
        for (uint64_t i = 0; i < far->count[t]; ++i)
            swap_rows(&far->row[total++], &far->row[t * far->capacity + i]);
    qsort(far->row, total, sizeof *far->row, compare_far);
    far->is_cut = far->is_cut || total > far->capacity;
    far->count[0] = total < far->capacity ? total : far->capacity;
    far->next = 0;
}

patron_status kmeans_far_look(kmeans_far_rows *far)
{
    far->is_cut = false;
    memset(far->count, 0, (uint64_t)far->engine->rows->threads * sizeof *far->count);
    patron_status status = kmeans_visit(far->engine, look_at_block, far);
    if (status == PATRON_OK)
        gather_rows(far);
    return status;
}

patron_status kmeans_far_create(const patron_kmeans *engine, uint64_t empty, kmeans_far_rows *far)
{
    uint64_t threads = (uint64_t)engine->rows->threads, columns = engine->rows->columns;
    far->capacity = 2 * empty + LEAST_AT_HAND;
    uint64_t all = threads * far->capacity;
    far->count = patron_allocate(threads, sizeof *far->count);
    far->row = patron_allocate(all, sizeof *far->row);
    far->values = patron_allocate(all, columns * sizeof *far->values);
    if (far->count == NULL || far->row == NULL || far->values == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < all; ++i)
        far->row[i].values = far->values + i * columns;
    return PATRON_OK;
}

void kmeans_far_free(kmeans_far_rows *far)
{
    free(far->count);
    free(far->row);
    free(far->values);
}

/* This rank's first eligible row, NULL where none is at hand. */
static const kmeans_far_row *first_eligible(kmeans_far_rows *far)
{
    const patron_kmeans *engine = far->engine;
    for (; far->next < far->count[0]; ++far->next) {
        const kmeans_far_row *row = &far->row[far->next];
        if (can_give(engine, far->sums, row->label) &&
            !is_taken(far->moves, row->label, row->distance, row->values, 1, engine->rows->columns))
            return row;
        far->last = *row;
    }
    return NULL;
}

patron_status kmeans_far_next(kmeans_far_rows *far, const kmeans_far_row **mine)
{
    patron_status status = PATRON_OK;
    for (;;) {
        *mine = first_eligible(far);
        int64_t lacks = *mine == NULL && far->is_cut ? 1 : 0;
        patron_comm_reduce_i64(far->engine->comm, &lacks, 1, PATRON_MAX);
        if (lacks == 0)
            return status;
        if (*mine != NULL) /* it has not been looked at: the pass finds it again */
            far->next = far->count[0];
        status = kmeans_far_look(far);
        if (status != PATRON_OK)
            return status;
    }
}
