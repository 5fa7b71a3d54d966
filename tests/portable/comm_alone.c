/* SPDX-License-Identifier: Apache-2.0 */
/* The communicator of a process that is alone: there is nobody to talk to. */
#include "patron/comm.h"

#include <string.h>

patron_comm patron_comm_self(void)
{
    return (patron_comm){.mpi = MPI_COMM_SELF, .size = 1, .piece = 1};
}

patron_status patron_comm_agree(const patron_comm *comm, patron_status local)
{
    (void)comm;
    return local;
}

void patron_comm_reduce_i64(const patron_comm *comm, int64_t *values, uint64_t count,
                            patron_reduction reduction)
{
    (void)comm, (void)values, (void)count, (void)reduction;
}

void patron_comm_reduce_u64(const patron_comm *comm, uint64_t *values, uint64_t count,
                            patron_reduction reduction)
{
    (void)comm, (void)values, (void)count, (void)reduction;
}

void patron_comm_reduce_f64(const patron_comm *comm, double *values, uint64_t count,
                            patron_reduction reduction)
{
    (void)comm, (void)values, (void)count, (void)reduction;
}

void patron_comm_broadcast(const patron_comm *comm, void *data, uint64_t bytes, int root)
{
    (void)comm, (void)data, (void)bytes, (void)root;
}

void patron_comm_gather_u64(const patron_comm *comm, uint64_t value, uint64_t *all)
{
    (void)comm;
    all[0] = value;
}

void patron_comm_gather_bytes(const patron_comm *comm, const void *data, const uint64_t *bytes_of,
                              void *all)
{
    (void)comm;
    if (bytes_of[0] > 0)
        memcpy(all, data, bytes_of[0]);
}
