/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a view that move between clusters, into the sums. */
#include "kmeans/engine.h"

/* Lays the rows that move one after the other. */
static const float *lay_rows(const patron_kmeans *engine, const kmeans_view *view, uint64_t lanes,
                             int thread)
{
    enum { MANY = 10 }; /* from so many on it is faster to lay all */
    uint64_t columns = engine->rows->columns, width = engine->layout.folds.width;
    float *rows = engine->worker[thread].moving;
    if (__builtin_popcountll(lanes) >= MANY) {
        engine->kernels.lay(view->values, columns, width, rows);
        return rows;
    }
    for (; lanes != 0; lanes &= lanes - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(lanes);
        for (uint64_t j = 0; j < columns; ++j)
            rows[lane * width + j] = view->values[j * PATRON_BLOCK + lane];
    }
    return rows;
}

void kmeans_move_rows(const patron_kmeans *engine, const kmeans_view *view, uint64_t lanes,
                      const int32_t *from, const int32_t *to, int thread, kmeans_sums *sums)
{
    for (uint64_t left = view->weight == NULL ? 0 : lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        if (!(view->weight[lane] > 0.0F))
            lanes &= ~(UINT64_C(1) << lane);
    }
    if (lanes == 0)
        return;
    const kmeans_moving moving = {.lanes = lanes,
                                  .rows = lay_rows(engine, view, lanes, thread),
                                  .weight = view->weight,
                                  .from = from,
                                  .to = to};
    kmeans_sums_move(&engine->layout, &engine->kernels, &moving, thread, sums);
}
