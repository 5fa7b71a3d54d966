/* SPDX-License-Identifier: Apache-2.0 */
/* The first look at each value: counts, extremes, and sums for the means.  Weights are looked at as
 * one more column behind the others. */
#include "data/profile.h"

#include "patron/memory.h"
#include "runtime/blocksum.h"

#include <math.h>
#include <stdlib.h>

/* One thread's figures of one column. */
typedef struct tally {
    uint64_t present, zeros, negatives;
    float least, greatest; /* infinities where nothing is present */
    patron_blocksum sum;
} tally;

typedef struct survey {
    const patron_comm *comm;
    const patron_rows *rows;
    const patron_row_groups *groups;
    uint64_t figures;      /* columns of all groups */
    uint64_t series;       /* these, and the weights where there are some */
    tally *tallies;        /* threads x series */
    uint64_t *lanes;       /* threads x groups: rows seen */
    patron_exactsum *sums; /* series */
    uint64_t *counts;      /* 3 x series: present, zeros, negatives */
    double *extremes;      /* 2 x series: least, and the greatest with its sign turned */
} survey;

static void tally_values(const float *values, uint64_t lanes, tally *mine)
{
    double terms[PATRON_BLOCK];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        float value = values[lane] + 0.0F; /* -0 counts as 0 */
        bool is_present = ((lanes >> lane) & 1) != 0 && !isnan(value);
        terms[lane] = is_present ? (double)value : 0.0;
        mine->least = is_present && value < mine->least ? value : mine->least;
        mine->greatest = is_present && value > mine->greatest ? value : mine->greatest;
        mine->present += is_present ? 1 : 0;
        mine->zeros += is_present && value == 0.0F ? 1 : 0;
        mine->negatives += is_present && value < 0.0F ? 1 : 0;
    }
    patron_blocksum_add(&mine->sum, patron_blocksum_plain, terms);
}

static void survey_block(void *argument, int thread, const patron_block *block)
{
    const survey *run = argument;
    tally *mine = run->tallies + (uint64_t)thread * run->series;
    uint64_t columns = run->rows->columns, count = patron_row_groups_count(run->groups);
    for (uint32_t g = 0; g < count; ++g) {
        uint64_t lanes = patron_row_groups_lanes(run->groups, run->rows, block, g);
        for (uint64_t j = 0; lanes != 0 && j < columns; ++j)
            tally_values(block->values + j * PATRON_BLOCK, lanes, &mine[g * columns + j]);
        run->lanes[(uint64_t)thread * count + g] += (uint64_t)__builtin_popcountll(lanes);
    }
    if (run->rows->weighs)
        tally_values(block->weight, block->lanes, &mine[run->figures]);
}

/* Brings the threads' figures of a series together. */
static void merge_threads(const survey *run, uint64_t series)
{
    uint64_t *counts = run->counts + 3 * series;
    double *extremes = run->extremes + 2 * series;
    extremes[0] = extremes[1] = (double)INFINITY;
    for (int t = 0; t < run->rows->threads; ++t) {
        tally *mine = &run->tallies[(uint64_t)t * run->series + series];
        counts[0] += mine->present;
        counts[1] += mine->zeros;
        counts[2] += mine->negatives;
        extremes[0] = fmin(extremes[0], (double)mine->least);
        extremes[1] = fmin(extremes[1], -(double)mine->greatest);
        patron_blocksum_flush(&mine->sum);
        patron_exactsum_merge(&run->sums[series], &mine->sum.sum);
    }
}

static void reduce(const survey *run, patron_rows_profile *profile)
{
    uint64_t groups = patron_row_groups_count(run->groups);
    for (uint64_t i = groups; i < groups * (uint64_t)run->rows->threads; ++i)
        run->lanes[i % groups] += run->lanes[i];
    patron_comm_reduce_u64(run->comm, run->lanes, groups, PATRON_SUM);
    profile->rows = run->lanes[groups - 1]; /* the last group has them all */
    for (uint64_t g = 0; profile->group_rows != NULL && g < groups; ++g)
        profile->group_rows[g] = run->lanes[g];
    for (uint64_t s = 0; s < run->series; ++s)
        merge_threads(run, s);
    patron_comm_reduce_u64(run->comm, run->counts, 3 * run->series, PATRON_SUM);
    patron_comm_reduce_f64(run->comm, run->extremes, 2 * run->series, PATRON_MIN);
    patron_exactsum_reduce(run->comm, run->sums, run->series);
}

static void conclude(const survey *run, patron_rows_profile *profile)
{
    for (uint64_t j = 0; j < run->figures; ++j) {
        const uint64_t *counts = run->counts + 3 * j;
        const double *extremes = run->extremes + 2 * j;
        bool has_any = counts[0] > 0;
        patron_column_profile *column = &profile->column[j];
        column->present = counts[0];
        column->zeros = counts[1];
        column->negatives = counts[2];
        column->least = has_any ? extremes[0] : (double)NAN;
        column->greatest = has_any ? 0.0 - extremes[1] : (double)NAN;
        column->mean =
            has_any ? patron_exactsum_round(&run->sums[j]) / (double)counts[0] : (double)NAN;
    }
    if (!profile->weighs)
        return;
    const double *extremes = run->extremes + 2 * run->figures;
    bool has_any = profile->rows > 0;
    profile->weight =
        (patron_weight_profile){.zeros = run->counts[3 * run->figures + 1],
                                .sum = patron_exactsum_round(&run->sums[run->figures]),
                                .least = has_any ? extremes[0] : (double)NAN,
                                .greatest = has_any ? 0.0 - extremes[1] : (double)NAN};
}

patron_status patron_profile_survey(const patron_comm *comm, const patron_rows *rows,
                                    patron_rows_profile *profile)
{
    uint64_t groups = patron_row_groups_count(profile->groups), figures = groups * rows->columns;
    survey run = {.comm = comm,
                  .rows = rows,
                  .groups = profile->groups,
                  .figures = figures,
                  .series = figures + (rows->weighs ? 1 : 0)};
    uint64_t tallies = (uint64_t)rows->threads * run.series;
    run.tallies = patron_allocate(tallies, sizeof *run.tallies);
    run.lanes = patron_allocate((uint64_t)rows->threads * groups, sizeof *run.lanes);
    run.sums = patron_allocate(run.series, sizeof *run.sums);
    run.counts = patron_allocate(run.series, 3 * sizeof *run.counts);
    run.extremes = patron_allocate(run.series, 2 * sizeof *run.extremes);
    patron_status status = PATRON_OK;
    if (run.tallies == NULL || run.lanes == NULL || run.sums == NULL || run.counts == NULL ||
        run.extremes == NULL)
        status = PATRON_RESOURCE;
    for (uint64_t i = 0; status == PATRON_OK && i < tallies; ++i) {
        run.tallies[i].least = INFINITY;
        run.tallies[i].greatest = -INFINITY;
    }
    if (status == PATRON_OK)
        status = patron_rows_pass(rows, survey_block, &run);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        reduce(&run, profile);
        conclude(&run, profile);
    }
    free(run.tallies);
    free(run.lanes);
    free(run.sums);
    free(run.counts);
    free(run.extremes);
    return status;
}
