/* SPDX-License-Identifier: Apache-2.0 */
/* From every rank to every other one: directly, or, where many ranks have little for each other, in
 * two hops (routed.c). */
#include "runtime/comm_pieces.h"
#include "runtime/meter.h"
#include "runtime/routed.h"

#include <string.h>

/* Where the data of one rank lie among those of all. */
typedef struct place {
    int rank;
    uint64_t start;
} place;

static place next_place(place p, const uint64_t *bytes, int size)
{
    bool is_last = p.rank + 1 == size;
    return (place){is_last ? 0 : p.rank + 1, is_last ? 0 : p.start + bytes[p.rank]};
}

static place place_before(place p, const uint64_t *bytes, uint64_t total, int size)
{
    int rank = p.rank == 0 ? size - 1 : p.rank - 1;
    return (place){rank, (p.rank == 0 ? total : p.start) - bytes[rank]};
}

enum { MOST_AT_ONCE = 32 };

/* Messages that are under way. */
typedef struct flight {
    MPI_Request requests[MOST_AT_ONCE];
    int count;
} flight;

/* Waits until there is room for two more of `window`. */
static void make_way(flight *f, int window)
{
    while (f->count + 2 > window) {
        int ended;
        MPI_Waitany(f->count, f->requests, &ended, MPI_STATUS_IGNORE);
        f->requests[ended] = f->requests[--f->count];
    }
}

/* Step by step a rank further; short messages of several steps are under way at once, so that their
 * latencies are not added up, nor is a rank that is late waited for while there are others. */
static void exchange_directly(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                              void *receive, const uint64_t *receive_bytes)
{
    flight f = {.count = 0};
    int rank = comm->rank, size = comm->size;
    uint64_t in = patron_comm_bytes_before(receive_bytes, size);
    place to = {rank, patron_comm_bytes_before(send_bytes, rank)};
    place from = {rank, patron_comm_bytes_before(receive_bytes, rank)};
    const char *source = send;
    char *target = receive;
    if (send_bytes[rank] > 0)
        memcpy(target + from.start, source + to.start, send_bytes[rank]);
    for (int step = 1; step < size; ++step) {
        to = next_place(to, send_bytes, size);
        from = place_before(from, receive_bytes, in, size);
        uint64_t sent = send_bytes[to.rank], received = receive_bytes[from.rank];
        if (sent > (uint64_t)comm->piece || received > (uint64_t)comm->piece) {
            patron_comm_swap(comm, source + to.start, sent, to.rank, target + from.start, received,
                             from.rank);
            continue;
        }
        make_way(&f, comm->window);
        if (received > 0)
            MPI_Irecv(target + from.start, (int)received, MPI_BYTE, from.rank, 0, comm->mpi,
                      &f.requests[f.count++]);
        if (sent > 0)
            MPI_Isend(source + to.start, (int)sent, MPI_BYTE, to.rank, 0, comm->mpi,
                      &f.requests[f.count++]);
    }
    if (f.count > 0) /* MPI may not have been started where there is one rank */
        MPI_Waitall(f.count, f.requests, MPI_STATUSES_IGNORE);
}

void patron_comm_exchange(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                          void *receive, const uint64_t *receive_bytes)
{
    if (patron_exchange_routed(comm, send, send_bytes, receive, receive_bytes))
        return;
    int rank = comm->rank, size = comm->size;
    uint64_t out = patron_comm_bytes_before(send_bytes, size) - send_bytes[rank];
    uint64_t in = patron_comm_bytes_before(receive_bytes, size) - receive_bytes[rank];
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_EXCHANGE);
    exchange_directly(comm, send, send_bytes, receive, receive_bytes);
    patron_meter_depart(comm, span, true, in, out);
}

void patron_comm_exchange_counts(const patron_comm *comm, const uint64_t *to, uint64_t *from)
{
    patron_comm_exchange_lists(comm, to, from, 1);
}

void patron_comm_exchange_lists(const patron_comm *comm, const uint64_t *to, uint64_t *from,
                                uint64_t each)
{
    if (comm->size == 1) {
        memcpy(from, to, each * sizeof *from);
        return;
    }
    uint64_t bytes = (uint64_t)(comm->size - 1) * each * sizeof *to;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_EXCHANGE);
    MPI_Alltoall(to, (int)each, MPI_UINT64_T, from, (int)each, MPI_UINT64_T, comm->mpi);
    patron_meter_depart(comm, span, true, bytes, bytes);
}
