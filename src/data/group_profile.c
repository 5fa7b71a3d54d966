/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a profile, each on all groups at once. */
#include "data/group_profile.h"

#include "data/order_statistics.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdlib.h>

static patron_status measure(const patron_comm *comm, const patron_rows *rows, uint64_t memory,
                             patron_rows_profile *own)
{
    uint32_t figures = patron_row_groups_count(own->groups) * own->columns;
    uint32_t batch = (uint32_t)patron_order_statistics_batch(comm, rows, memory,
                                                             PATRON_PROFILE_QUERIES, figures);
    patron_status status = patron_profile_survey(comm, rows, own);
    if (status == PATRON_OK)
        status = patron_profile_moments(comm, rows, own);
    for (uint32_t j = 0; status == PATRON_OK && j < figures;) {
        uint32_t count = figures - j < batch ? figures - j : batch;
        status = patron_profile_quantiles(comm, rows, j, count, own);
        j += count;
    }
    return status;
}

patron_status patron_group_profile_measure(const patron_comm *comm, const patron_rows *rows,
                                           const patron_row_groups *groups, uint64_t memory,
                                           patron_group_profile *profile)
{
    uint64_t count = patron_row_groups_count(groups);
    *profile = (patron_group_profile){
        .segments = groups->segments,
        .columns = rows->columns,
        .rows = patron_allocate(count, sizeof *profile->rows),
        .column = patron_allocate(count * rows->columns, sizeof *profile->column)};
    patron_rows_profile own = {.groups = groups,
                               .group_rows = profile->rows,
                               .columns = profile->columns,
                               .column = profile->column,
                               .weighs = rows->weighs};
    bool is_short = profile->rows == NULL || profile->column == NULL;
    if (!is_short && count * rows->columns > UINT32_MAX)
        is_short = patron_fail(PATRON_RESOURCE,
                               "%" PRIu64 " columns of %" PRIu64 " groups are too many to profile",
                               (uint64_t)rows->columns, count) != PATRON_OK;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    patron_span span = patron_meter_enter(PATRON_STEP_PROFILE);
    if (status == PATRON_OK)
        status = measure(comm, rows, memory, &own);
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_group_profile_free(patron_group_profile *profile)
{
    free(profile->rows);
    free(profile->column);
    *profile = (patron_group_profile){0};
}
