/* SPDX-License-Identifier: Apache-2.0 */
/* Longest processing time first (Graham 1969), by a cost that is known before mining: the length of
 * all rows of an item up to it, which is what its projection reads, and what of these stays in the
 * projection, which its branches read again and again. */
#include "itemset/tasks.h"

#include "patron/memory.h"

#include <stdlib.h>

/* A task is about 1 / (tasks a thread * threads of all ranks) of the whole cost, so that none keeps
 * a thread waiting, and no more items than fit its memory once their rows are cut out.  Each reads
 * its rows from memory anew: where these are many, tasks are fewer. */
enum { MANY_TASKS = 16, FEW_TASKS = 8, MANY_ITEMS = 1 << 19, MOST_TOKENS = 1 << 23 };

/* From so many ranks on, a part of a branch is 1 / BUNDLES of what a thread has to do, or up to
 * twice that, and those for several threads go to one rank together, up to 1 / BUNDLES of what that
 * has to do: each rank that has some of them needs all rows of the branch, and reads them for each
 * part.  Fewer ranks do not need them often, and are the more even for many parts that are apart.
 */
enum { MANY_RANKS = 32, BUNDLES = 2 };

/* What a token that stays costs against one that is read: fitted to measured tasks of sparse
 * baskets, where anything from 8 to 128 deals them alike. */
enum { TOKEN_COST = 16 };

void itemset_tasks_cost(const itemset_rows *rows, uint64_t *costs)
{
    for (uint64_t row = 0; row < rows->count; ++row)
        for (uint64_t i = rows->offsets[row]; i < rows->offsets[row + 1]; ++i)
            costs[rows->items[i]] += i - rows->offsets[row];
}

/* What an item's branch is expected to take. */
typedef struct expense {
    uint64_t cost;
    uint64_t tokens; /* of its projection, where its pairs are counted; of rare items few */
} expense;

/* Where the tasks are cut. */
typedef struct cutter {
    const itemset_node *node;
    const itemset_pairs *pairs;
    const expense *expenses; /* by item */
    bool divided;
    uint64_t grain, part_grain; /* cost of a task, and of one that is a part of a branch */
} cutter;

/* The end of a run of items from `first` on that are one task; *cost is theirs. */
static uint32_t find_end(const cutter *c, uint32_t first, uint64_t *cost)
{
    uint32_t last = first < c->pairs->width ? c->pairs->width : c->node->width;
    uint64_t tokens = 0;
    uint32_t item = first;
    *cost = 0;
    for (; item < last; ++item) {
        expense more = c->expenses[item];
        if (item > first && (*cost + more.cost > c->grain || tokens + more.tokens > MOST_TOKENS))
            break;
        *cost += more.cost;
        tokens += more.tokens;
    }
    return item;
}

/* An item has at most as many branches below it as there are items before it. */
static uint32_t parts_of(uint32_t item, uint64_t cost, uint64_t grain)
{
    uint64_t parts = cost / grain;
    uint64_t most = item > 0 ? item : 1;
    parts = parts == 0 ? 1 : parts;
    return (uint32_t)(parts < most ? parts : most);
}

/* The tasks in order, to `tasks` where it is not NULL; returns how many. */
static uint64_t cut_tasks(const cutter *c, itemset_task *tasks)
{
    uint64_t count = 0, cost = 0;
    for (uint32_t first = 0, end; first < c->node->width; first = end) {
        end = find_end(c, first, &cost);
        uint32_t parts = c->divided && end - first == 1 ? parts_of(first, cost, c->part_grain) : 1;
        for (uint32_t part = 0; part < parts; ++part, ++count)
            if (tasks != NULL)
                tasks[count] =
                    (itemset_task){.number = count,
                                   .cost = cost / parts,
                                   .batch = {first, end, {.index = part, .count = parts}}};
    }
    return count;
}

/* Tasks that go to one rank: parts of a branch, whose rows it then needs once. */
typedef struct bundle {
    uint64_t cost;
    uint64_t first, count; /* tasks */
} bundle;

