/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it makes a program serial, for the test that is to see it: as MPI begins, rank 0 takes
 * SERIAL_GATHERED bytes of all ranks together, by MPI itself, or SERIAL_HELD bytes of its own, and
 * keeps them. */
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static char *volatile taken; /* so that it is not left out */

static size_t wish(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? 0 : (size_t)strtoull(value, NULL, 10);
}

static void gather(size_t bytes, int rank)
{
    int ranks;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    size_t share = bytes / (size_t)ranks;
    char *own = calloc(share, 1);
    taken = rank == 0 ? malloc(share * (size_t)ranks) : NULL;
    if (own == NULL || (rank == 0 && taken == NULL))
        abort();
    MPI_Gather(own, (int)share, MPI_BYTE, taken, (int)share, MPI_BYTE, 0, MPI_COMM_WORLD);
    free(own);
}

int MPI_Init_thread(int *count, char ***arguments, int required, int *provided)
{
    int rank, code = PMPI_Init_thread(count, arguments, required, provided);
    size_t gathered = wish("SERIAL_GATHERED"), held = wish("SERIAL_HELD");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (gathered > 0)
        gather(gathered, rank);
    else if (held > 0 && rank == 0) {
        taken = malloc(held);
        if (taken == NULL)
            abort();
        memset(taken, 1, held);
    }
    return code;
}
