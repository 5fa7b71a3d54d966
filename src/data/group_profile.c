/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a profile on the rows of one group after the other, whose lanes alone are shown. */
#include "data/group_profile.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { COLUMNS_AT_A_TIME = 16 }; /* whose quantiles are looked for in one go */

void patron_group_lanes(const patron_rows *rows, const int32_t *labels, int32_t segment,
                        uint64_t *lanes)
{
    for (uint64_t b = 0; b < rows->blocks; ++b) {
        uint64_t chosen = 0;
        for (uint64_t left = rows->lanes[b]; left != 0; left &= left - 1) {
            int32_t label = labels[b * PATRON_BLOCK + (uint64_t)__builtin_ctzll(left)];
            if (segment < 0 ? label >= 0 : label == segment)
                chosen |= left & -left;
        }
        lanes[b] = chosen;
    }
}

static patron_status measure_group(const patron_comm *comm, const patron_rows *rows, uint32_t group,
                                   patron_group_profile *profile)
{
    patron_rows_profile own = {.columns = profile->columns,
                               .column = profile->column + (uint64_t)group * profile->columns,
                               .weighs = rows->weighs};
    patron_status status = patron_profile_survey(comm, rows, &own);
    if (status == PATRON_OK)
        status = patron_profile_moments(comm, rows, &own);
    for (uint32_t j = 0; status == PATRON_OK && j < own.columns; j += COLUMNS_AT_A_TIME) {
        uint32_t left = own.columns - j;
        status = patron_profile_quantiles(
            comm, rows, j, left < COLUMNS_AT_A_TIME ? left : COLUMNS_AT_A_TIME, &own);
    }
    profile->rows[group] = own.rows;
    return status;
}

patron_status patron_group_profile_measure(const patron_comm *comm, const patron_rows *rows,
                                           const int32_t *labels, uint32_t segments,
                                           patron_group_profile *profile)
{
    uint64_t groups = (uint64_t)segments + 1;
    *profile = (patron_group_profile){
        .segments = segments,
        .columns = rows->columns,
        .rows = patron_allocate(groups, sizeof *profile->rows),
        .column = patron_allocate(groups * rows->columns, sizeof *profile->column)};
    uint64_t *lanes = patron_allocate(rows->blocks, sizeof *lanes);
    patron_rows shown = *rows;
    shown.lanes = lanes;
    bool is_short = profile->rows == NULL || profile->column == NULL || lanes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t g = 0; status == PATRON_OK && g < groups; ++g) {
        patron_group_lanes(rows, labels, g < segments ? (int32_t)g : -1, lanes);
        status = measure_group(comm, &shown, g, profile);
    }
    free(lanes);
    return status;
}

void patron_group_profile_free(patron_group_profile *profile)
{
    free(profile->rows);
    free(profile->column);
    *profile = (patron_group_profile){0};
}
