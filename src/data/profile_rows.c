/* SPDX-License-Identifier: Apache-2.0 */
/* The profile of rows, step by step; and the steps that need no file of their own: quantiles, and
 * outliers by the fences of Tukey, "Exploratory Data Analysis" (1977). */
#include "data/profile.h"

#include "data/order_statistics.h"
#include "data/quantile.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>

const double patron_profile_levels[PATRON_PROFILE_LEVELS] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* ---- quantiles ---- */

static void ask(const patron_column_profile *column, uint32_t number, patron_order_query *queries)
{
    for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level) {
        patron_quantile_place place =
            patron_quantile_find(patron_profile_levels[level], column->present);
        *queries++ = (patron_order_query){number, place.low, 0.0F};
        *queries++ = (patron_order_query){number, place.high, 0.0F};
    }
}

static void answer(const patron_order_query *queries, patron_column_profile *column)
{
    for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level, queries += 2) {
        patron_quantile_place place =
            patron_quantile_find(patron_profile_levels[level], column->present);
        column->quantile[level] =
            patron_quantile_between(patron_profile_levels[level], place, (double)queries[0].value,
                                    (double)queries[1].value);
    }
}

patron_status patron_profile_quantiles(const patron_comm *comm, const patron_rows *rows,
                                       uint32_t first, uint32_t count, patron_rows_profile *profile)
{
    uint64_t asked = 0;
    patron_order_query *queries = patron_allocate(count, PATRON_PROFILE_QUERIES * sizeof *queries);
    patron_status status = patron_comm_agree(comm, queries == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t j = first; status == PATRON_OK && j < first + count; ++j)
        if (profile->column[j].present > 0)
            ask(&profile->column[j], j, queries + PATRON_PROFILE_QUERIES * asked++);
    if (status == PATRON_OK && asked > 0)
        status = patron_order_statistics_of_groups(comm, rows, profile->groups, queries,
                                                   PATRON_PROFILE_QUERIES * asked);
    asked = 0;
    for (uint32_t j = first; status == PATRON_OK && j < first + count; ++j) {
        if (profile->column[j].present > 0)
            answer(queries + PATRON_PROFILE_QUERIES * asked++, &profile->column[j]);
        else
            for (int level = 0; level < PATRON_PROFILE_LEVELS; ++level)
                profile->column[j].quantile[level] = (double)NAN;
    }
    free(queries);
    return status;
}

/* ---- outliers ---- */

/* Values outside are outliers. */
typedef struct fence {
    double low, high;
} fence;

typedef struct outlier_pass {
    uint64_t columns;
    fence *fences;    /* columns x 2: near, far */
    uint64_t *counts; /* threads x columns x 2 */
} outlier_pass;

static fence fence_of(const patron_column_profile *column, double ranges)
{
    double lower = column->quantile[PATRON_PROFILE_LOWER_QUARTILE];
    double upper = column->quantile[PATRON_PROFILE_UPPER_QUARTILE];
    double range = upper - lower;
    return (fence){.low = lower - ranges * range, .high = upper + ranges * range};
}

static void count_block(void *argument, int thread, const patron_block *block)
{
    const outlier_pass *pass = argument;
    for (uint64_t j = 0; j < pass->columns; ++j) {
        const float *values = block->values + j * PATRON_BLOCK;
        const fence near = pass->fences[2 * j], far = pass->fences[2 * j + 1];
        uint64_t beyond_near = 0, beyond_far = 0;
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            double value = (double)values[lane]; /* NaN is beyond nothing */
            uint64_t is_row = (block->lanes >> lane) & 1;
            beyond_near += value < near.low || value > near.high ? is_row : 0;
            beyond_far += value < far.low || value > far.high ? is_row : 0;
        }
        uint64_t *counts = pass->counts + ((uint64_t)thread * pass->columns + j) * 2;
        counts[0] += beyond_near;
        counts[1] += beyond_far;
    }
}

