/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a cmocka group on every rank and prints in rank order. */
#include "mpi_main.h"

#include <stdio.h>
#include <unistd.h>

patron_comm test_comm;

static void print_captured(FILE *captured, int output)
{
    char buffer[4096];
    size_t got = 0;
    rewind(captured);
    while ((got = fread(buffer, 1, sizeof buffer, captured)) > 0)
        if (write(output, buffer, got) < 0)
            return;
}

int test_mpi_main(const char *group, const struct CMUnitTest *tests, size_t count)
{
    int provided = 0;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    test_comm = patron_comm_duplicate(MPI_COMM_WORLD);
    FILE *captured = tmpfile();
    int output = dup(STDERR_FILENO);
    fflush(stdout);
    dup2(fileno(captured), STDOUT_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    fflush(stdout);
    fflush(stderr);
    int64_t failures = failed;
    patron_comm_reduce_i64(&test_comm, &failures, 1, PATRON_SUM);
    for (int rank = 0; rank < test_comm.size; ++rank) {
        if (rank == test_comm.rank && (rank == 0 || failed != 0))
            print_captured(captured, output);
        MPI_Barrier(test_comm.mpi);
    }
    dup2(output, STDOUT_FILENO); /* the leak check of a sanitized build speaks after main */
    dup2(output, STDERR_FILENO);
    close(output);
    fclose(captured);
    patron_comm_free(&test_comm);
    MPI_Finalize();
    return failures == 0 ? 0 : 1;
}
