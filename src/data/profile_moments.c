/* SPDX-License-Identifier: Apache-2.0 */
/* The second look at each value, when mean and extremes are known: central moments and bins. */
#include "data/profile.h"

#include "patron/memory.h"
#include "runtime/blocksum.h"

#include <math.h>
#include <stdlib.h>

/* One thread's figures of one column. */
typedef struct tally {
    patron_blocksum squares, cubes; /* of distances from the mean */
    uint64_t bins[PATRON_PROFILE_BINS];
} tally;

typedef struct moments {
    const patron_rows *rows;
    patron_rows_profile *profile;
    uint64_t figures; /* columns of all groups */
    tally *tallies;   /* threads x figures */
} moments;

double patron_profile_edge(const patron_column_profile *column, uint32_t bin)
{
    double width = (column->greatest - column->least) / PATRON_PROFILE_BINS;
    return bin == PATRON_PROFILE_BINS ? column->greatest : (double)bin * width + column->least;
}

/* The last bin whose lower edge is not above `value`. */
static uint32_t bin_of(const patron_column_profile *column, double value)
{
    double range = column->greatest - column->least;
    double guess = (value - column->least) * (PATRON_PROFILE_BINS / range);
    uint32_t bin = guess < PATRON_PROFILE_BINS - 1 ? (uint32_t)guess : PATRON_PROFILE_BINS - 1;
    while (bin > 0 && value < patron_profile_edge(column, bin))
        --bin;
    while (bin + 1 < PATRON_PROFILE_BINS && value >= patron_profile_edge(column, bin + 1))
        ++bin;
    return bin;
}

static void tally_values(const float *values, uint64_t lanes, const patron_column_profile *column,
                         tally *mine)
{
    double squares[PATRON_BLOCK], cubes[PATRON_BLOCK];
    bool varies = column->least < column->greatest;
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        bool is_present = ((lanes >> lane) & 1) != 0 && !isnan(values[lane]);
        double distance = is_present ? (double)values[lane] - column->mean : 0.0;
        squares[lane] = distance * distance;
        cubes[lane] = squares[lane] * distance;
        if (is_present && varies)
            ++mine->bins[bin_of(column, (double)values[lane])];
    }
    patron_blocksum_add(&mine->squares, patron_blocksum_plain, squares);
    patron_blocksum_add(&mine->cubes, patron_blocksum_plain, cubes);
}

static void tally_block(void *argument, int thread, const patron_block *block)
{
    const moments *run = argument;
    uint64_t columns = run->rows->columns;
    const patron_row_groups *groups = run->profile->groups;
    tally *mine = run->tallies + (uint64_t)thread * run->figures;
    for (uint32_t g = 0; g < patron_row_groups_count(groups); ++g) {
        uint64_t lanes = patron_row_groups_lanes(groups, run->rows, block, g);
        const patron_column_profile *of_group = run->profile->column + g * columns;
        for (uint64_t j = 0; lanes != 0 && j < columns; ++j)
            if (of_group[j].present > 0)
                tally_values(block->values + j * PATRON_BLOCK, lanes, &of_group[j],
                             &mine[g * columns + j]);
    }
}

/* Brings the threads' figures of column `j` together; sums: of squares, of cubes. */
static void merge_threads(const moments *run, uint64_t j, patron_exactsum sums[2])
{
    for (int t = 0; t < run->rows->threads; ++t) {
        tally *mine = &run->tallies[(uint64_t)t * run->figures + j];
        patron_blocksum_flush(&mine->squares);
        patron_blocksum_flush(&mine->cubes);
        patron_exactsum_merge(&sums[0], &mine->squares.sum);
        patron_exactsum_merge(&sums[1], &mine->cubes.sum);
        for (uint64_t bin = 0; bin < PATRON_PROFILE_BINS; ++bin)
            run->profile->column[j].bins[bin] += mine->bins[bin];
    }
}

static void conclude(patron_exactsum sums[2], patron_column_profile *column)
{
    double count = (double)column->present;
    double second = patron_exactsum_round(&sums[0]) / count;
    double third = patron_exactsum_round(&sums[1]) / count;
    bool varies = column->least < column->greatest;
    column->deviation = column->present == 0 ? (double)NAN : varies ? sqrt(second) : 0.0;
    column->skewness = varies ? third / (second * sqrt(second)) : (double)NAN;
}

patron_status patron_profile_moments(const patron_comm *comm, const patron_rows *rows,
                                     patron_rows_profile *profile)
{
    uint64_t figures = (uint64_t)patron_row_groups_count(profile->groups) * rows->columns;
    moments run = {.rows = rows, .profile = profile, .figures = figures};
    run.tallies = patron_allocate((uint64_t)rows->threads * figures, sizeof *run.tallies);
    patron_exactsum *sums = patron_allocate(figures, 2 * sizeof *sums);
    patron_status status = run.tallies == NULL || sums == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_rows_pass(rows, tally_block, &run);
    status = patron_comm_agree(comm, status);
    for (uint64_t j = 0; status == PATRON_OK && j < figures; ++j)
        merge_threads(&run, j, sums + 2 * j);
    if (status == PATRON_OK)
        patron_exactsum_reduce(comm, sums, 2 * figures);
    for (uint64_t j = 0; status == PATRON_OK && j < figures; ++j) {
        patron_comm_reduce_u64(comm, profile->column[j].bins, PATRON_PROFILE_BINS, PATRON_SUM);
        conclude(sums + 2 * j, &profile->column[j]);
    }
    free(run.tallies);
    free(sums);
    return status;
}
