/* SPDX-License-Identifier: Apache-2.0 */
/* links: between two ranks of one machine, the seconds of a message of 8 bytes, one way, and bytes
 * a second of messages of 1 MiB; and bytes a second of adding whole numbers to others, as
 * reductions do.  Prints a line of JSON. */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONG = 1 << 20, MANY = 2000, FEW = 200, ADDED = 13200 };

/* Half of the time of a message and its answer, the least of several rounds' means. */
static double one_way(int rank, char *bytes, int count, int times)
{
    double least = 1e9;
    for (int round = 0; round < 5; ++round) {
        MPI_Barrier(MPI_COMM_WORLD);
        double began = MPI_Wtime();
        for (int i = 0; i < times; ++i)
            for (int sender = 0; sender < 2; ++sender)
                if (rank == sender)
                    MPI_Send(bytes, count, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD);
                else
                    MPI_Recv(bytes, count, MPI_BYTE, sender, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        double mean = (MPI_Wtime() - began) / (2.0 * times);
        least = mean < least ? mean : least;
    }
    return least;
}

static double add(int64_t *to, const int64_t *from)
{
    double began = MPI_Wtime();
    for (int i = 0; i < MANY; ++i) {
        for (int j = 0; j < ADDED; ++j)
            to[j] += from[j];
        __asm__ volatile("" ::"r"(to) : "memory");
    }
    return (double)ADDED * sizeof *to * MANY / (MPI_Wtime() - began);
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char *bytes = calloc(LONG, 1);
    int64_t *to = calloc(ADDED, sizeof *to), *from = calloc(ADDED, sizeof *from);
    int code = size != 2 || bytes == NULL || to == NULL || from == NULL;
    if (code == 0) {
        double latency = one_way(rank, bytes, 8, MANY);
        double bandwidth = LONG / one_way(rank, bytes, LONG, FEW);
        double adding = add(to, from);
        if (rank == 0)
            printf("{\"latency\": %.3e, \"bandwidth\": %.4e, \"adding\": %.4e}\n", latency,
                   bandwidth, adding);
    }
    free(bytes);
    free(to);
    free(from);
    MPI_Finalize();
    return code;
}
