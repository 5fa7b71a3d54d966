/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks, then blocks of rows up to an empty one, then, where rows came cut for each branch, a sheaf
 * of the tasks' branches.  Whole rows are then only for items whose pairs are not counted. */
#include "itemset/gift.h"

#include "itemset/node_index.h"
#include "itemset/wire.h"
#include "patron/memory.h"

#include <stdlib.h>

enum { BLOCK_WORDS = 1 << 18 };

patron_status itemset_giving_create(const patron_comm *comm, const itemset_database *database,
                                    bool whole_rows, itemset_giving *giving)
{
    uint64_t longest = ITEMSET_WIRE_HEAD + (uint64_t)database->longest;
    *giving = (itemset_giving){.comm = comm,
                               .database = database,
                               .whole_rows = whole_rows,
                               .block_words = longest > BLOCK_WORDS ? longest : BLOCK_WORDS};
    giving->wanted = patron_allocate(database->node.width, sizeof *giving->wanted);
    giving->block = patron_reallocate(NULL, giving->block_words, sizeof *giving->block);
    bool short_of_memory = giving->wanted == NULL || giving->block == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_giving_free(itemset_giving *giving)
{
    free(giving->wanted);
    free(giving->block);
    free(giving->sheaf);
    *giving = (itemset_giving){0};
}

static void free_rows(itemset_gift *gift)
{
    itemset_rows_free(&gift->node.rows);
    itemset_node_index_free(&gift->node);
    itemset_sheaves_free(gift->sheaves);
    gift->node = (itemset_node){0};
    gift->sheaves = NULL;
}

void itemset_gift_free(itemset_gift *gift)
{
    free_rows(gift);
    free(gift->tasks);
    *gift = (itemset_gift){0};
}

/* ---- rows ---- */

/* Items whose rows lie in sheaves are not looked for in whole rows. */
static void mark_items(itemset_giving *g, const itemset_task *tasks, uint64_t count, bool value)
{
    uint32_t least = g->database->sheaves != NULL ? g->database->pairs.width : 0;
    for (uint64_t i = 0; i < count; ++i)
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item)
            g->wanted[item] = value && item >= least;
}

/* How much of a row the wanted items need. */
static uint64_t needed_length(const itemset_giving *g, uint64_t row)
{
    const itemset_span span = itemset_rows_span(&g->database->node.rows, row);
    uint64_t length = (uint64_t)(span.end - span.first);
    for (uint64_t i = length; i-- > 0;)
        if (g->wanted[span.first[i]])
            return g->whole_rows ? length : i + 1;
    return 0;
}

static void send_block(itemset_giving *g, const uint32_t *end, int to)
{
    uint64_t words = (uint64_t)(end - g->block);
    patron_comm_send(g->comm, &words, sizeof words, to);
    patron_comm_send(g->comm, g->block, words * sizeof *g->block, to);
    g->bytes += sizeof words + words * sizeof *g->block;
}

static void send_rows(itemset_giving *g, int to)
{
    const itemset_rows *rows = &g->database->node.rows;
    uint32_t *end = g->block;
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t length = needed_length(g, row);
        if (length < 2)
            continue;
        if ((uint64_t)(end - g->block) + ITEMSET_WIRE_HEAD + length > g->block_words) {
            send_block(g, end, to);
            end = g->block;
        }
        end = itemset_wire_put(rows, row, length, end);
    }
    if (end > g->block)
        send_block(g, end, to);
    send_block(g, g->block, to);
}

static patron_status receive_rows(const itemset_giving *g, int from, itemset_rows *rows)
{
    itemset_growing_rows got = {0};
    patron_status status = itemset_growing_begin(&got);
    uint64_t words = 0;
    do {
        patron_comm_receive(g->comm, &words, sizeof words, from);
        patron_comm_receive(g->comm, g->block, words * sizeof *g->block, from);
        if (status == PATRON_OK)
            status = itemset_wire_take(&got, g->block, words);
    } while (words > 0);
    *rows = got.rows;
    return status;
}

/* ---- sheaves ---- */

/* The branches of tasks that are all one rank's. */
static patron_status list_branches(const itemset_giving *g, const itemset_task *tasks,
                                   uint64_t count, itemset_branch_lists *lists,
                                   uint64_t *branch_count)
{
    patron_status status =
        itemset_branch_lists_create(tasks, count, g->database->pairs.width, g->comm->size, lists);
    *branch_count = status == PATRON_OK ? lists->offsets[g->comm->size] : 0;
    return status;
}

/* The next words of a sheaf that travel at once, in words of blocks. */
static uint64_t next_words(const itemset_giving *g, uint64_t left)
{
    return left < g->block_words ? left : g->block_words;
}

