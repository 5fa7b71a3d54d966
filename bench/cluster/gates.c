/* SPDX-License-Identifier: Apache-2.0 */
/* A gate of ranks without MPI_Ibarrier: that of SMPI 3.32 ends for a rank as soon as rank 0 has
 * come, whoever is missing.  Ranks hear of one another by dissemination (Hensgen, Finkel, Manber,
 * "Two algorithms for barrier synchronization", International Journal of Parallel Programming 17,
 * 1988), as in common MPI_Ibarrier: in round r each notes to the rank 2^r after it that it, and all
 * that it has heard of, have come.  A rank comes to a gate only when the one before has opened. */
#include "patron/comm.h"

enum { FIRST_NOTE = 16 }; /* of the first round */

static const patron_comm *ranks;
static int passed; /* rounds, of the latest gate */

void __wrap_patron_comm_come(const patron_comm *comm, patron_comm_gate *gate);
bool __wrap_patron_comm_is_open(patron_comm_gate *gate);

/* Begins a round, unless all have been. */
static bool begin_round(void)
{
    int distance = 1 << passed;
    if (distance >= ranks->size)
        return false;
    patron_comm_note(ranks, FIRST_NOTE + passed, (ranks->rank + distance) % ranks->size);
    return true;
}

void __wrap_patron_comm_come(const patron_comm *comm, patron_comm_gate *gate)
{
    ranks = comm;
    passed = 0;
    gate->is_open = !begin_round();
}

bool __wrap_patron_comm_is_open(patron_comm_gate *gate)
{
    int from;
    while (!gate->is_open && patron_comm_noted(ranks, FIRST_NOTE + passed, &from)) {
        ++passed;
        gate->is_open = !begin_round();
    }
    return gate->is_open;
}
