/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of a rank, from its affinity mask and those of its neighbours on the host. */
#include "runtime/threads.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

int patron_threads_available(const patron_comm *comm)
{
    cpu_set_t mine;
    CPU_ZERO(&mine);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0)
        return 1;
    MPI_Comm host;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    int neighbours = 1;
    MPI_Comm_size(host, &neighbours);
    cpu_set_t *all = calloc((size_t)neighbours, sizeof *all);
    int sharers = 1;
    if (all != NULL) {
        MPI_Allgather(&mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE, host);
        sharers = 0;
        for (int i = 0; i < neighbours; ++i)
            sharers += CPU_EQUAL(&mine, &all[i]) ? 1 : 0;
    }
    free(all);
    MPI_Comm_free(&host);
    int cores = sharers > 0 ? CPU_COUNT(&mine) / sharers : 0;
    return cores > 0 ? cores : 1;
}
