/* SPDX-License-Identifier: Apache-2.0 */
/* See comm_pieces.h. */
#include "runtime/comm_pieces.h"

int patron_comm_piece(const patron_comm *comm, uint64_t left)
{
    return left < (uint64_t)comm->piece ? (int)left : comm->piece;
}

void patron_comm_swap(const patron_comm *comm, const void *send, uint64_t send_bytes, int to,
                      void *receive, uint64_t receive_bytes, int from)
{
    const char *source = send;
    char *target = receive;
    while (send_bytes > 0 || receive_bytes > 0) {
        int out = patron_comm_piece(comm, send_bytes);
        int in = patron_comm_piece(comm, receive_bytes);
        MPI_Sendrecv(source, out, MPI_BYTE, out > 0 ? to : MPI_PROC_NULL, 0, target, in, MPI_BYTE,
                     in > 0 ? from : MPI_PROC_NULL, 0, comm->mpi, MPI_STATUS_IGNORE);
        source += out;
        target += in;
        send_bytes -= (uint64_t)out;
        receive_bytes -= (uint64_t)in;
    }
}

uint64_t patron_comm_bytes_before(const uint64_t *bytes, int rank)
{
    uint64_t sum = 0;
    for (int r = 0; r < rank; ++r)
        sum += bytes[r];
    return sum;
}