static void send_sheaf(itemset_giving *g, int to)
{
    const uint32_t *next = (const uint32_t *)g->sheaf;
    uint64_t words = g->sheaf_words * sizeof *g->sheaf / sizeof *next;
    patron_comm_send(g->comm, &words, sizeof words, to);
    g->bytes += sizeof words + words * sizeof *next;
    for (uint64_t some; words > 0; words -= some, next += some) {
        some = next_words(g, words);
        patron_comm_send(g->comm, next, some * sizeof *next, to);
    }
}

/* Where memory is short it goes to the block, and is lost. */
static patron_status receive_sheaf(const itemset_giving *g, int from, itemset_gift *gift)
{
    itemset_branch_lists lists = {0};
    uint64_t words = 0, branches = 0;
    uint32_t *next = NULL;
    patron_comm_receive(g->comm, &words, sizeof words, from);
    patron_status status = list_branches(g, gift->tasks, gift->count, &lists, &branches);
    if (status == PATRON_OK)
        gift->sheaves =
            itemset_sheaves_create(lists.branches, branches, g->database->sheaves->weighted);
    itemset_branch_lists_free(&lists);
    if (gift->sheaves != NULL)
        next =
            (uint32_t *)itemset_sheaves_add(gift->sheaves, words * sizeof *next / sizeof(uint64_t));
    status = next == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t some; words > 0; words -= some) {
        some = next_words(g, words);
        patron_comm_receive(g->comm, next == NULL ? g->block : next, some * sizeof *next, from);
        next += next == NULL ? 0 : some;
    }
    return status == PATRON_OK ? itemset_sheaves_index(gift->sheaves) : status;
}

/* ---- gifts ---- */

uint64_t itemset_giving_measure(itemset_giving *giving, const itemset_task *tasks, uint64_t count)
{
    itemset_giving *g = giving;
    const itemset_rows *rows = &g->database->node.rows;
    uint64_t words = 0, branches = 0;
    mark_items(g, tasks, count, true);
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t length = needed_length(g, row);
        words += length > 1 ? ITEMSET_WIRE_HEAD + length : 0;
    }
    mark_items(g, tasks, count, false);
    if (g->database->sheaves == NULL)
        return words;
    itemset_branch_lists lists = {0};
    patron_status status = list_branches(g, tasks, count, &lists, &branches);
    if (status == PATRON_OK)
        words += sizeof *g->sheaf / sizeof *g->block *
                 itemset_sheaves_bundle_words(g->database->sheaves, lists.branches, branches);
    itemset_branch_lists_free(&lists);
    return status == PATRON_OK ? words : UINT64_MAX;
}

patron_status itemset_giving_prepare(itemset_giving *giving, const itemset_task *tasks,
                                     uint64_t count)
{
    itemset_giving *g = giving;
    const itemset_sheaves *sheaves = g->database->sheaves;
    itemset_branch_lists lists = {0};
    uint64_t branches = 0;
    if (sheaves == NULL)
        return PATRON_OK;
    patron_status status = list_branches(g, tasks, count, &lists, &branches);
    if (status == PATRON_OK) {
        g->sheaf_words = itemset_sheaves_bundle_words(sheaves, lists.branches, branches);
        uint64_t *sheaf = patron_grow(g->sheaf, g->sheaf_words, &g->sheaf_room, sizeof *sheaf);
        status = sheaf == NULL ? PATRON_RESOURCE : PATRON_OK;
        g->sheaf = sheaf == NULL ? g->sheaf : sheaf;
    }
    if (status == PATRON_OK)
        itemset_sheaves_bundle(sheaves, lists.branches, branches, g->sheaf);
    itemset_branch_lists_free(&lists);
    return status;
}

void itemset_giving_send(itemset_giving *giving, const itemset_task *tasks, uint64_t count, int to)
{
    itemset_giving *g = giving;
    patron_comm_send(g->comm, &count, sizeof count, to);
    patron_comm_send(g->comm, tasks, count * sizeof *tasks, to);
    g->bytes += sizeof count + count * sizeof *tasks;
    mark_items(g, tasks, count, true);
    send_rows(g, to);
    mark_items(g, tasks, count, false);
    if (g->database->sheaves != NULL)
        send_sheaf(g, to);
}

patron_status itemset_gift_receive(const itemset_giving *giving, int from, itemset_gift *gift)
{
    const itemset_giving *g = giving;
    const itemset_node *top = &g->database->node;
    free_rows(gift);
    patron_comm_receive(g->comm, &gift->count, sizeof gift->count, from);
    patron_comm_receive(g->comm, gift->tasks, gift->count * sizeof *gift->tasks, from);
    gift->node = (itemset_node){.width = top->width, .items = top->items, .counts = top->counts};
    patron_status status = receive_rows(g, from, &gift->node.rows);
    if (g->database->sheaves != NULL) {
        patron_status of_sheaf = receive_sheaf(g, from, gift);
        status = status == PATRON_OK ? of_sheaf : status;
        gift->node.sheaves = gift->sheaves;
    }
    return status != PATRON_OK ? status
                               : itemset_node_index(&gift->node, &g->database->pairs, gift->tasks,
                                                    gift->count, from, 1);
}
