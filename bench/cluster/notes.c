/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that wait look for notes tens of thousands of times a second, which is most of what a
 * thousand ranks take to simulate.  Here a rank is told by memory that all ranks share whether a
 * note is on its way to it; only then it looks for it, and finds it when it has come. */
#include "patron/comm.h"

#include <mpi.h>

enum { MOST_RANKS = 1 << 12, KINDS = 32 };

void __real_patron_comm_note(const patron_comm *comm, int kind, int to);
void __wrap_patron_comm_note(const patron_comm *comm, int kind, int to);
bool __real_patron_comm_noted(const patron_comm *comm, int kind, int *from);
bool __wrap_patron_comm_noted(const patron_comm *comm, int kind, int *from);

/* Notes of each kind that are on their way to each rank. */
typedef struct notes {
    int to[MOST_RANKS][KINDS];
} notes;

static notes *of_all_ranks(void)
{
    static notes *all;
    if (all == NULL)
        all = SMPI_SHARED_MALLOC(sizeof *all); /* the same for all ranks, zero at first */
    return all;
}

void __wrap_patron_comm_note(const patron_comm *comm, int kind, int to)
{
    ++of_all_ranks()->to[to % MOST_RANKS][kind % KINDS];
    __real_patron_comm_note(comm, kind, to);
}

bool __wrap_patron_comm_noted(const patron_comm *comm, int kind, int *from)
{
    int *coming = &of_all_ranks()->to[comm->rank % MOST_RANKS][kind % KINDS];
    bool is_there = *coming > 0 && __real_patron_comm_noted(comm, kind, from);
    *coming -= is_there ? 1 : 0;
    return is_there;
}
