/* SPDX-License-Identifier: Apache-2.0 */
/* From this rank's baskets to the rows that its tasks need.
 *
 * Counts of items and of pairs are sums over ranks.  They tell what each task will cost; then rows
 * travel to the ranks that mine them.  Equal rows are merged before and after. */
#include "itemset/database.h"

#include "itemset/counting.h"
#include "itemset/exchange.h"
#include "itemset/node_index.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

void itemset_database_free(itemset_database *database)
{
    free(database->item_counts);
    free(database->included);
    itemset_rows_free(&database->node.rows);
    free(database->node.items);
    free(database->node.counts);
    itemset_node_index_free(&database->node);
    itemset_pairs_free(&database->pairs);
    free(database->tasks);
    *database = (itemset_database){0};
}

/* The frequent items of one basket by their new labels, ascending.  bits[], one a label, are zero
 * before and after. */
static void relabel_basket(const patron_itemset_baskets *baskets, uint64_t basket,
                           const uint32_t *labels, uint64_t *bits, uint64_t words, uint32_t *out)
{
    /* a word is looked at in less time than an item is put in order */
    static const uint64_t SCAN_STEPS = 4;
    uint64_t count = 0;
    for (uint64_t i = baskets->offsets[basket]; i < baskets->offsets[basket + 1]; ++i) {
        uint32_t label = labels[baskets->items[i]];
        if (label != ITEMSET_NO_LABEL)
            out[count++] = label;
    }
    if (words > SCAN_STEPS * count || count < 2 * SCAN_STEPS) {
        itemset_sort_items(out, count);
        return;
    }
    for (uint64_t i = 0; i < count; ++i)
        bits[out[i] / 64] |= UINT64_C(1) << out[i] % 64;
    for (uint64_t word = 0; word < words; ++word) {
        for (uint64_t left = bits[word]; left != 0; left &= left - 1)
            *out++ = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(left);
        bits[word] = 0;
    }
}

static uint64_t count_labelled(const patron_itemset_baskets *baskets, uint64_t basket,
                               const uint32_t *labels)
{
    uint64_t count = 0;
    for (uint64_t i = baskets->offsets[basket]; i < baskets->offsets[basket + 1]; ++i)
        count += labels[baskets->items[i]] != ITEMSET_NO_LABEL;
    return count;
}

/* offsets[baskets + 1]: where the row of each basket begins. */
static void place_rows(const itemset_selection *selection, const uint32_t *labels, int threads,
                       uint64_t *offsets)
{
    const patron_itemset_baskets *baskets = selection->baskets;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (uint64_t basket = 0; basket < baskets->count; ++basket)
        offsets[basket + 1] = itemset_selection_holds(selection, basket)
                                  ? count_labelled(baskets, basket, labels)
                                  : 0;
    for (uint64_t basket = 0; basket < baskets->count; ++basket)
        offsets[basket + 1] += offsets[basket];
}

/* This rank's rows, one a basket, with room for as many more where other ranks have some too. */
static patron_status filter_baskets(const patron_comm *comm, const itemset_selection *selection,
                                    const uint32_t *labels, uint32_t width, int threads,
                                    itemset_growing_rows *own)
{
    const patron_itemset_baskets *baskets = selection->baskets;
    itemset_rows *rows = &own->rows;
    uint64_t words = itemset_row_words(width), shares = comm->size > 1 ? 2 : 1;
    uint64_t *bits = patron_allocate(words * (uint64_t)threads, sizeof *bits);
    patron_status status = bits == NULL ? PATRON_RESOURCE : itemset_growing_begin(own);
    if (status == PATRON_OK)
        status = itemset_growing_expect(own, shares * baskets->count, 0);
    if (status == PATRON_OK) {
        place_rows(selection, labels, threads, rows->offsets);
        status =
            itemset_growing_expect(own, baskets->count, shares * rows->offsets[baskets->count]);
    }
    if (status == PATRON_OK) {
        rows->count = baskets->count;
#pragma omp parallel for schedule(static) num_threads(threads)
        for (uint64_t basket = 0; basket < baskets->count; ++basket) {
            rows->weights[basket] = 1;
            if (rows->offsets[basket + 1] > rows->offsets[basket])
                relabel_basket(baskets, basket, labels,
                               bits + words * (uint64_t)omp_get_thread_num(), words,
                               rows->items + rows->offsets[basket]);
        }
    }
    free(bits);
    return status;
}

static patron_status merge_rows(itemset_rows *rows, const itemset_row_cuts *cuts, bool *many)
{
    itemset_scratch scratch = {0};
    patron_status status = itemset_rows_merge(rows, cuts, &scratch, many);
    itemset_scratch_free(&scratch);
    return status;
}

