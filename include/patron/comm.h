/* SPDX-License-Identifier: Apache-2.0 */
/* A communicator with 64-bit counts, and the agreement of all ranks on a status.
 *
 * MPI's own faults (a rank that died, a network that broke) end the job through MPI's error
 * handler; so the calls below that only move data cannot fail and return nothing.  All but
 * patron_comm_self, the pair patron_comm_send and patron_comm_receive, and what stands below these
 * are collective over the communicator. */
#ifndef PATRON_COMM_H
#define PATRON_COMM_H

#include "patron/status.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct patron_comm {
    MPI_Comm mpi;
    int rank;
    int size;
    int piece; /* the most elements (bytes, for raw data) handed to one MPI call; tests lower it */
    int routed_from; /* ranks that exchange short messages in two hops; tests lower it */
    int window;      /* messages of an exchange under way at once, 2 to 32; tests lower it */
    bool is_metered; /* times and bytes are counted; only the program has that */
} patron_comm;

/* PATRON_OR is of the bits of whole numbers. */
typedef enum patron_reduction { PATRON_SUM, PATRON_MIN, PATRON_MAX, PATRON_OR } patron_reduction;

/* A duplicate of `mpi`, so that our messages never meet others'.  Release with patron_comm_free. */
patron_comm patron_comm_duplicate(MPI_Comm mpi);

/* This process alone; for work that every rank repeats on equal data, and where MPI has not been
 * started.  Nothing to release. */
patron_comm patron_comm_self(void);

/* Releases a duplicate.  Collective, as MPI_Comm_free is. */
void patron_comm_free(patron_comm *comm);

/* All ranks give their own status and get one: OK if all did, else the status of the lowest failing
 * rank, whose recorded text replaces that of every rank (so that any rank can print it).  The text
 * names that rank where there are several. */
patron_status patron_comm_agree(const patron_comm *comm, patron_status local);

/* The same, for a long wait: ranks that are early sleep instead of spinning. */
patron_status patron_comm_agree_idle(const patron_comm *comm, patron_status local);

/* In place reduction of `count` values, the result on every rank. */
void patron_comm_reduce_i64(const patron_comm *comm, int64_t *values, uint64_t count,
                            patron_reduction reduction);
void patron_comm_reduce_u64(const patron_comm *comm, uint64_t *values, uint64_t count,
                            patron_reduction reduction);

/* patron_comm_reduce_u64, of a sum or the greatest, and patron_comm_agree at once: where a rank's
 * status so far is a failure all return it, and values are not to be used.  There is room for one
 * value more. */
patron_status patron_comm_reduce_so_far(const patron_comm *comm, patron_status so_far,
                                        uint64_t *values, uint64_t count,
                                        patron_reduction reduction);

/* Doubles are only compared, never added: a sum of doubles depends on order (see exactsum.h). */
void patron_comm_reduce_f64(const patron_comm *comm, double *values, uint64_t count,
                            patron_reduction reduction);

/* Sum of `value` over the ranks below this one; 0 on rank 0. */
uint64_t patron_comm_prefix_u64(const patron_comm *comm, uint64_t value);

/* The same of values[count], in place. */
void patron_comm_prefixes_u64(const patron_comm *comm, uint64_t *values, uint64_t count);

/* `bytes` bytes of rank `root` to all. */
void patron_comm_broadcast(const patron_comm *comm, void *data, uint64_t bytes, int root);

/* Each rank's `value`, in rank order, into all[size]. */
void patron_comm_gather_u64(const patron_comm *comm, uint64_t value, uint64_t *all);

/* Every rank's `bytes` bytes of `data`, concatenated in rank order, into `all` on every rank; `all`
 * has room for the sum of bytes_of[size], which patron_comm_gather_u64 gave. */
void patron_comm_gather_bytes(const patron_comm *comm, const void *data, const uint64_t *bytes_of,
                              void *all);

/* The same of any number of bytes a rank: *all is of *total bytes, the caller's to free(), NULL
 * where this fails.  `so_far` is this rank's status before: where one rank's is a failure, all
 * return it. RESOURCE. */
patron_status patron_comm_gather(const patron_comm *comm, patron_status so_far, const void *data,
                                 uint64_t bytes, void **all, uint64_t *total);

/* Each rank sends send_bytes[r] bytes to rank r, taken in rank order from `send`, and gets
 * receive_bytes[r] from rank r, laid in rank order into `receive`. */
void patron_comm_exchange(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                          void *receive, const uint64_t *receive_bytes);

/* From one rank to another, which calls the other function; `bytes` is the same on both. */
void patron_comm_send(const patron_comm *comm, const void *data, uint64_t bytes, int to);
void patron_comm_receive(const patron_comm *comm, void *data, uint64_t bytes, int from);

/* Notes are messages without content, of kinds 1, 2, ...: sent without waiting, and taken in when
 * the receiver looks for them.  patron_comm_noted takes in one, if there is any; *from is its
 * sender. */
void patron_comm_note(const patron_comm *comm, int kind, int to);
bool patron_comm_noted(const patron_comm *comm, int kind, int *from);

/* A gate opens once every rank has come to it; until then, each may do other things. */
typedef struct patron_comm_gate {
    MPI_Request request;
    bool is_open, is_metered;
} patron_comm_gate;

void patron_comm_come(const patron_comm *comm, patron_comm_gate *gate);

/* Whether the gate, to which this rank has come, is open; each rank asks until it is. */
bool patron_comm_is_open(patron_comm_gate *gate);

/* The transpose of a table of one count a pair: to[r] goes to rank r, from[r] came from rank r. */
void patron_comm_exchange_counts(const patron_comm *comm, const uint64_t *to, uint64_t *from);

/* The same of `each` counts a pair, which stand side by side. */
void patron_comm_exchange_lists(const patron_comm *comm, const uint64_t *to, uint64_t *from,
                                uint64_t each);

#endif
