/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for MPI's header where the engine is built for one process alone. */
#ifndef PATRON_TEST_PORTABLE_MPI_H
#define PATRON_TEST_PORTABLE_MPI_H

typedef int MPI_Comm;
typedef int MPI_Request;
#define MPI_COMM_SELF 0

#endif