/* What the rows of all ranks cost, by item, and how long they are.  Collective. */
static patron_status measure_rows(const patron_comm *comm, itemset_database *database,
                                  uint64_t *items, uint64_t **costs)
{
    const itemset_rows *rows = &database->node.rows;
    uint64_t longest = database->node.width > 0 ? 1 : 0; /* rows of one item are not kept */
    *costs = patron_allocate(database->node.width, sizeof **costs);
    patron_status status = patron_comm_agree(comm, *costs == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        longest = length > longest ? length : longest;
    }
    itemset_tasks_cost(rows, *costs);
    *items = rows->count > 0 ? rows->offsets[rows->count] : 0;
    patron_comm_reduce_u64(comm, *costs, database->node.width, PATRON_SUM);
    patron_comm_reduce_u64(comm, items, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &longest, 1, PATRON_MAX);
    database->longest = (uint32_t)longest;
    return PATRON_OK;
}

/* The tasks of a checkpoint, or new ones; `costs` and `items` of all rows. */
static patron_status find_tasks(const patron_comm *comm, const patron_itemset_options *options,
                                const itemset_database_use *use, const uint64_t *costs,
                                uint64_t items, uint64_t threads, itemset_database *database)
{
    const itemset_task_wishes wishes = {options->min_count, costs, items,
                                        threads * (uint64_t)comm->size, use->divided};
    bool is_kept = false;
    patron_status status = itemset_recall_tasks(&use->keep, database->node.width, &database->tasks,
                                                &database->task_count, &is_kept);
    if (status == PATRON_OK && !is_kept)
        status = itemset_cut_tasks(&database->node, &database->pairs, &wishes, &database->tasks,
                                   &database->task_count);
    /* Which sets are whose must be as ever where each rank has a limit. */
    for (uint64_t i = 0;
         status == PATRON_OK && options->most_bytes == 0 && i < database->task_count; ++i)
        if (itemset_task_is_done(&database->tasks[i]))
            database->tasks[i].cost = 0;
    if (status == PATRON_OK)
        status = itemset_deal_tasks(database->tasks, database->task_count, comm->size);
    return patron_comm_agree(comm, status);
}

/* This rank's rows become those that its tasks need.  Collective. */
static patron_status exchange_rows(const patron_comm *comm, bool whole, bool many_are_equal,
                                   itemset_growing_rows *rows, itemset_database *database)
{
    itemset_row_cuts own = {.count = rows->rows.count};
    uint32_t *lengths = NULL;
    patron_status status =
        itemset_exchange_rows(comm, database->tasks, database->task_count, database->node.width,
                              whole, rows, &lengths, &database->bytes_sent);
    database->node.rows = rows->rows;
    own.lengths = lengths;
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, merge_rows(&database->node.rows, &own, &many_are_equal));
    free(lengths);
    return status;
}

/* Cuts the search into tasks, and deals these to ranks.  Collective. */
static patron_status deal(const patron_comm *comm, const patron_itemset_options *options,
                          const itemset_database_use *use, itemset_database *database)
{
    uint64_t items = 0, threads = (uint64_t)options->threads;
    uint64_t *costs = NULL;
    patron_comm_reduce_u64(comm, &threads, 1, PATRON_MAX);
    patron_status status = measure_rows(comm, database, &items, &costs);
    if (status == PATRON_OK)
        status = find_tasks(comm, options, use, costs, items, threads, database);
    free(costs);
    return status;
}

patron_status itemset_database_create(const patron_comm *comm,
                                      const patron_itemset_baskets *baskets,
                                      const patron_itemset_options *options,
                                      itemset_database_use use, itemset_database *database)
{
    itemset_selection selection = {0};
    itemset_growing_rows rows = {0};
    uint32_t *labels = NULL;
    int threads = options->threads;
    bool many_are_equal = false;
    *database = (itemset_database){0};
    patron_status status = itemset_selection_create(&selection, baskets, options);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    patron_span span = patron_meter_enter(PATRON_STEP_COUNT);
    status = itemset_count_items(comm, &selection, threads, database);
    patron_meter_leave(span, 0, 0);
    if (status != PATRON_OK)
        goto cleanup;
    status = itemset_label_items(&selection, options->min_count, &database->node,
                                 database->item_counts, &labels);
    if (status == PATRON_OK)
        status = filter_baskets(comm, &selection, labels, database->node.width, threads, &rows);
    if (status == PATRON_OK)
        status = merge_rows(&rows.rows, NULL, &many_are_equal);
    database->node.rows = rows.rows;
    span = patron_meter_enter(PATRON_STEP_COUNT);
    if (status == PATRON_OK)
        status = itemset_pairs_count(&database->node, use.judged, threads, &database->pairs);
    patron_meter_leave(span, 0, 0);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        itemset_pairs_sum(comm, &database->pairs);
    if (status == PATRON_OK)
        status = deal(comm, options, &use, database);
    if (status == PATRON_OK && comm->size > 1)
        status = exchange_rows(comm, use.judged, many_are_equal, &rows, database);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, itemset_node_index(&database->node, &database->pairs,
                                                            database->tasks, database->task_count,
                                                            comm->rank, threads));

cleanup:
    free(labels);
    itemset_selection_free(&selection);
    return status;
}