static int compare_bundles(const void *left, const void *right)
{
    const bundle *a = left;
    const bundle *b = right;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

/* Bundles of up to `most` cost, unless one task is more; returns how many. */
static uint64_t bundle_tasks(const itemset_task *tasks, uint64_t count, uint64_t most,
                             bundle *bundles)
{
    uint64_t used = 0;
    for (uint64_t i = 0; i < count; ++i) {
        bool is_same = i > 0 && tasks[i].batch.first == tasks[i - 1].batch.first;
        bundle *last = &bundles[used == 0 ? 0 : used - 1];
        if (is_same && last->cost + tasks[i].cost <= most) {
            last->cost += tasks[i].cost;
            ++last->count;
        } else {
            bundles[used++] = (bundle){tasks[i].cost, i, 1};
        }
    }
    return used;
}

typedef struct load {
    uint64_t cost;
    int rank;
} load;

static bool load_is_less(load a, load b)
{
    return a.cost != b.cost ? a.cost < b.cost : a.rank < b.rank;
}

/* Restores the heap of `size` loads (least on top) after the top one grew. */
static void sink_top(load *heap, int size)
{
    load top = heap[0];
    int place = 0;
    for (int child = 1; child < size; child = 2 * place + 1) {
        if (child + 1 < size && load_is_less(heap[child + 1], heap[child]))
            ++child;
        if (!load_is_less(heap[child], top))
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = top;
}

/* Each bundle goes to the rank with the least load so far. */
patron_status itemset_deal_tasks(itemset_task *tasks, uint64_t count, int size)
{
    uint64_t total = 0;
    load *heap = patron_allocate((uint64_t)size, sizeof *heap);
    bundle *bundles = patron_allocate(count, sizeof *bundles);
    patron_status status = heap == NULL || bundles == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < count; ++i)
        total += tasks[i].cost;
    uint64_t most = size < MANY_RANKS ? 0 : total / (BUNDLES * (uint64_t)size);
    uint64_t used = bundle_tasks(tasks, count, most, bundles);
    qsort(bundles, used, sizeof *bundles, compare_bundles);
    for (int r = 0; r < size; ++r)
        heap[r].rank = r;
    for (uint64_t i = 0; i < used; ++i) {
        for (uint64_t task = 0; task < bundles[i].count; ++task)
            tasks[bundles[i].first + task].rank = heap[0].rank;
        heap[0].cost += bundles[i].cost;
        sink_top(heap, size);
    }

cleanup:
    free(heap);
    free(bundles);
    return status;
}

/* The whole cost; expenses[] by item. */
static uint64_t estimate(const itemset_node *node, const itemset_pairs *pairs,
                         const itemset_task_wishes *wishes, expense *expenses)
{
    uint64_t total = 0;
    for (uint32_t item = 0; item < node->width; ++item) {
        uint64_t read = wishes->costs[item], kept = read / 2, tokens = 0;
        if (item < pairs->width)
            kept = tokens = itemset_pairs_sum_frequent(pairs, item, wishes->min_count).counts;
        expenses[item] = (expense){1 + read + TOKEN_COST * kept, tokens};
        total += expenses[item].cost;
    }
    return total;
}

patron_status itemset_cut_tasks(const itemset_node *node, const itemset_pairs *pairs,
                                const itemset_task_wishes *wishes, itemset_task **tasks,
                                uint64_t *count)
{
    *tasks = NULL;
    expense *expenses = patron_allocate(node->width, sizeof *expenses);
    if (expenses == NULL)
        return PATRON_RESOURCE;
    uint64_t total = estimate(node, pairs, wishes, expenses);
    uint64_t tasks_a_thread = wishes->items < MANY_ITEMS ? MANY_TASKS : FEW_TASKS;
    uint64_t parts_a_thread = wishes->ranks < MANY_RANKS ? tasks_a_thread : BUNDLES;
    uint64_t share = total / (wishes->ranks * wishes->threads);
    const cutter c = {node,
                      pairs,
                      expenses,
                      wishes->divided,
                      1 + share / tasks_a_thread,
                      1 + share / parts_a_thread};
    *count = cut_tasks(&c, NULL);
    *tasks = patron_allocate(*count, sizeof **tasks);
    if (*tasks != NULL)
        cut_tasks(&c, *tasks);
    free(expenses);
    return *tasks == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- whose branches ---- */

void itemset_branch_lists_free(itemset_branch_lists *lists)
{
    free(lists->offsets);
    free(lists->branches);
    *lists = (itemset_branch_lists){0};
}

/* Passes over the branches in order.  ends[] of ranks move on as they get one; branches: NULL, or
 * where they go.  Parts of an item that are on one rank follow each other: it is listed once, as
 * latest[] tells. */
static void list_branches(const itemset_task *tasks, uint64_t count, uint32_t width,
                          uint32_t *latest, uint64_t *ends, uint32_t *branches)
{
    for (uint64_t i = 0; i < count; ++i)
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item) {
            int rank = tasks[i].rank;
            if (item >= width || latest[rank] == item + 1)
                continue;
            latest[rank] = item + 1;
            if (branches != NULL)
                branches[ends[rank]] = item;
            ++ends[rank];
        }
}

patron_status itemset_branch_lists_create(const itemset_task *tasks, uint64_t count, uint32_t width,
                                          int size, itemset_branch_lists *lists)
{
    uint64_t ranks = (uint64_t)size;
    patron_status status = PATRON_RESOURCE;
    uint32_t *latest = patron_allocate(2 * ranks, sizeof *latest); /* item + 1, of each pass */
    uint64_t *ends = patron_allocate(ranks, sizeof *ends);
    *lists = (itemset_branch_lists){.offsets = patron_allocate(ranks + 1, sizeof(uint64_t))};
    if (latest == NULL || ends == NULL || lists->offsets == NULL)
        goto cleanup;
    list_branches(tasks, count, width, latest, lists->offsets + 1, NULL);
    for (uint64_t rank = 0; rank < ranks; ++rank) {
        ends[rank] = lists->offsets[rank];
        lists->offsets[rank + 1] += lists->offsets[rank];
    }
    lists->branches = patron_allocate(lists->offsets[ranks], sizeof *lists->branches);
    if (lists->branches == NULL)
        goto cleanup;
    list_branches(tasks, count, width, latest + ranks, ends, lists->branches);
    status = PATRON_OK;

cleanup:
    free(latest);
    free(ends);
    return status;
}
