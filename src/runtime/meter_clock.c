/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of several hosts: each rank finds out how far its own is from rank 0's, along a binomial
 * tree, so that the time it takes grows with the logarithm of the ranks.  Of some round trips the
 * shortest tells most: the other's clock was read in the middle of it, give or take half of it.
 * Cristian, "Probabilistic clock synchronization", Distributed Computing 3 (1989). */
#include "patron/progress.h"
#include "runtime/meter.h"

#include <float.h>

enum { TRIPS = 8, TAG = 1 << 14 }; /* the tag is no kind of a note */

bool patron_clock_is_shared(const patron_comm *comm)
{
    MPI_Comm host;
    int neighbours = 0;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &neighbours);
    MPI_Comm_free(&host);
    int is_apart = neighbours < comm->size;
    MPI_Allreduce(MPI_IN_PLACE, &is_apart, 1, MPI_INT, MPI_MAX, comm->mpi);
    patron_meter_carry(PATRON_STEP_METER, sizeof is_apart, sizeof is_apart);
    return is_apart == 0;
}

/* What is to be added to this rank's clock to have the parent's. */
static double ask(const patron_comm *comm, double skew, int parent)
{
    double shortest = DBL_MAX, offset = 0.0;
    for (int trip = 0; trip < TRIPS; ++trip) {
        double theirs = 0.0, began = patron_clock() + skew;
        MPI_Send(NULL, 0, MPI_BYTE, parent, TAG, comm->mpi);
        MPI_Recv(&theirs, 1, MPI_DOUBLE, parent, TAG, comm->mpi, MPI_STATUS_IGNORE);
        double ended = patron_clock() + skew;
        if (ended - began < shortest) {
            shortest = ended - began;
            offset = theirs - (began + shortest / 2.0);
        }
    }
    patron_meter_carry(PATRON_STEP_METER, TRIPS * sizeof offset, 0);
    return offset;
}

/* Answers a child with rank 0's time, as this rank knows it. */
static void answer(const patron_comm *comm, double offset, int child)
{
    for (int trip = 0; trip < TRIPS; ++trip) {
        MPI_Recv(NULL, 0, MPI_BYTE, child, TAG, comm->mpi, MPI_STATUS_IGNORE);
        double now = patron_clock() + offset;
        MPI_Send(&now, 1, MPI_DOUBLE, child, TAG, comm->mpi);
    }
    patron_meter_carry(PATRON_STEP_METER, 0, TRIPS * sizeof offset);
}

double patron_clock_offset(const patron_comm *comm, double skew)
{
    double offset = 0.0;
    int step = 1;
    while (step < comm->size)
        step *= 2;
    for (step /= 2; step > 0; step /= 2) {
        if (comm->rank % (2 * step) == 0 && comm->rank + step < comm->size)
            answer(comm, skew + offset, comm->rank + step);
        else if (comm->rank % (2 * step) == step)
            offset = ask(comm, skew, comm->rank - step);
    }
    return offset;
}
