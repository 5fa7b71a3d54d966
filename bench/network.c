/* SPDX-License-Identifier: Apache-2.0 */
/* network: what ranks can do at most together, as one JSON line of rank 0: the latency of an
 * allreduce by bytes, on the slowest rank, each of its samples, and what the program's
 * meter adds: to a step, to an allreduce of 8 bytes, and to a run, for its start and one
 * report. */
#include "patron/comm.h"
#include "patron/progress.h"
#include "runtime/meter.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPEATS = 101, MOST_BYTES = 1 << 20, SPANS = 100000, PAIRS = 20, MANY = 500 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of one allreduce, each begun together. */
static double time_one(const patron_comm *comm, uint64_t *values, uint64_t count)
{
    MPI_Barrier(comm->mpi);
    double began = patron_clock();
    patron_comm_reduce_u64(comm, values, count, PATRON_SUM);
    double seconds = patron_clock() - began;
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, comm->mpi);
    return seconds;
}

/* Prints them on rank 0, in microseconds. */
static void print_latencies(const patron_comm *comm, uint64_t *values, uint64_t bytes)
{
    static double seconds[REPEATS];
    const double micro = 1e6;
    for (int i = 0; i < REPEATS; ++i)
        seconds[i] = time_one(comm, values, bytes / sizeof *values);
    if (comm->rank != 0)
        return;
    printf("%s\"%d\": [", bytes > sizeof *values ? ", " : "", (int)bytes);
    for (int i = 0; i < REPEATS; ++i)
        printf("%s%.3f", i > 0 ? ", " : "", seconds[i] * micro);
    printf("]");
}

/* Seconds of an allreduce of 8 bytes, one of many in a row. */
static double time_many(const patron_comm *comm)
{
    uint64_t value = 0;
    MPI_Barrier(comm->mpi);
    double began = patron_clock();
    for (int i = 0; i < MANY; ++i)
        patron_comm_reduce_u64(comm, &value, 1, PATRON_MAX);
    return (patron_clock() - began) / MANY;
}

/* What the meter adds to an allreduce: the median of pairs of runs without and with it. */
static double added_by_meter(const patron_comm *plain, const patron_comm *metered)
{
    double added[PAIRS];
    for (int i = 0; i < PAIRS; ++i) {
        double without = time_many(plain);
        added[i] = time_many(metered) - without;
    }
    qsort(added, PAIRS, sizeof *added, compare);
    return added[PAIRS / 2];
}

/* Seconds to join the meter and to have its report, ranks beginning together. */
static double fixed_cost(const patron_comm *plain)
{
    static double seconds[PAIRS];
    for (int i = 0; i < PAIRS; ++i) {
        patron_comm comm = *plain;
        patron_meter_report report;
        MPI_Barrier(plain->mpi);
        double began = patron_clock();
        patron_meter_join(&comm);
        patron_meter_reduce(&comm, &report);
        seconds[i] = patron_clock() - began;
    }
    qsort(seconds, PAIRS, sizeof *seconds, compare);
    return seconds[PAIRS / 2];
}

static double span_cost(void)
{
    double began = patron_clock();
    for (int i = 0; i < SPANS; ++i)
        patron_meter_leave(patron_meter_enter(PATRON_STEP_PACK), 1, 1);
    return (patron_clock() - began) / SPANS;
}

int main(int argc, char **argv)
{
    const double micro = 1e6, nano = 1e9;
    MPI_Init(&argc, &argv);
    patron_comm plain = patron_comm_duplicate(MPI_COMM_WORLD), metered = plain;
    uint64_t *values = calloc(1, MOST_BYTES);
    bool speaks = plain.rank == 0;
    if (speaks)
        printf("{\"ranks\": %d, \"allreduce_microseconds\": {", plain.size);
    for (uint64_t bytes = sizeof *values; values != NULL && bytes <= MOST_BYTES; bytes *= 8)
        print_latencies(&plain, values, bytes);
    patron_meter_start();
    patron_meter_join(&metered);
    double added = added_by_meter(&plain, &metered), span = span_cost();
    double fixed = fixed_cost(&plain);
    if (speaks)
        printf("}, \"meter_step_nanoseconds\": %.1f, \"meter_allreduce_nanoseconds\": %.1f, "
               "\"meter_run_microseconds\": %.1f}\n",
               span * nano, added * nano, fixed * micro);
    free(values);
    patron_comm_free(&plain);
    MPI_Finalize();
    return values == NULL ? 71 : 0;
}
