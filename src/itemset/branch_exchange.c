/* SPDX-License-Identifier: Apache-2.0 */
/* The rank that has a row cuts it, and sends what matters to each branch to the ranks that mine it:
 * all work on rows is divided by the number of ranks, where whole rows, of many items, would go to
 * nearly all of them. */
#include "itemset/branch_exchange.h"

#include "itemset/cutting.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

/* That a thread cuts at a time: few enough to stay in a cache from one step to the next, or, among
 * many ranks, as many as make messages of some length. */
static const uint64_t PIECE_BYTES = UINT64_C(1) << 19, MESSAGE_BYTES = UINT64_C(1) << 14;

typedef struct exchange {
    const patron_comm *comm;
    const itemset_rows *rows;
    itemset_branch_lists lists; /* of all ranks */
    uint64_t pieces;
    bool weighted;
    itemset_cutting *cuttings; /* one a thread */
    int threads;
    uint64_t *bytes_to, *bytes_from; /* by rank */
    uint64_t *out;
    uint64_t out_room;
    itemset_sheaves *sheaves;
    uint64_t bytes_sent;
} exchange;

/* The branches of a rank. */
typedef struct branch_list {
    const uint32_t *branches;
    uint64_t count;
} branch_list;

static branch_list list_of(const exchange *x, int rank)
{
    uint64_t first = x->lists.offsets[rank];
    return (branch_list){x->lists.branches + first, x->lists.offsets[rank + 1] - first};
}

/* ---- a piece ---- */

/* The index-th of so many runs of rows, one for each thread and piece. */
static patron_status cut_run(const exchange *x, uint64_t index, uint64_t runs,
                             itemset_cutting *cutting)
{
    return itemset_cut(cutting, x->rows, x->rows->count * index / runs,
                       x->rows->count * (index + 1) / runs);
}

static patron_status cut_piece(exchange *x, uint64_t piece)
{
    uint64_t threads = (uint64_t)x->threads, runs = x->pieces * threads;
    int failed = 0;
#pragma omp parallel for schedule(static, 1) num_threads(x->threads) reduction(+ : failed)
    for (uint64_t thread = 0; thread < threads; ++thread)
        failed += cut_run(x, piece * threads + thread, runs, &x->cuttings[thread]) != PATRON_OK;
    return failed > 0 ? PATRON_RESOURCE : PATRON_OK;
}

/* What goes to each rank: a sheaf a thread, unless no branch is its. */
static uint64_t measure_sheaves(exchange *x)
{
    uint64_t bytes = 0;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        const branch_list list = list_of(x, rank);
        uint64_t words = 0;
        for (int thread = 0; thread < x->threads; ++thread)
            words += itemset_cutting_words(&x->cuttings[thread], list.branches, list.count);
        x->bytes_to[rank] = words * sizeof *x->out;
        bytes += x->bytes_to[rank];
    }
    return bytes;
}

static void bundle_sheaves(exchange *x)
{
    uint64_t *end = x->out;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        const branch_list list = list_of(x, rank);
        for (int thread = 0; thread < x->threads; ++thread)
            end = itemset_cutting_bundle(&x->cuttings[thread], list.branches, list.count, end);
    }
}

static patron_status make_room(exchange *x, uint64_t sent, uint64_t received, uint64_t **in)
{
    uint64_t *out = patron_grow(x->out, sent / sizeof *out, &x->out_room, sizeof *out);
    x->out = out == NULL ? x->out : out;
    *in = itemset_sheaves_add(x->sheaves, received / sizeof **in);
    return out == NULL || *in == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* Collective. */
static patron_status exchange_piece(exchange *x, uint64_t piece)
{
    const patron_comm *comm = x->comm;
    uint64_t received = 0, *in = NULL;
    patron_span span = patron_meter_enter(PATRON_STEP_PACK);
    patron_status status = cut_piece(x, piece);
    uint64_t sent = measure_sheaves(x);
    patron_meter_leave(span, 0, 0);
    patron_comm_exchange_counts(comm, x->bytes_to, x->bytes_from);
    for (int rank = 0; rank < comm->size; ++rank)
        received += x->bytes_from[rank];
    if (status == PATRON_OK)
        status = make_room(x, sent, received, &in);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    span = patron_meter_enter(PATRON_STEP_PACK);
    bundle_sheaves(x);
    patron_meter_leave(span, sent, 0);
    patron_comm_exchange(comm, x->out, x->bytes_to, in, x->bytes_from);
    x->bytes_sent += sent - x->bytes_to[comm->rank];
    return PATRON_OK;
}

/* ---- all pieces ---- */

/* As the rank that has most to cut needs them. */
static uint64_t count_pieces(const patron_comm *comm, uint64_t items_a_thread, uint64_t item_bytes)
{
    uint64_t for_messages = MESSAGE_BYTES * (uint64_t)comm->size;
    uint64_t piece = PIECE_BYTES > for_messages ? PIECE_BYTES : for_messages;
    return 1 + items_a_thread * item_bytes / piece;
}

static patron_status prepare(exchange *x, const itemset_task *tasks, uint64_t count,
                             const itemset_partners *partners)
{
    uint64_t ranks = (uint64_t)x->comm->size;
    x->bytes_to = patron_allocate(ranks, sizeof *x->bytes_to);
    x->bytes_from = patron_allocate(ranks, sizeof *x->bytes_from);
    x->cuttings = patron_allocate((uint64_t)x->threads, sizeof *x->cuttings);
    if (x->bytes_to == NULL || x->bytes_from == NULL || x->cuttings == NULL)
        return PATRON_RESOURCE;
    for (int thread = 0; thread < x->threads; ++thread)
        if (itemset_cutting_create(partners, x->weighted, &x->cuttings[thread]) != PATRON_OK)
            return PATRON_RESOURCE;
    if (itemset_branch_lists_create(tasks, count, partners->width, x->comm->size, &x->lists) !=
        PATRON_OK)
        return PATRON_RESOURCE;
    const branch_list own = list_of(x, x->comm->rank);
    x->sheaves = itemset_sheaves_create(own.branches, own.count, x->weighted);
    return x->sheaves == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static void free_exchange(exchange *x)
{
    itemset_branch_lists_free(&x->lists);
    for (int thread = 0; thread < x->threads && x->cuttings != NULL; ++thread)
        itemset_cutting_free(&x->cuttings[thread]);
    free(x->cuttings);
    free(x->bytes_to);
    free(x->bytes_from);
    free(x->out);
}

patron_status itemset_exchange_branches(const patron_comm *comm, patron_status so_far,
                                        const itemset_task *tasks, uint64_t count,
                                        const itemset_partners *partners,
                                        const itemset_cut_source *source, itemset_sheaves **sheaves,
                                        uint64_t *bytes)
{
    exchange x = {.comm = comm,
                  .rows = source->rows,
                  .threads = source->threads,
                  .weighted = source->most.weighted};
    if (so_far == PATRON_OK)
        so_far = prepare(&x, tasks, count, partners);
    patron_status status = patron_comm_agree(comm, so_far);
    x.pieces = count_pieces(comm, source->most.items_a_thread, partners->item_bytes);
    for (uint64_t piece = 0; piece < x.pieces && status == PATRON_OK; ++piece)
        status = exchange_piece(&x, piece);
    *bytes += x.bytes_sent;
    *sheaves = x.sheaves;
    free_exchange(&x);
    return status;
}