patron_status patron_profile_outliers(const patron_comm *comm, const patron_rows *rows,
                                      patron_rows_profile *profile)
{
    uint64_t columns = rows->columns, counts = 2 * columns;
    outlier_pass pass = {.columns = columns};
    pass.fences = patron_allocate(columns, 2 * sizeof *pass.fences);
    pass.counts = patron_allocate((uint64_t)rows->threads * columns, 2 * sizeof *pass.counts);
    patron_status status = pass.fences == NULL || pass.counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
        pass.fences[2 * j] = fence_of(&profile->column[j], 1.5);
        pass.fences[2 * j + 1] = fence_of(&profile->column[j], 3.0);
    }
    if (status == PATRON_OK)
        status = patron_rows_pass(rows, count_block, &pass);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        for (uint64_t i = counts; i < counts * (uint64_t)rows->threads; ++i)
            pass.counts[i % counts] += pass.counts[i];
        patron_comm_reduce_u64(comm, pass.counts, counts, PATRON_SUM);
    }
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
        profile->column[j].outliers = pass.counts[2 * j];
        profile->column[j].far_outliers = pass.counts[2 * j + 1];
    }
    free(pass.fences);
    free(pass.counts);
    return status;
}

/* ---- all of it ---- */

/* Hashes of rows that a rank holds at a time: as collected, gathered, sorted and dealt. */
static uint64_t hashes_of(uint64_t memory)
{
    const uint64_t copies = 4, hash_bytes = 16, least = UINT64_C(1) << 16;
    uint64_t most = memory / (copies * hash_bytes);
    return most < least ? least : most;
}

/* Quantiles and distinct values of all columns, `batch` at a time. */
static patron_status profile_batches(const patron_comm *comm, const patron_rows *rows,
                                     uint32_t batch, patron_progress *progress, uint64_t *done,
                                     patron_rows_profile *profile)
{
    patron_status status = PATRON_OK;
    for (uint32_t j = 0; status == PATRON_OK && j < rows->columns; j += batch) {
        uint32_t count = rows->columns - j < batch ? rows->columns - j : batch;
        status = patron_profile_quantiles(comm, rows, j, count, profile);
        patron_progress_update(progress, ++*done, "quantiles");
        if (status == PATRON_OK)
            status = patron_profile_distinct(comm, rows, j, count, profile);
        patron_progress_update(progress, ++*done, "distinct values");
    }
    return status;
}

static patron_status profile_steps(const patron_comm *comm, const patron_rows *rows,
                                   uint64_t memory, patron_progress *progress,
                                   patron_rows_profile *profile)
{
    uint64_t done = 0;
    /* distinct values of a column take less than the tables of its quantiles */
    uint32_t batch = (uint32_t)patron_order_statistics_batch(comm, rows, memory,
                                                             PATRON_PROFILE_QUERIES, rows->columns);
    uint64_t batches = (rows->columns + (uint64_t)batch - 1) / batch;
    patron_progress_begin(progress, "profile", "steps", 4 + 2 * batches);
    patron_status status = patron_profile_survey(comm, rows, profile);
    patron_progress_update(progress, ++done, "means");
    if (status == PATRON_OK)
        status = patron_profile_moments(comm, rows, profile);
    patron_progress_update(progress, ++done, "moments");
    if (status == PATRON_OK)
        status = profile_batches(comm, rows, batch, progress, &done, profile);
    if (status == PATRON_OK)
        status = patron_profile_outliers(comm, rows, profile);
    patron_progress_update(progress, ++done, "outliers");
    if (status == PATRON_OK)
        status = patron_profile_duplicates(comm, rows, hashes_of(memory), &profile->duplicates);
    patron_progress_end(progress);
    return status;
}

patron_status patron_profile_rows(const patron_comm *comm, const patron_rows *rows, uint64_t memory,
                                  patron_progress *progress, patron_rows_profile *profile)
{
    *profile = (patron_rows_profile){.columns = rows->columns, .weighs = rows->weighs};
    profile->column = patron_allocate(rows->columns, sizeof *profile->column);
    patron_status status =
        patron_comm_agree(comm, profile->column == NULL ? PATRON_RESOURCE : PATRON_OK);
    patron_span span = patron_meter_enter(PATRON_STEP_PROFILE);
    if (status == PATRON_OK)
        status = profile_steps(comm, rows, memory, progress, profile);
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_rows_profile_free(patron_rows_profile *profile)
{
    free(profile->column);
    *profile = (patron_rows_profile){0};
}
