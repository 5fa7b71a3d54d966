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

static patron_status allocate_rows(itemset_rows *rows, uint64_t count, uint64_t items)
{
    rows->count = count;
    rows->offsets = patron_allocate(count + 1, sizeof *rows->offsets);
    rows->weights = patron_allocate(count, sizeof *rows->weights);
    rows->items = patron_allocate(items, sizeof *rows->items);
    if (rows->offsets == NULL || rows->weights == NULL || rows->items == NULL)
        return PATRON_RESOURCE;
    patron_expect_filled(rows->offsets, (count + 1) * sizeof *rows->offsets);
    patron_expect_filled(rows->weights, count * sizeof *rows->weights);
    patron_expect_filled(rows->items, items * sizeof *rows->items);
    return PATRON_OK;
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

/* This rank's rows, one a basket. */
static patron_status filter_baskets(const itemset_selection *selection, const uint32_t *labels,
                                    uint32_t width, int threads, itemset_rows *rows)
{
    const patron_itemset_baskets *baskets = selection->baskets;
    uint64_t *offsets = patron_allocate(baskets->count + 1, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (uint64_t basket = 0; basket < baskets->count; ++basket)
        offsets[basket + 1] = itemset_selection_holds(selection, basket)
                                  ? count_labelled(baskets, basket, labels)
                                  : 0;
    for (uint64_t basket = 0; basket < baskets->count; ++basket)
        offsets[basket + 1] += offsets[basket];
    uint64_t words = (width + UINT64_C(63)) / 64;
    uint64_t *bits = patron_allocate(words * (uint64_t)threads, sizeof *bits);
    patron_status status = allocate_rows(rows, baskets->count, offsets[baskets->count]);
    if (bits == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK) {
#pragma omp parallel for schedule(static) num_threads(threads)
        for (uint64_t basket = 0; basket < baskets->count; ++basket) {
            rows->weights[basket] = 1;
            if (offsets[basket + 1] > offsets[basket])
                relabel_basket(baskets, basket, labels,
                               bits + words * (uint64_t)omp_get_thread_num(), words,
                               rows->items + offsets[basket]);
        }
        memcpy(rows->offsets, offsets, (baskets->count + 1) * sizeof *offsets);
    }
    free(bits);
    free(offsets);
    return status;
}

static patron_status merge_rows(itemset_rows *rows)
{
    itemset_scratch scratch = {0};
    patron_status status = itemset_rows_merge(rows, &scratch);
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

/* Cuts the search into tasks, and gives each rank the rows of its own.  Collective. */
static patron_status deal(const patron_comm *comm, const patron_itemset_options *options,
                          itemset_database_use use, itemset_database *database)
{
    itemset_node *node = &database->node;
    uint64_t items = 0, threads = (uint64_t)options->threads;
    uint64_t *costs = NULL;
    patron_comm_reduce_u64(comm, &threads, 1, PATRON_MAX);
    patron_status status = measure_rows(comm, database, &items, &costs);
    if (status == PATRON_OK)
        status = find_tasks(comm, options, &use, costs, items, threads, database);
    free(costs);
    if (status == PATRON_OK && comm->size > 1) {
        status = itemset_exchange_rows(comm, database->tasks, database->task_count, node->width,
                                       use.judged, &node->rows, &database->bytes_sent);
        if (status == PATRON_OK)
            status = patron_comm_agree(comm, merge_rows(&node->rows));
    }
    return status;
}

patron_status itemset_database_create(const patron_comm *comm,
                                      const patron_itemset_baskets *baskets,
                                      const patron_itemset_options *options,
                                      itemset_database_use use, itemset_database *database)
{
    itemset_selection selection = {0};
    uint32_t *labels = NULL;
    int threads = options->threads;
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
        status =
            filter_baskets(&selection, labels, database->node.width, threads, &database->node.rows);
    if (status == PATRON_OK)
        status = merge_rows(&database->node.rows);
    span = patron_meter_enter(PATRON_STEP_COUNT);
    if (status == PATRON_OK)
        status = itemset_pairs_count(&database->node, use.judged, threads, &database->pairs);
    patron_meter_leave(span, 0, 0);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        itemset_pairs_sum(comm, &database->pairs);
    if (status == PATRON_OK)
        status = deal(comm, options, use, database);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, itemset_node_index(&database->node, &database->pairs,
                                                            database->tasks, database->task_count,
                                                            comm->rank, threads));

cleanup:
    free(labels);
    itemset_selection_free(&selection);
    return status;
}
