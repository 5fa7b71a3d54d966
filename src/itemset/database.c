/* SPDX-License-Identifier: Apache-2.0 */
/* From this rank's baskets to the rows that its tasks need.
 *
 * Counts of items and of pairs are sums over ranks.  They tell what each task will cost; then rows
 * travel to the ranks that mine them.  Equal rows are merged before and after. */
#include "itemset/database.h"

#include "itemset/branch_exchange.h"
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
    itemset_sheaves_free(database->sheaves);
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

/* How much the rows hold, of this rank or of all. */
typedef struct row_survey {
    uint64_t
        *costs; /* by local item: items that its rows hold before it; then all that rows hold */
    uint64_t longest, threads; /* the most of a rank */
    itemset_row_extent extent;
} row_survey;

/* Of this rank's rows; the caller frees costs. */
static patron_status survey_rows(const itemset_node *node, int threads, row_survey *survey)
{
    const itemset_rows *rows = &node->rows;
    uint64_t items = rows->count > 0 ? rows->offsets[rows->count] : 0;
    survey->threads = (uint64_t)threads;
    survey->extent.items_a_thread = items / (uint64_t)threads;
    survey->longest = node->width > 0 ? 1 : 0; /* rows of one item are not kept */
    survey->costs = patron_allocate((uint64_t)node->width + 1, sizeof *survey->costs);
    if (survey->costs == NULL)
        return PATRON_RESOURCE;
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        survey->longest = length > survey->longest ? length : survey->longest;
        survey->extent.weighted |= rows->weights[row] != 1;
    }
    itemset_tasks_cost(rows, survey->costs);
    survey->costs[node->width] = items;
    return PATRON_OK;
}

/* Of all ranks' rows, and their pairs, where all ranks' status so far is good.  Collective. */
static patron_status unite_surveys(const patron_comm *comm, patron_status so_far,
                                   row_survey *survey, itemset_database *database)
{
    uint64_t most[] = {survey->longest, survey->threads, survey->extent.items_a_thread,
                       survey->extent.weighted ? 1 : 0, 0};
    patron_status status = patron_comm_reduce_so_far(comm, so_far, most, 4, PATRON_MAX);
    if (status != PATRON_OK)
        return status;
    itemset_pairs_sum(comm, &database->pairs);
    patron_comm_reduce_u64(comm, survey->costs, (uint64_t)database->node.width + 1, PATRON_SUM);
    database->longest = (uint32_t)most[0];
    survey->threads = most[1];
    survey->extent = (itemset_row_extent){most[2], most[3] != 0};
    return PATRON_OK;
}

/* The tasks of a checkpoint, or new ones, dealt to ranks. */
static patron_status find_tasks(const patron_comm *comm, const patron_itemset_options *options,
                                const itemset_database_use *use, const row_survey *survey,
                                itemset_database *database)
{
    const itemset_task_wishes wishes = {
        options->min_count,   survey->costs,   survey->costs[database->node.width],
        (uint64_t)comm->size, survey->threads, use->divided};
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
    return status;
}

/* Whether it is less to send rows cut for each branch than whole ones.  Of these, a rank gets what
 * stands up to its last item: a row goes to each rank, or once an item. */
static bool are_cut_for_branches(const patron_comm *comm, const patron_itemset_options *options,
                                 const itemset_database_use *use, const row_survey *survey,
                                 const itemset_database *database)
{
    const itemset_node *node = &database->node;
    uint64_t before = 0, others = (uint64_t)comm->size - 1;
    if (!use->divided || database->pairs.width == 0)
        return false;
    for (uint32_t item = 0; item < database->pairs.width; ++item)
        before += survey->costs[item];
    uint64_t all = others * survey->costs[node->width], items = before < all ? before : all;
    uint64_t bytes =
        itemset_partners_bytes(node, &database->pairs, options->min_count, use->judged);
    return bytes < items * sizeof(uint32_t);
}

/* Rows of the branches whose pairs are counted, cut for each, where all ranks' status so far is
 * good.  Collective, but for the status. */
