/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of a rank, from its affinity mask and those of its neighbours on the host. */
#include "runtime/threads.h"

#include <sched.h>

int patron_threads_available(const patron_comm *comm)
{
    cpu_set_t mine;
    CPU_ZERO(&mine);
    sched_getaffinity(0, sizeof mine, &mine); /* where it fails the set stays empty */
    MPI_Comm host;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    int neighbours = 1, own = 0, sharers = 1;
    MPI_Comm_size(host, &neighbours);
    MPI_Comm_rank(host, &own);
    for (int i = 0; i < neighbours; ++i) {
        cpu_set_t other = mine;
        MPI_Bcast(&other, sizeof other, MPI_BYTE, i, host);
        sharers += i != own && CPU_EQUAL(&mine, &other) ? 1 : 0;
    }
    MPI_Comm_free(&host);
    int cores = CPU_COUNT(&mine) / sharers;
    return cores > 0 ? cores : 1;
}
