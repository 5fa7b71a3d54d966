/* SPDX-License-Identifier: Apache-2.0 */
/* Deciles are order statistics of the rows of a group, whose lanes alone are shown.  The i-th is
 * the inverse of the empirical distribution function: type 1 of Hyndman and Fan, "Sample quantiles
 * in statistical packages", The American Statistician 50 (1996), so that it is one of the values
 * and each bin starts behind it. */
#include "data/feature_bins.h"

#include "data/group_profile.h"
#include "data/order_statistics.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_AT_A_TIME = 16 }; /* whose order statistics are looked for in one go */

static uint64_t cell_of(const patron_feature_bins *bins, uint32_t group, uint32_t column)
{
    return (uint64_t)group * bins->columns + column;
}

/* ---- edges ---- */

/* Present values of each column, over all ranks. */
static void count_present(const patron_comm *comm, const patron_rows *rows, uint64_t *present)
{
    memset(present, 0, rows->columns * sizeof *present);
    for (uint64_t b = 0; b < rows->blocks; ++b)
        for (uint32_t j = 0; j < rows->columns; ++j) {
            const float *values = rows->values + (b * rows->columns + j) * PATRON_BLOCK;
            for (uint64_t left = rows->lanes[b]; left != 0; left &= left - 1)
                present[j] += isnan(values[__builtin_ctzll(left)]) ? 0 : 1;
        }
    patron_comm_reduce_u64(comm, present, rows->columns, PATRON_SUM);
}

static uint64_t list_deciles(const uint64_t *present, uint32_t first, uint32_t end,
                             patron_order_query *queries)
{
    uint64_t count = 0;
    for (uint32_t j = first; j < end; ++j)
        for (uint64_t i = 1; i <= PATRON_FEATURE_EDGES && present[j] > 0; ++i)
            queries[count++] = (patron_order_query){
                .column = j,
                .index = (i * present[j] + PATRON_FEATURE_EDGES) / (PATRON_FEATURE_EDGES + 1) - 1};
    return count;
}

static void keep_different(const patron_order_query *queries, uint64_t count, uint32_t group,
                           patron_feature_bins *bins)
{
    for (uint64_t q = 0; q < count; ++q) {
        uint64_t cell = cell_of(bins, group, queries[q].column);
        float *edges = bins->edges + cell * PATRON_FEATURE_EDGES;
        uint32_t *known = &bins->edge_count[cell];
        if (*known == 0 || edges[*known - 1] < queries[q].value)
            edges[(*known)++] = queries[q].value;
    }
}

static patron_status find_group(const patron_comm *comm, const patron_rows *rows, uint32_t group,
                                patron_feature_bins *bins)
{
    patron_order_query queries[COLUMNS_AT_A_TIME * PATRON_FEATURE_EDGES];
    uint64_t *present = patron_allocate(rows->columns, sizeof *present);
    patron_status status = patron_comm_agree(comm, present == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        count_present(comm, rows, present);
    for (uint32_t first = 0; status == PATRON_OK && first < rows->columns;
         first += COLUMNS_AT_A_TIME) {
        uint32_t left = rows->columns - first;
        uint64_t count = list_deciles(
            present, first, first + (left < COLUMNS_AT_A_TIME ? left : COLUMNS_AT_A_TIME), queries);
        if (count > 0)
            status = patron_order_statistics(comm, rows, queries, count);
        if (status == PATRON_OK)
            keep_different(queries, count, group, bins);
    }
    free(present);
    return status;
}

patron_status patron_feature_bins_find(const patron_comm *comm, const patron_rows *rows,
                                       const int32_t *labels, uint32_t segments,
                                       patron_feature_bins *bins)
{
    uint64_t cells = ((uint64_t)segments + 1) * rows->columns;
    *bins = (patron_feature_bins){
        .segments = segments,
        .columns = rows->columns,
        .edge_count = patron_allocate(cells, sizeof *bins->edge_count),
        .edges = patron_allocate(cells, PATRON_FEATURE_EDGES * sizeof *bins->edges)};
    uint64_t *lanes = patron_allocate(rows->blocks, sizeof *lanes);
    patron_rows shown = *rows;
    shown.lanes = lanes;
    bool is_short = bins->edge_count == NULL || bins->edges == NULL || lanes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t s = 0; status == PATRON_OK && s < segments; ++s) {
        patron_group_lanes(rows, labels, (int32_t)s, lanes);
        status = find_group(comm, &shown, s, bins);
    }
    if (status == PATRON_OK)
        status = find_group(comm, rows, segments, bins);
    free(lanes);
    return status;
}

void patron_feature_bins_free(patron_feature_bins *bins)
{
    free(bins->edge_count);
    free(bins->edges);
    *bins = (patron_feature_bins){0};
}

/* ---- counts ---- */

typedef struct count_pass {
    const patron_rows *rows;
    const int32_t *labels;
    const patron_feature_bins *bins;
    uint64_t *counts; /* threads x cells x PATRON_FEATURE_BINS */
    uint64_t size;    /* of one thread's */
} count_pass;

static uint64_t bin_of(const patron_feature_bins *bins, uint64_t cell, float value)
{
    const float *edges = bins->edges + cell * PATRON_FEATURE_EDGES;
    uint64_t bin = 0;
    if (isnan(value))
        return PATRON_FEATURE_BINS - 1;
    while (bin < bins->edge_count[cell] && value > edges[bin])
        ++bin;
    return bin;
}

static void count_block(void *argument, int thread, const patron_block *block)
{
    const count_pass *pass = argument;
    const patron_feature_bins *bins = pass->bins;
    uint64_t *counts = pass->counts + (uint64_t)thread * pass->size;
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left);
        int32_t label = pass->labels[block->row - pass->rows->first + lane];
        for (uint32_t j = 0; j < bins->columns; ++j) {
            float value = block->values[(uint64_t)j * PATRON_BLOCK + lane];
            uint64_t cell = cell_of(bins, bins->segments, j);
            ++counts[cell * PATRON_FEATURE_BINS + bin_of(bins, cell, value)];
            if (label < 0)
                continue;
            cell = cell_of(bins, (uint32_t)label, j);
            ++counts[cell * PATRON_FEATURE_BINS + bin_of(bins, cell, value)];
        }
    }
}

patron_status patron_feature_bins_count(const patron_comm *comm, const patron_rows *rows,
                                        const int32_t *labels, const patron_feature_bins *bins,
                                        uint64_t *counts)
{
    uint64_t size = cell_of(bins, bins->segments + 1, 0) * PATRON_FEATURE_BINS;
    count_pass pass = {.rows = rows, .labels = labels, .bins = bins, .size = size};
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
