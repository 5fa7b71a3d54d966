/* SPDX-License-Identifier: Apache-2.0 */
/* Deciles are order statistics of the rows of a group, whose lanes alone are shown.  The i-th is
 * the inverse of the empirical distribution function: type 1 of Hyndman and Fan, "Sample quantiles
 * in statistical packages", The American Statistician 50 (1996), so that it is one of the values
 * and each bin starts behind it. */
#include "data/feature_bins.h"

#include "data/order_statistics.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t cell_of(const patron_feature_bins *bins, uint32_t group, uint32_t column)
{
    return (uint64_t)group * bins->columns + column;
}

/* ---- counts ---- */

typedef struct count_pass {
    const patron_rows *rows;
    const patron_row_groups *groups;
    const patron_feature_bins *bins;
    uint64_t *counts; /* threads x cells x PATRON_FEATURE_BINS */
    uint64_t size;    /* of one thread's */
} count_pass;

static uint64_t bin_of(const patron_feature_bins *bins, uint64_t cell, float value)
{
    const float *edges = bins->edges + cell * PATRON_FEATURE_EDGES;
    uint64_t bin = 0;
    if (isnan(value))
        return PATRON_FEATURE_MISSING;
    while (bin < bins->edge_count[cell] && value > edges[bin])
        ++bin;
    return bin;
}

static void count_block(void *argument, int thread, const patron_block *block)
{
    const count_pass *pass = argument;
    const patron_feature_bins *bins = pass->bins;
    uint64_t *counts = pass->counts + (uint64_t)thread * pass->size;
    const int32_t *labels = pass->groups->labels + (block->row - pass->rows->first);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left);
        for (uint32_t j = 0; labels[lane] >= 0 && j < bins->columns; ++j) {
            float value = block->values[(uint64_t)j * PATRON_BLOCK + lane];
            uint64_t cell = cell_of(bins, bins->segments, j);
            ++counts[cell * PATRON_FEATURE_BINS + bin_of(bins, cell, value)];
            if ((uint32_t)labels[lane] >= bins->segments)
                continue;
            cell = cell_of(bins, (uint32_t)labels[lane], j);
            ++counts[cell * PATRON_FEATURE_BINS + bin_of(bins, cell, value)];
        }
    }
}

patron_status patron_feature_bins_count(const patron_comm *comm, const patron_rows *rows,
                                        const patron_row_groups *groups,
                                        const patron_feature_bins *bins, uint64_t *counts)
{
    uint64_t size = cell_of(bins, bins->segments + 1, 0) * PATRON_FEATURE_BINS;
    count_pass pass = {.rows = rows, .groups = groups, .bins = bins, .size = size};
    pass.counts = patron_allocate(size * (uint64_t)rows->threads, sizeof *pass.counts);
    patron_status status = pass.counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_rows_pass(rows, count_block, &pass);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    memset(counts, 0, size * sizeof *counts);
    for (uint64_t i = 0; i < size * (uint64_t)rows->threads; ++i)
        counts[i % size] += pass.counts[i];
    patron_comm_reduce_u64(comm, counts, size, PATRON_SUM);
cleanup:
    free(pass.counts);
    return status;
}

/* ---- edges ---- */

/* Asks for the deciles of cells [first, end), whose rows were counted while no bin had an edge. */
static uint64_t list_deciles(const uint64_t *counts, uint64_t first, uint64_t end,
                             patron_order_query *queries)
{
    uint64_t count = 0;
    for (uint64_t cell = first; cell < end; ++cell) {
        uint64_t present = counts[cell * PATRON_FEATURE_BINS];
        for (uint64_t i = 1; i <= PATRON_FEATURE_EDGES && present > 0; ++i)
            queries[count++] = (patron_order_query){
                .column = (uint32_t)cell,
                .index = (i * present + PATRON_FEATURE_EDGES) / (PATRON_FEATURE_EDGES + 1) - 1};
    }
    return count;
}

static void keep_different(const patron_order_query *queries, uint64_t count,
                           patron_feature_bins *bins)
{
    for (uint64_t q = 0; q < count; ++q) {
        float *edges = bins->edges + (uint64_t)queries[q].column * PATRON_FEATURE_EDGES;
        uint32_t *known = &bins->edge_count[queries[q].column];
        if (*known == 0 || edges[*known - 1] < queries[q].value)
            edges[(*known)++] = queries[q].value;
    }
}

/* `counts` has room for those of all cells. */
static patron_status find_edges(const patron_comm *comm, const patron_rows *rows,
                                const patron_row_groups *groups, uint64_t memory, uint64_t *counts,
                                patron_feature_bins *bins)
{
    uint64_t cells = cell_of(bins, bins->segments + 1, 0);
    uint64_t batch = patron_order_statistics_batch(comm, rows, memory, PATRON_FEATURE_EDGES, cells);
    patron_order_query *queries = patron_allocate(batch, PATRON_FEATURE_EDGES * sizeof *queries);
    patron_status status = patron_comm_agree(comm, queries == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_feature_bins_count(comm, rows, groups, bins, counts);
    for (uint64_t first = 0; status == PATRON_OK && first < cells; first += batch) {
        uint64_t end = cells - first < batch ? cells : first + batch;
        uint64_t count = list_deciles(counts, first, end, queries);
        if (count > 0)
            status = patron_order_statistics_of_groups(comm, rows, groups, queries, count);
        if (status == PATRON_OK)
            keep_different(queries, count, bins);
    }
    free(queries);
    return status;
}

patron_status patron_feature_bins_find(const patron_comm *comm, const patron_rows *rows,
                                       const patron_row_groups *groups, uint64_t memory,
                                       patron_feature_bins *bins)
{
    uint64_t cells = ((uint64_t)groups->segments + 1) * rows->columns;
    *bins = (patron_feature_bins){
        .segments = groups->segments,
        .columns = rows->columns,
        .edge_count = patron_allocate(cells, sizeof *bins->edge_count),
        .edges = patron_allocate(cells, PATRON_FEATURE_EDGES * sizeof *bins->edges)};
    uint64_t *counts = patron_allocate(cells, PATRON_FEATURE_BINS * sizeof *counts);
    bool is_short = bins->edge_count == NULL || bins->edges == NULL || counts == NULL;
    if (!is_short && cells > UINT32_MAX)
        is_short = patron_fail(PATRON_RESOURCE,
                               "%" PRIu32 " features of %" PRIu32 " segments are too many",
                               rows->columns, groups->segments) != PATRON_OK;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = find_edges(comm, rows, groups, memory, counts, bins);
    free(counts);
    return status;
}

void patron_feature_bins_free(patron_feature_bins *bins)
{
    free(bins->edge_count);
    free(bins->edges);
    *bins = (patron_feature_bins){0};
}
