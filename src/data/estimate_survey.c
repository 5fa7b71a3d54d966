/* SPDX-License-Identifier: Apache-2.0 */
/* What values the columns hold, and whether they can be taken. */
#include "data/estimate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_status patron_estimate_tally(const patron_estimate *run, patron_block_visit *visit)
{
    uint32_t columns = run->rows->columns;
    memset(run->tallies, 0, (uint64_t)run->rows->threads * columns * sizeof *run->tallies);
    patron_status status =
        patron_comm_agree(run->comm, patron_rows_pass(run->rows, visit, (void *)(uintptr_t)run));
    for (int t = 0; status == PATRON_OK && t < run->rows->threads; ++t)
        for (uint32_t j = 0; j < columns; ++j) {
            patron_tally *mine = &patron_estimate_tallies(run, t)[j];
            patron_blocksum_flush(&mine->sum);
            if (t > 0)
                patron_exactsum_merge(&run->tallies[j].sum.sum, &mine->sum.sum);
        }
    for (uint32_t j = 0; status == PATRON_OK && j < columns; ++j)
        patron_exactsum_reduce(run->comm, &run->tallies[j].sum.sum, 1);
    return status;
}

static void note_fault(const patron_estimate *run, int thread, const patron_block *block,
                       uint32_t column)
{
    patron_fault *first = &run->faults[thread];
    const float *values = block->values + (uint64_t)column * PATRON_BLOCK;
    bool needs_all = run->missing == PATRON_MISSING_ERROR;
    bool needs_log = run->transform->log1p[column] != 0;
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left);
        float value = values[lane];
        if (!(isnan(value) ? needs_all : needs_log && value <= -1.0F))
            continue;
        if (block->row + lane < first->row)
            *first = (patron_fault){block->row + lane, column, value};
        return;
    }
}

static void survey_block(void *argument, int thread, const patron_block *block)
{
    const patron_estimate *run = argument;
    run->counts[thread] += (uint64_t)__builtin_popcountll(block->lanes);
    for (uint32_t j = 0; j < run->rows->columns; ++j) {
        const float *values = block->values + (uint64_t)j * PATRON_BLOCK;
        patron_tally *mine = &patron_estimate_tallies(run, thread)[j];
        double terms[PATRON_BLOCK];
        float least = INFINITY, greatest = -INFINITY;
        uint64_t present = 0;
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            bool is_present = ((block->lanes >> lane) & 1) != 0 && !isnan(values[lane]);
            terms[lane] = is_present ? (double)values[lane] : 0.0;
            least = is_present && values[lane] < least ? values[lane] : least;
            greatest = is_present && values[lane] > greatest ? values[lane] : greatest;
            present += is_present ? 1 : 0;
        }
        if (present > 0) {
            mine->least = mine->present == 0 || least < mine->least ? least : mine->least;
            mine->greatest =
                mine->present == 0 || greatest > mine->greatest ? greatest : mine->greatest;
        }
        mine->present += present;
        patron_blocksum_add(&mine->sum, patron_blocksum_plain, terms);
        if (present < (uint64_t)__builtin_popcountll(block->lanes) ||
            (run->transform->log1p[j] && least <= -1.0F))
            note_fault(run, thread, block, j);
    }
}

static patron_status fail_fault(const patron_estimate *run)
{
    patron_fault first = run->faults[0];
    for (int t = 1; t < run->rows->threads; ++t)
        first = run->faults[t].row < first.row ? run->faults[t] : first;
    if (first.row == UINT64_MAX)
        return PATRON_OK;
    int length = (int)patron_texts_length(run->names, first.column);
    const char *name = patron_texts_at(run->names, first.column);
    if (isnan(first.value))
        return patron_fail(PATRON_DATA,
                           "row %" PRIu64 ", column '%.*s': missing value; --missing "
                           "drop|mean|median says what to do with it",
                           first.row, length, name);
    return patron_fail(PATRON_DATA,
                       "row %" PRIu64 ", column '%.*s' is %g: log1p needs values above -1",
                       first.row, length, name, (double)first.value);
}

/* The figures of one column from those of all threads and ranks. */
static void merge_figures(const patron_estimate *run, uint32_t column)
{
    patron_column_figures *all = &run->figures[column];
    double least = (double)INFINITY, greatest = -(double)INFINITY;
    uint64_t present = 0;
    for (int t = 0; t < run->rows->threads; ++t) {
        const patron_tally *mine = &patron_estimate_tallies(run, t)[column];
        if (mine->present == 0)
            continue;
        least = (double)mine->least < least ? (double)mine->least : least;
        greatest = (double)mine->greatest > greatest ? (double)mine->greatest : greatest;
        present += mine->present;
    }
    patron_comm_reduce_f64(run->comm, &least, 1, PATRON_MIN);
    patron_comm_reduce_f64(run->comm, &greatest, 1, PATRON_MAX);
    patron_comm_reduce_u64(run->comm, &present, 1, PATRON_SUM);
    *all = (patron_column_figures){.present = present,
                                   .least = (float)least,
                                   .greatest = (float)greatest,
                                   .sum = patron_exactsum_round(&run->tallies[column].sum.sum)};
}

patron_status patron_estimate_survey(patron_estimate *run)
{
    uint32_t columns = run->rows->columns;
    for (int t = 0; t < run->rows->threads; ++t)
        run->faults[t] = (patron_fault){.row = UINT64_MAX};
    patron_status status = patron_estimate_tally(run, survey_block);
    if (status == PATRON_OK)
        status = patron_comm_agree(run->comm, fail_fault(run));
    if (status != PATRON_OK)
        return status;
    for (int t = 0; t < run->rows->threads; ++t)
        run->total += run->counts[t];
    patron_comm_reduce_u64(run->comm, &run->total, 1, PATRON_SUM);
    if (run->total == 0)
        return patron_fail(PATRON_DATA, "no row is left to cluster");
    run->transform->rows = run->total;
    for (uint32_t j = 0; j < columns; ++j) {
        merge_figures(run, j);
        run->transform->missing += run->total - run->figures[j].present;
    }
    return PATRON_OK;
}
