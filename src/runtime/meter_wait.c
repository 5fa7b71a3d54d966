/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting told from transfer.  A barrier before each collective would tell the two apart, at the
 * price of one more latency each.  Instead ranks note when they come to a collective and when they
 * leave it; all go through the same collectives in the same order, so that once in thousands of
 * them one allreduce of the notes tells each rank when the last one had come.  What lies between
 * that and its own coming was waiting.  It takes clocks that agree; see meter_clock.c, and Hunold &
 * Carpen-Amarie, "Reproducible MPI benchmarking is still not as easy as you think", IEEE TPDS 27
 * (2016). */
#include "runtime/meter.h"

#include "patron/progress.h"

#include <math.h>

enum { NOTES = 4096 };

static struct {
    double came[NOTES], left[NOTES], last[NOTES];
    patron_step step[NOTES];
    int count;
    bool is_shared;       /* one clock for all ranks */
    double offset, since; /* to rank 0's clock, as it was then by this rank's */
} notes;

void patron_meter_join(patron_comm *comm)
{
    int is_off = patron_meter_is_mine() ? 0 : 1;
    patron_span span = patron_meter_enter(PATRON_STEP_METER);
    MPI_Allreduce(MPI_IN_PLACE, &is_off, 1, MPI_INT, MPI_MAX, comm->mpi);
    if (is_off != 0) {
        patron_meter_stop();
        return;
    }
    notes.count = 0;
    notes.is_shared = patron_clock_is_shared(comm);
    notes.offset = notes.is_shared ? 0.0 : patron_clock_offset(comm, 0.0);
    notes.since = patron_clock();
    comm->is_metered = true;
    patron_meter_leave(span, sizeof is_off, sizeof is_off);
}

void patron_meter_depart(const patron_comm *comm, patron_span span, bool leads, uint64_t bytes_in,
                         uint64_t bytes_out)
{
    if (!span.is_open)
        return;
    patron_meter_leave(span, bytes_in, bytes_out);
    notes.came[notes.count] = span.began;
    notes.left[notes.count] = patron_clock();
    notes.last[notes.count] = leads ? span.began : -INFINITY;
    notes.step[notes.count] = span.step;
    if (++notes.count == NOTES)
        patron_meter_settle(comm);
}

/* The offset at `time`, between that of the last settlement and the one of now: clocks drift. */
static double offset_at(double time, double offset, double now)
{
    double part = now > notes.since ? (time - notes.since) / (now - notes.since) : 1.0;
    return notes.offset + part * (offset - notes.offset);
}

void patron_meter_settle(const patron_comm *comm)
{
    if (!comm->is_metered)
        return;
    patron_span span = patron_meter_enter(PATRON_STEP_METER);
    double offset = notes.is_shared ? 0.0 : patron_clock_offset(comm, 0.0), now = patron_clock();
    for (int i = 0; i < notes.count; ++i)
        notes.last[i] += offset_at(notes.came[i], offset, now);
    MPI_Allreduce(MPI_IN_PLACE, notes.last, notes.count, MPI_DOUBLE, MPI_MAX, comm->mpi);
    for (int i = 0; i < notes.count; ++i) {
        double last = notes.last[i] - offset_at(notes.came[i], offset, now);
        double end = last < notes.left[i] ? last : notes.left[i];
        if (end > notes.came[i])
            patron_meter_move_wait(notes.step[i], end - notes.came[i]);
    }
    uint64_t bytes = (uint64_t)notes.count * sizeof *notes.last;
    notes.count = 0;
    notes.offset = offset;
    notes.since = now;
    patron_meter_leave(span, bytes, bytes);
}
