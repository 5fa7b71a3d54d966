/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers of any length through calls that take an int, and where ranks' parts of one lie. */
#ifndef PATRON_RUNTIME_COMM_PIECES_H
#define PATRON_RUNTIME_COMM_PIECES_H

#include "patron/comm.h"

/* How many of the elements that are left go into one MPI call. */
int patron_comm_piece(const patron_comm *comm, uint64_t left);

/* Both directions of a pair of partners, in as many rounds as the longer one needs; each of the two
 * ranks, or pairs of ranks, calls it with the other's counts the other way round. */
void patron_comm_swap(const patron_comm *comm, const void *send, uint64_t send_bytes, int to,
                      void *receive, uint64_t receive_bytes, int from);

/* The sum of bytes[0, rank). */
uint64_t patron_comm_bytes_before(const uint64_t *bytes, int rank);

#endif
