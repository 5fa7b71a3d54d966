/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a transform, from all ranks' rows.  Means and variances are exact sums rounded
 * once; quantiles are exact order statistics: neither depends on how rows are spread. */
#include "data/estimate.h"
#include "data/order_statistics.h"

#include "patron/elementary.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>

/* ---- missing values ---- */

static patron_status choose_medians(const patron_estimate *run)
{
    uint32_t columns = run->rows->columns;
    patron_order_query *queries = patron_allocate(columns, 2 * sizeof *queries);
    patron_status status =
        patron_comm_agree(run->comm, queries == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
        uint64_t present = run->figures[j].present;
        queries[2 * j] = (patron_order_query){(uint32_t)j, (present - 1) / 2, 0.0F};
        queries[2 * j + 1] = (patron_order_query){(uint32_t)j, present / 2, 0.0F};
    }
    if (status == PATRON_OK)
        status = patron_order_statistics(run->comm, run->rows, queries, 2 * (uint64_t)columns);
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j)
        run->transform->fill[j] =
            ((double)queries[2 * j].value + (double)queries[2 * j + 1].value) / 2.0;
    free(queries);
    return status;
}

static patron_status choose_fills(const patron_estimate *run)
{
    if (run->missing != PATRON_MISSING_MEAN && run->missing != PATRON_MISSING_MEDIAN)
        return PATRON_OK;
    for (uint32_t j = 0; j < run->rows->columns; ++j) {
        const patron_column_figures *figures = &run->figures[j];
        if (figures->present == 0)
            return patron_fail(PATRON_DATA, "column '%.*s' has no value to fill missing ones with",
                               (int)patron_texts_length(run->names, j),
                               patron_texts_at(run->names, j));
        run->transform->fill[j] = figures->sum / (double)figures->present;
    }
    return run->missing == PATRON_MISSING_MEDIAN ? choose_medians(run) : PATRON_OK;
}

/* ---- scales ---- */

double patron_estimate_after_log(const patron_estimate *run, uint32_t column, double value)
{
    return run->transform->log1p[column] ? patron_log1p(value) : value;
}

/* Least and greatest of a column, filled, then log1p, which keeps order. */
static void find_extremes(const patron_estimate *run, uint32_t column, double *least,
                          double *greatest)
{
    const patron_column_figures *figures = &run->figures[column];
    double fill = run->transform->fill[column];
    double low = (double)figures->least, high = (double)figures->greatest;
    if (figures->present < run->total) {
        low = !(low <= fill) ? fill : low;
        high = !(high >= fill) ? fill : high;
    }
    *least = patron_estimate_after_log(run, column, low);
    *greatest = patron_estimate_after_log(run, column, high);
}

/* The block's values of a column after fill, then log1p, less `center`; 0 in lanes without a row.
 */
static void take_terms(const patron_estimate *run, const patron_block *block, uint32_t column,
                       double center, double *terms)
{
    const float *values = block->values + (uint64_t)column * PATRON_BLOCK;
    double fill = run->transform->fill[column];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        terms[lane] = isnan(values[lane]) ? fill : (double)values[lane];
    for (int lane = 0; run->transform->log1p[column] && lane < PATRON_BLOCK; ++lane)
        terms[lane] = patron_log1p(terms[lane]);
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        terms[lane] = ((block->lanes >> lane) & 1) != 0 ? terms[lane] - center : 0.0;
}

static void sum_block(void *argument, int thread, const patron_block *block)
{
    const patron_estimate *run = argument;
    for (uint32_t j = 0; j < run->rows->columns; ++j) {
        double terms[PATRON_BLOCK];
        take_terms(run, block, j, 0.0, terms);
        patron_blocksum_add(&patron_estimate_tallies(run, thread)[j].sum, patron_blocksum_plain,
                            terms);
    }
}

static void square_block(void *argument, int thread, const patron_block *block)
{
    const patron_estimate *run = argument;
    for (uint32_t j = 0; j < run->rows->columns; ++j) {
        double terms[PATRON_BLOCK];
        take_terms(run, block, j, run->transform->offset[j], terms);
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            terms[lane] *= terms[lane];
        patron_blocksum_add(&patron_estimate_tallies(run, thread)[j].sum, patron_blocksum_plain,
                            terms);
    }
}

/* Means: the sums of the survey will do where nothing was filled or taken the logarithm of. */
static patron_status choose_means(const patron_estimate *run)
{
    patron_transform *transform = run->transform;
    bool is_known = transform->missing == 0;
    for (uint32_t j = 0; j < transform->columns; ++j)
        is_known = is_known && !transform->log1p[j];
    patron_status status = is_known ? PATRON_OK : patron_estimate_tally(run, sum_block);
    for (uint32_t j = 0; status == PATRON_OK && j < transform->columns; ++j) {
        double sum =
            is_known ? run->figures[j].sum : patron_exactsum_round(&run->tallies[j].sum.sum);
        transform->offset[j] = sum / (double)run->total;
    }
    return status;
}

static patron_status choose_deviations(const patron_estimate *run)
{
    patron_transform *transform = run->transform;
    patron_status status = choose_means(run);
    if (status == PATRON_OK)
        status = patron_estimate_tally(run, square_block);
    for (uint32_t j = 0; status == PATRON_OK && j < transform->columns; ++j)
        transform->scale[j] =
            sqrt(patron_exactsum_round(&run->tallies[j].sum.sum) / (double)run->total);
    return status;
}

/* Offsets and scales; a constant column has its value and 1. */
static patron_status choose_scales(const patron_estimate *run, patron_scale kind)
{
    patron_transform *transform = run->transform;
    patron_status status = PATRON_OK;
    if (kind == PATRON_SCALE_NONE)
        return PATRON_OK;
    if (kind == PATRON_SCALE_ZSCORE)
        status = choose_deviations(run);
    else if (kind == PATRON_SCALE_ROBUST)
        status = patron_estimate_quartiles(run);
    for (uint32_t j = 0; status == PATRON_OK && j < transform->columns; ++j) {
        double least, greatest;
        find_extremes(run, j, &least, &greatest);
        if (least == greatest || kind == PATRON_SCALE_MINMAX) {
            transform->offset[j] = least;
            transform->scale[j] = greatest - least;
        }
        if (transform->scale[j] == 0.0)
            transform->scale[j] = 1.0;
    }
    return status;
}

patron_status patron_transform_estimate(const patron_comm *comm, const patron_rows *rows,
                                        const patron_texts *names, patron_scale scale,
                                        patron_missing missing, patron_transform *transform)
{
    uint64_t threads = (uint64_t)rows->threads;
    patron_estimate run = {.comm = comm,
                           .rows = rows,
                           .names = names,
                           .missing = missing,
                           .transform = transform,
                           .figures = patron_allocate(rows->columns, sizeof *run.figures),
                           .tallies = patron_allocate(threads * rows->columns, sizeof *run.tallies),
                           .faults = patron_allocate(threads, sizeof *run.faults),
                           .counts = patron_allocate(threads, sizeof *run.counts)};
    patron_status status = PATRON_OK;
    if (run.figures == NULL || run.tallies == NULL || run.faults == NULL || run.counts == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    patron_span span = patron_meter_enter(PATRON_STEP_TRANSFORM);
    if (status == PATRON_OK)
        status = patron_estimate_survey(&run);
    if (status == PATRON_OK)
        status = choose_fills(&run);
    if (status == PATRON_OK)
        status = choose_scales(&run, scale);
    patron_meter_leave(span, 0, 0);
    free(run.figures);
    free(run.tallies);
    free(run.faults);
    free(run.counts);
    return status;
}
