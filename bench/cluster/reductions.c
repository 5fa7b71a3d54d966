/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions of the simulated cluster, with the time that adding takes: the simulator charges for
 * messages alone.  An allreduce that halves its vector (Rabenseifner's) adds each element at most
 * once on every rank, and one that does not, of short vectors, once a doubling of the ranks. */
#include "patron/comm.h"

#include <mpi.h>
#include <stdlib.h>

static double seconds_per_byte(void)
{
    static double seconds = -1.0;
    const char *given = getenv("CLUSTER_ADD_BYTES_PER_SECOND");
    if (seconds < 0.0)
        seconds = given == NULL ? 0.0 : 1.0 / strtod(given, NULL);
    return seconds;
}

static void charge(const patron_comm *comm, uint64_t count)
{
    enum { SHORT = 2048 }; /* bytes */
    double bytes = (double)(count * sizeof(int64_t)), times = 0.0;
    for (int ranks = 1; ranks < comm->size; ranks *= 2)
        times += 1.0;
    if (bytes > SHORT && times > 1.0)
        times = 1.0;
    if (times > 0.0)
        smpi_execute_benched(times * bytes * seconds_per_byte());
}

void __real_patron_comm_reduce_i64(const patron_comm *, int64_t *, uint64_t, patron_reduction);
void __wrap_patron_comm_reduce_i64(const patron_comm *, int64_t *, uint64_t, patron_reduction);
void __wrap_patron_comm_reduce_i64(const patron_comm *comm, int64_t *values, uint64_t count,
                                   patron_reduction reduction)
{
    charge(comm, count);
    __real_patron_comm_reduce_i64(comm, values, count, reduction);
}

void __real_patron_comm_reduce_u64(const patron_comm *, uint64_t *, uint64_t, patron_reduction);
void __wrap_patron_comm_reduce_u64(const patron_comm *, uint64_t *, uint64_t, patron_reduction);
void __wrap_patron_comm_reduce_u64(const patron_comm *comm, uint64_t *values, uint64_t count,
                                   patron_reduction reduction)
{
    charge(comm, count);
    __real_patron_comm_reduce_u64(comm, values, count, reduction);
}
