/* SPDX-License-Identifier: Apache-2.0 */
/* Medians and interquartile ranges of filled columns.  The filled column need not be made: its
 * sorted entries are those of the present values, with the fills between two of them. */
#include "data/estimate.h"
#include "data/order_statistics.h"
#include "data/quantile.h"

#include <stdlib.h>

static const double levels[] = {0.25, 0.5, 0.75};
enum {
    LEVELS = sizeof levels / sizeof levels[0],
    QUERIES = 2 * LEVELS /* two neighbours for each */
};

static void count_below(void *argument, int thread, const patron_block *block)
{
    const patron_estimate *run = argument;
    for (uint32_t j = 0; j < run->rows->columns; ++j) {
        const float *values = block->values + (uint64_t)j * PATRON_BLOCK;
        double fill = run->transform->fill[j];
        uint64_t below = 0;
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            below += ((block->lanes >> lane) & 1) != 0 && (double)values[lane] < fill ? 1 : 0;
        patron_estimate_tallies(run, thread)[j].below_fill += below;
    }
}

static patron_status place_fills(const patron_estimate *run)
{
    patron_status status =
        run->transform->missing == 0 ? PATRON_OK : patron_estimate_tally(run, count_below);
    for (uint32_t j = 0; status == PATRON_OK && j < run->rows->columns; ++j) {
        uint64_t below = 0;
        for (int t = 0; t < run->rows->threads; ++t)
            below += patron_estimate_tallies(run, t)[j].below_fill;
        patron_comm_reduce_u64(run->comm, &below, 1, PATRON_SUM);
        run->figures[j].below_fill = below;
    }
    return status;
}

/* Where entry `index` of the filled column lies among the present values: UINT64_MAX, a fill. */
static uint64_t present_entry(const patron_estimate *run, uint32_t column, uint64_t index)
{
    const patron_column_figures *figures = &run->figures[column];
    uint64_t fills = run->total - figures->present;
    if (index < figures->below_fill || fills == 0)
        return index;
    return index < figures->below_fill + fills ? UINT64_MAX : index - fills;
}

/* Asks for both neighbours of each quantile; a fill asks for entry 0, which is not looked at. */
static void ask_quantiles(const patron_estimate *run, uint32_t column, patron_order_query *queries)
{
    for (uint64_t q = 0; q < LEVELS; ++q) {
        patron_quantile_place place = patron_quantile_find(levels[q], run->total);
        uint64_t low = present_entry(run, column, place.low);
        uint64_t high = present_entry(run, column, place.high);
        queries[2 * q] = (patron_order_query){column, low == UINT64_MAX ? 0 : low, 0.0F};
        queries[2 * q + 1] = (patron_order_query){column, high == UINT64_MAX ? 0 : high, 0.0F};
    }
}

static double entry_value(const patron_estimate *run, uint32_t column, uint64_t entry, float answer)
{
    bool is_fill = present_entry(run, column, entry) == UINT64_MAX;
    return patron_estimate_after_log(run, column,
                                     is_fill ? run->transform->fill[column] : (double)answer);
}

static double answer_quantile(const patron_estimate *run, uint32_t column, uint64_t q,
                              const patron_order_query *queries)
{
    patron_quantile_place place = patron_quantile_find(levels[q], run->total);
    return patron_quantile_between(levels[q], place,
                                   entry_value(run, column, place.low, queries[2 * q].value),
                                   entry_value(run, column, place.high, queries[2 * q + 1].value));
}

patron_status patron_estimate_quartiles(const patron_estimate *run)
{
    uint32_t columns = run->rows->columns;
    patron_transform *transform = run->transform;
    patron_order_query *queries = patron_allocate(columns, QUERIES * sizeof *queries);
    patron_status status =
        patron_comm_agree(run->comm, queries == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = place_fills(run);
    for (uint32_t j = 0; status == PATRON_OK && j < columns; ++j)
        ask_quantiles(run, j, queries + (uint64_t)j * QUERIES);
    if (status == PATRON_OK)
        status =
            patron_order_statistics(run->comm, run->rows, queries, (uint64_t)columns * QUERIES);
    for (uint32_t j = 0; status == PATRON_OK && j < columns; ++j) {
        const patron_order_query *mine = queries + (uint64_t)j * QUERIES;
        transform->offset[j] = answer_quantile(run, j, 1, mine);
        transform->scale[j] = answer_quantile(run, j, 2, mine) - answer_quantile(run, j, 0, mine);
    }
    free(queries);
    return status;
}