static patron_status exchange_branches(const patron_comm *comm, patron_status so_far,
                                       const patron_itemset_options *options,
                                       const itemset_database_use *use, const itemset_rows *rows,
                                       itemset_row_extent extent, itemset_database *database)
{
    itemset_partners partners = {0};
    if (so_far == PATRON_OK)
        so_far = itemset_partners_create(&database->node, &database->pairs, options->min_count,
                                         use->judged, &partners);
    const itemset_cut_source source = {rows, extent, options->threads};
    patron_status status =
        itemset_exchange_branches(comm, so_far, database->tasks, database->task_count, &partners,
                                  &source, &database->sheaves, &database->bytes_sent);
    itemset_partners_free(&partners);
    database->node.sheaves = database->sheaves;
    return status == PATRON_OK ? itemset_sheaves_index(database->sheaves) : status;
}

/* This rank's rows become those that its tasks need, of items from `first` on.  Collective. */
static patron_status exchange_rows(const patron_comm *comm, bool whole, uint32_t first,
                                   bool many_are_equal, itemset_growing_rows *rows,
                                   itemset_database *database)
{
    const itemset_exchange_plan plan = {database->tasks, database->task_count, first,
                                        database->node.width, whole};
    itemset_row_cuts own = {.count = rows->rows.count};
    uint32_t *lengths = NULL;
    patron_status status =
        itemset_exchange_rows(comm, &plan, rows, &lengths, &database->bytes_sent);
    database->node.rows = rows->rows;
    own.lengths = lengths;
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, merge_rows(&database->node.rows, &own, &many_are_equal));
    free(lengths);
    return status;
}

/* What is left of the rows, once branches have theirs: for the items whose pairs are not counted.
 * Collective, but for the status. */
static patron_status exchange_rest(const patron_comm *comm, patron_status so_far,
                                   bool many_are_equal, itemset_growing_rows *rows,
                                   itemset_database *database)
{
    if (database->pairs.width < database->node.width) {
        patron_status status = patron_comm_agree(comm, so_far);
        return status != PATRON_OK ? status
                                   : exchange_rows(comm, false, database->pairs.width,
                                                   many_are_equal, rows, database);
    }
    itemset_rows_free(&rows->rows);
    patron_status status = itemset_growing_begin(rows);
    database->node.rows = rows->rows;
    return so_far == PATRON_OK ? status : so_far;
}

/* Cuts the search into tasks, deals these to ranks, and gives them the rows that they need.
 * Collective, but for the status. */
static patron_status deal(const patron_comm *comm, const patron_itemset_options *options,
                          const itemset_database_use *use, bool many_are_equal,
                          const row_survey *survey, itemset_growing_rows *rows,
                          itemset_database *database)
{
    patron_status status = find_tasks(comm, options, use, survey, database);
    if (comm->size == 1)
        return status;
    if (are_cut_for_branches(comm, options, use, survey, database)) {
        status =
            exchange_branches(comm, status, options, use, &rows->rows, survey->extent, database);
        return exchange_rest(comm, status, many_are_equal, rows, database);
    }
    status = patron_comm_agree(comm, status);
    return status != PATRON_OK
               ? status
               : exchange_rows(comm, use->judged, 0, many_are_equal, rows, database);
}

patron_status itemset_database_create(const patron_comm *comm,
                                      const patron_itemset_baskets *baskets,
                                      const patron_itemset_options *options,
                                      itemset_database_use use, itemset_database *database)
{
    itemset_selection selection = {0};
    itemset_growing_rows rows = {0};
    row_survey survey = {0};
    uint32_t *labels = NULL;
    int threads = options->threads;
    bool many_are_equal = false;
    *database = (itemset_database){0};
    patron_status status = itemset_selection_create(&selection, baskets, options);
    patron_span span = patron_meter_enter(PATRON_STEP_COUNT);
    status = itemset_count_items(comm, status, &selection, threads, database);
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
    if (status == PATRON_OK)
        status = survey_rows(&database->node, threads, &survey);
    status = unite_surveys(comm, status, &survey, database);
    if (status != PATRON_OK)
        goto cleanup;
    status = deal(comm, options, &use, many_are_equal, &survey, &rows, database);
    if (status == PATRON_OK)
        status = itemset_node_index(&database->node, &database->pairs, database->tasks,
                                    database->task_count, comm->rank, threads);

cleanup:
    free(survey.costs);
    free(labels);
    itemset_selection_free(&selection);
    return status;
}
