/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs are counted in the order of the rows, into a triangle that fits a cache: walking the rows
 * of one item after the other would jump through all of memory once an item. */
#include "itemset/pairs.h"

#include "patron/memory.h"
#include "runtime/clones.h"

#include <stdlib.h>

enum { MOST_ITEMS = 1024 };

void itemset_pairs_free(itemset_pairs *pairs)
{
    free(pairs->counts);
    *pairs = (itemset_pairs){0};
}

/* Rows [first, end). */
static void count_rows(const itemset_rows *rows, uint64_t first, uint64_t end, uint32_t width,
                       uint32_t *counts)
{
    for (uint64_t row = first; row < end; ++row) {
        const uint32_t *items = rows->items + rows->offsets[row];
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        uint32_t weight = (uint32_t)rows->weights[row];
        for (uint64_t i = 1; i < length && items[i] < width; ++i) {
            uint32_t *below = counts + itemset_pair_place(items[i], 0);
            for (uint64_t j = 0; j < i; ++j)
                below[items[j]] += weight;
        }
    }
}

/* A thread has its own triangle only where its share of the rows is larger. */
static int counters_worthwhile(const itemset_rows *rows, uint64_t counts, int threads)
{
    uint64_t items = rows->count > 0 ? rows->offsets[rows->count] : 0;
    uint64_t most = 1 + items / (counts + 1);
    return most < (uint64_t)threads ? (int)most : threads;
}

patron_status itemset_pairs_count(const itemset_node *node, bool complete, int threads,
                                  itemset_pairs *pairs)
{
    const itemset_rows *rows = &node->rows;
    uint32_t width = node->width < MOST_ITEMS ? node->width : MOST_ITEMS;
    if (width > 0 && node->counts[0] > UINT32_MAX)
        width = 0; /* a pair's count might not fit; no pair is held by more than its items */
    if (complete && width < node->width)
        width = 0;
    uint64_t size = itemset_pair_place(width, 0);
    size += size % 2; /* even: see itemset_pairs_sum */
    int counters = counters_worthwhile(rows, size, threads);
    *pairs = (itemset_pairs){
        .width = width, .counts = patron_allocate((uint64_t)counters * size, sizeof(uint32_t))};
    if (pairs->counts == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel num_threads(counters)
    {
#pragma omp for schedule(static, 1)
        for (int counter = 0; counter < counters; ++counter)
            count_rows(rows, rows->count * (uint64_t)counter / (uint64_t)counters,
                       rows->count * ((uint64_t)counter + 1) / (uint64_t)counters, width,
                       pairs->counts + (uint64_t)counter * size);
#pragma omp for schedule(static)
        for (uint64_t i = 0; i < size; ++i)
            for (int counter = 1; counter < counters; ++counter)
                pairs->counts[i] += pairs->counts[(uint64_t)counter * size + i];
    }
    return PATRON_OK;
}

/* Two counts are added at once, as halves of 64 bits: no sum is above what fits one of them. */
void itemset_pairs_sum(const patron_comm *comm, itemset_pairs *pairs)
{
    uint64_t size = itemset_pair_place(pairs->width, 0);
    patron_comm_reduce_u64(comm, (uint64_t *)pairs->counts, (size + 1) / 2, PATRON_SUM);
}

PATRON_VECTOR_CLONES
static itemset_pair_sums sum_frequent(const uint32_t *counts, uint32_t count, uint32_t least)
{
    itemset_pair_sums sums = {0};
    for (uint32_t i = 0; i < count; ++i) {
        sums.pairs += counts[i] >= least ? 1 : 0;
        sums.counts += counts[i] >= least ? counts[i] : 0;
    }
    return sums;
}

itemset_pair_sums itemset_pairs_sum_frequent(const itemset_pairs *pairs, uint32_t item,
                                             uint64_t min_count)
{
    if (min_count > UINT32_MAX)
        return (itemset_pair_sums){0};
    return sum_frequent(itemset_pairs_below(pairs, item), item, (uint32_t)min_count);
}
