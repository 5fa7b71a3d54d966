/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement on a status: one 8-byte minimum when all is well, the text of the lowest failing rank
 * when not. */
#include "patron/comm.h"

#include "runtime/meter.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { STATUS_BITS = 8 };

static int64_t vote_of(const patron_comm *comm, patron_status local)
{
    return local == PATRON_OK ? INT64_MAX : ((int64_t)comm->rank << STATUS_BITS) | (int64_t)local;
}

/* The text says which rank only where some ranks did not fail. */
static patron_status take_over(const patron_comm *comm, int64_t least, bool failed_here)
{
    if (least == INT64_MAX)
        return PATRON_OK;
    int rank = (int)(least >> STATUS_BITS);
    patron_status status = (patron_status)(least & ((1 << STATUS_BITS) - 1));
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    int64_t failed = failed_here;
    patron_comm_reduce_i64(comm, &failed, 1, PATRON_SUM);
    if (failed < comm->size && strstr(text, " [rank ") == NULL) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, " [rank %d of %d]", rank, comm->size);
    }
    patron_comm_broadcast(comm, text, sizeof text, rank);
    patron_fail_set_text(text);
    return status;
}

patron_status patron_comm_agree(const patron_comm *comm, patron_status local)
{
    int64_t vote = vote_of(comm, local);
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_AGREE);
    patron_comm_reduce_i64(comm, &vote, 1, PATRON_MIN);
    patron_meter_depart(comm, span, true, sizeof vote, sizeof vote);
    return take_over(comm, vote, local != PATRON_OK);
}

patron_status patron_comm_reduce_so_far(const patron_comm *comm, patron_status so_far,
                                        uint64_t *values, uint64_t count,
                                        patron_reduction reduction)
{
    values[count] = so_far == PATRON_OK ? 0 : 1;
    patron_comm_reduce_u64(comm, values, count + 1, reduction);
    return values[count] == 0 ? PATRON_OK : patron_comm_agree(comm, so_far);
}

patron_status patron_comm_agree_idle(const patron_comm *comm, patron_status local)
{
    const struct timespec longest = {.tv_nsec = 20000000};
    struct timespec pause = {.tv_nsec = 50000};
    int64_t vote = vote_of(comm, local);
    int64_t least = vote;
    int done = 0;
    MPI_Request request;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_AGREE);
    MPI_Iallreduce(&vote, &least, 1, MPI_INT64_T, MPI_MIN, comm->mpi, &request);
    for (;;) {
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (done)
            break;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < longest.tv_nsec)
            pause.tv_nsec *= 2;
    }
    patron_meter_depart(comm, span, true, sizeof least, sizeof vote);
    return take_over(comm, least, local != PATRON_OK);
}
