/* SPDX-License-Identifier: Apache-2.0 */
/* main() of a cmocka program under mpirun: each rank runs the group, the failures are added up, and
 * ranks print one after the other.  A test does all its collectives first and asserts afterwards:
 * an assertion that fails before a collective would leave the other ranks waiting. */
#ifndef PATRON_TEST_MPI_MAIN_H
#define PATRON_TEST_MPI_MAIN_H

#include "patron/comm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The communicator of the running test program. */
extern patron_comm test_comm;

/* Runs tests[count] between MPI_Init and MPI_Finalize; returns main's exit code. */
int test_mpi_main(const char *group, const struct CMUnitTest *tests, size_t count);

#endif
