/* SPDX-License-Identifier: Apache-2.0 */
/* The meters of all ranks: the most, the mean, and which rank has the most. */
#include "runtime/meter.h"

#include "runtime/usage.h"

enum { VALUES = PATRON_STEPS * PATRON_FIGURES + 1 }; /* the last one is memory */

static void spread(const patron_comm *comm, const uint64_t own[VALUES],
                   patron_spread_figure all[VALUES])
{
    uint64_t most[VALUES], sum[VALUES], rank[VALUES];
    for (int i = 0; i < VALUES; ++i)
        most[i] = sum[i] = own[i];
    patron_comm_reduce_u64(comm, most, VALUES, PATRON_MAX);
    patron_comm_reduce_u64(comm, sum, VALUES, PATRON_SUM);
    for (int i = 0; i < VALUES; ++i)
        rank[i] = own[i] == most[i] ? (uint64_t)comm->rank : UINT64_MAX;
    patron_comm_reduce_u64(comm, rank, VALUES, PATRON_MIN);
    for (int i = 0; i < VALUES; ++i)
        all[i] = (patron_spread_figure){most[i], (double)sum[i] / comm->size, (int)rank[i]};
}

void patron_meter_reduce(const patron_comm *comm, patron_meter_report *report)
{
    uint64_t own[VALUES];
    patron_spread_figure all[VALUES];
    report->is_there = patron_meter_is_mine();
    if (!report->is_there)
        return;
    patron_meter_settle(comm);
    patron_span span = patron_meter_enter(PATRON_STEP_METER);
    uint64_t figures[PATRON_STEPS][PATRON_FIGURES];
    patron_meter_read(figures);
    for (int i = 0; i < VALUES - 1; ++i)
        own[i] = figures[i / PATRON_FIGURES][i % PATRON_FIGURES];
    own[VALUES - 1] = patron_usage_peak_memory();
    spread(comm, own, all);
    for (int i = 0; i < VALUES - 1; ++i)
        report->step[i / PATRON_FIGURES][i % PATRON_FIGURES] = all[i];
    report->memory = all[VALUES - 1];
    patron_meter_leave(span, 3 * sizeof own, 3 * sizeof own);
}

bool patron_meter_has(const patron_meter_report *report, patron_step step)
{
    return report->step[step][PATRON_FIGURE_CALLS].max > 0 ||
           report->step[step][PATRON_FIGURE_SECONDS].max > 0;
}
