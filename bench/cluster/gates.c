/* SPDX-License-Identifier: Apache-2.0 */
/* A gate of ranks without MPI_Ibarrier: that of SMPI 3.32 ends for a rank as soon as rank 0 has
 * come, whoever is missing.  Each rank tells rank 0 that it came, and rank 0, when all have, tells
 * them.  A rank comes to a gate only when the one before it has opened. */
#include "patron/comm.h"

#include <mpi.h>

enum { FIRST_TAG = 1000, TAGS = 1000 };

static int gates;   /* that this rank has come to */
static int missing; /* of rank 0: ranks that have not come to the latest */

void __wrap_patron_comm_come(const patron_comm *comm, patron_comm_gate *gate);
bool __wrap_patron_comm_is_open(patron_comm_gate *gate);

static const patron_comm *ranks;

static int tag_of_latest(void)
{
    return FIRST_TAG + gates % TAGS;
}

static void send_word(int rank)
{
    MPI_Send(NULL, 0, MPI_BYTE, rank, tag_of_latest(), ranks->mpi);
}

static bool take_word(int from)
{
    int is_there = 0;
    MPI_Status status;
    MPI_Iprobe(from, tag_of_latest(), ranks->mpi, &is_there, &status);
    if (is_there)
        MPI_Recv(NULL, 0, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, ranks->mpi,
                 MPI_STATUS_IGNORE);
    return is_there;
}

void __wrap_patron_comm_come(const patron_comm *comm, patron_comm_gate *gate)
{
    ranks = comm;
    gate->is_open = false;
    ++gates;
    missing = comm->size - 1;
    if (comm->rank != 0)
        send_word(0);
}

bool __wrap_patron_comm_is_open(patron_comm_gate *gate)
{
    if (gate->is_open)
        return true;
    if (ranks->rank != 0)
        return gate->is_open = take_word(0);
    while (missing > 0 && take_word(MPI_ANY_SOURCE))
        --missing;
    gate->is_open = missing == 0;
    for (int rank = 1; gate->is_open && rank < ranks->size; ++rank)
        send_word(rank);
    return gate->is_open;
}
