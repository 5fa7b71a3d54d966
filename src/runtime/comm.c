/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives with 64-bit counts: MPI-3 counts are int, so large transfers go in pieces. */
#include "patron/comm.h"

#include "runtime/meter.h"

#include <limits.h>
#include <string.h>

enum { DEFAULT_PIECE = 1 << 28 };

patron_comm patron_comm_duplicate(MPI_Comm mpi)
{
    patron_comm comm = {.piece = DEFAULT_PIECE};
    MPI_Comm_dup(mpi, &comm.mpi);
    MPI_Comm_rank(comm.mpi, &comm.rank);
    MPI_Comm_size(comm.mpi, &comm.size);
    return comm;
}

patron_comm patron_comm_self(void)
{
    return (patron_comm){.mpi = MPI_COMM_SELF, .rank = 0, .size = 1, .piece = DEFAULT_PIECE};
}

void patron_comm_free(patron_comm *comm)
{
    if (comm->mpi != MPI_COMM_NULL && comm->mpi != MPI_COMM_SELF)
        MPI_Comm_free(&comm->mpi);
    comm->mpi = MPI_COMM_NULL;
}

static int piece_of(const patron_comm *comm, uint64_t left)
{
    return left < (uint64_t)comm->piece ? (int)left : comm->piece;
}

static void reduce(const patron_comm *comm, void *values, uint64_t count, MPI_Datatype type,
                   patron_reduction reduction)
{
    const MPI_Op op[] = {[PATRON_SUM] = MPI_SUM,
                         [PATRON_MIN] = MPI_MIN,
                         [PATRON_MAX] = MPI_MAX,
                         [PATRON_OR] = MPI_BOR};
    char *cursor = values;
    uint64_t bytes = 8 * count;
    if (comm->size == 1)
        return;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_ALLREDUCE);
    while (count > 0) {
        int piece = piece_of(comm, count);
        MPI_Allreduce(MPI_IN_PLACE, cursor, piece, type, op[reduction], comm->mpi);
        cursor += (uint64_t)piece * 8;
        count -= (uint64_t)piece;
    }
    patron_meter_depart(comm, span, true, bytes, bytes);
}

void patron_comm_reduce_i64(const patron_comm *comm, int64_t *values, uint64_t count,
                            patron_reduction reduction)
{
    reduce(comm, values, count, MPI_INT64_T, reduction);
}

void patron_comm_reduce_u64(const patron_comm *comm, uint64_t *values, uint64_t count,
                            patron_reduction reduction)
{
    reduce(comm, values, count, MPI_UINT64_T, reduction);
}

void patron_comm_reduce_f64(const patron_comm *comm, double *values, uint64_t count,
                            patron_reduction reduction)
{
    reduce(comm, values, count, MPI_DOUBLE, reduction);
}

uint64_t patron_comm_prefix_u64(const patron_comm *comm, uint64_t value)
{
    uint64_t before = 0;
    if (comm->size == 1)
        return 0;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_PREFIX);
    MPI_Exscan(&value, &before, 1, MPI_UINT64_T, MPI_SUM, comm->mpi);
    patron_meter_depart(comm, span, true, sizeof before, sizeof value);
    return comm->rank == 0 ? 0 : before;
}

void patron_comm_prefixes_u64(const patron_comm *comm, uint64_t *values, uint64_t count)
{
    uint64_t *cursor = values, bytes = count * sizeof *values;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_PREFIX);
    for (uint64_t left = comm->size == 1 ? 0 : count; left > 0;) {
        int piece = piece_of(comm, left);
        MPI_Exscan(MPI_IN_PLACE, cursor, piece, MPI_UINT64_T, MPI_SUM, comm->mpi);
        cursor += piece;
        left -= (uint64_t)piece;
    }
    patron_meter_depart(comm, span, true, bytes, bytes);
    if (comm->rank == 0 && count > 0) /* what MPI leaves there is not defined */
        memset(values, 0, count * sizeof *values);
}

void patron_comm_broadcast(const patron_comm *comm, void *data, uint64_t bytes, int root)
{
    char *cursor = data;
    bool is_root = comm->rank == root;
    uint64_t in = is_root ? 0 : bytes, out = is_root ? bytes : 0;
    if (comm->size == 1)
        return;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_BROADCAST);
    while (bytes > 0) {
        int piece = piece_of(comm, bytes);
        MPI_Bcast(cursor, piece, MPI_BYTE, root, comm->mpi);
        cursor += piece;
        bytes -= (uint64_t)piece;
    }
    patron_meter_depart(comm, span, is_root, in, out);
}

void patron_comm_gather_u64(const patron_comm *comm, uint64_t value, uint64_t *all)
{
    uint64_t bytes = (uint64_t)(comm->size - 1) * sizeof value;
    all[0] = value;
    if (comm->size == 1)
        return;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_GATHER);
    MPI_Allgather(&value, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, comm->mpi);
    patron_meter_depart(comm, span, true, bytes, bytes);
}

/* One pair of partners: both directions in pieces, as many rounds as the longer one needs. */
static void exchange_pair(const patron_comm *comm, const char *send, uint64_t send_bytes, int to,
                          char *receive, uint64_t receive_bytes, int from)
{
    while (send_bytes > 0 || receive_bytes > 0) {
        int out = piece_of(comm, send_bytes);
        int in = piece_of(comm, receive_bytes);
        MPI_Sendrecv(send, out, MPI_BYTE, out > 0 ? to : MPI_PROC_NULL, 0, receive, in, MPI_BYTE,
                     in > 0 ? from : MPI_PROC_NULL, 0, comm->mpi, MPI_STATUS_IGNORE);
        send += out;
        receive += in;
        send_bytes -= (uint64_t)out;
        receive_bytes -= (uint64_t)in;
    }
}

static uint64_t bytes_before(const uint64_t *bytes, int rank)
{
    uint64_t sum = 0;
    for (int r = 0; r < rank; ++r)
        sum += bytes[r];
    return sum;
}

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

enum { MESSAGES_AT_ONCE = 32 };

/* Step by step a rank further; short messages of several steps are under way at once, so that their
 * latencies are not added up. */
void patron_comm_exchange(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                          void *receive, const uint64_t *receive_bytes)
{
    MPI_Request requests[MESSAGES_AT_ONCE];
    int rank = comm->rank, size = comm->size, count = 0;
    uint64_t out = bytes_before(send_bytes, size), in = bytes_before(receive_bytes, size);
    place to = {rank, bytes_before(send_bytes, rank)};
    place from = {rank, bytes_before(receive_bytes, rank)};
    const char *source = send;
    char *target = receive;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_EXCHANGE);
    if (send_bytes[rank] > 0)
        memcpy(target + from.start, source + to.start, send_bytes[rank]);
    for (int step = 1; step < size; ++step) {
        to = next_place(to, send_bytes, size);
        from = place_before(from, receive_bytes, in, size);
        uint64_t sent = send_bytes[to.rank], received = receive_bytes[from.rank];
        if (sent > (uint64_t)comm->piece || received > (uint64_t)comm->piece) {
            exchange_pair(comm, source + to.start, sent, to.rank, target + from.start, received,
                          from.rank);
            continue;
        }
        if (received > 0)
            MPI_Irecv(target + from.start, (int)received, MPI_BYTE, from.rank, 0, comm->mpi,
                      &requests[count++]);
        if (sent > 0)
            MPI_Isend(source + to.start, (int)sent, MPI_BYTE, to.rank, 0, comm->mpi,
                      &requests[count++]);
        if (count > MESSAGES_AT_ONCE - 2) {
            MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
            count = 0;
        }
    }
    if (count > 0) /* MPI may not have been started where there is one rank */
        MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
    patron_meter_depart(comm, span, true, in - receive_bytes[rank], out - send_bytes[rank]);
}

/* Ranks as groups of one or two, a power of two of them, in rank order: what a run of groups gives
 * lies side by side in the result. */
typedef struct groups {
    int count;
    int pairs; /* the first so many groups have two ranks */
} groups;

static groups groups_of(int ranks)
{
    groups g = {.count = 1};
    while (g.count <= ranks / 2)
        g.count *= 2;
    g.pairs = ranks - g.count;
    return g;
}

/* The lowest rank of a group, which speaks for it. */
static int speaker_of(groups g, int group)
{
    return group < g.pairs ? 2 * group : group + g.pairs;
}

/* Recursive doubling: speakers swap all that they hold, which is twice as much in each step, so
 * that messages are as many as the ranks' logarithm; returns the bytes that it sends. Thakur,
 * Rabenseifner, Gropp, "Optimization of collective communication operations in MPICH",
 * International Journal of High Performance Computing Applications 19 (2005). */
static uint64_t swap_all(const patron_comm *comm, groups g, int group, const uint64_t *bytes_of,
                         char *all)
{
    uint64_t sent = 0;
    for (int held = 1; held < g.count; held *= 2) {
        int mine = group & ~(held - 1), theirs = mine ^ held;
        int partner = speaker_of(g, group ^ held);
        uint64_t from = bytes_before(bytes_of, speaker_of(g, mine));
        uint64_t from_end = bytes_before(bytes_of, speaker_of(g, mine + held));
        uint64_t to = bytes_before(bytes_of, speaker_of(g, theirs));
        uint64_t to_end = bytes_before(bytes_of, speaker_of(g, theirs + held));
        exchange_pair(comm, all + from, from_end - from, partner, all + to, to_end - to, partner);
        sent += from_end - from;
    }
    return sent;
}

void patron_comm_gather_bytes(const patron_comm *comm, const void *data, const uint64_t *bytes_of,
                              void *all)
{
    const groups g = groups_of(comm->size);
    int rank = comm->rank, other = rank ^ 1;
    bool has_other = rank < 2 * g.pairs, speaks = !has_other || rank < other;
    uint64_t total = bytes_before(bytes_of, comm->size);
    uint64_t in = total - bytes_of[rank], out = speaks ? 0 : bytes_of[rank];
    char *whole = all, *own = whole + bytes_before(bytes_of, rank);
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_GATHER);
    if (bytes_of[rank] > 0)
        memcpy(own, data, bytes_of[rank]);
    if (!speaks)
        exchange_pair(comm, own, bytes_of[rank], other, whole, 0, other);
    else if (has_other)
        exchange_pair(comm, whole, 0, other, own + bytes_of[rank], bytes_of[other], other);
    if (speaks)
        out += swap_all(comm, g, has_other ? rank / 2 : rank - g.pairs, bytes_of, whole);
    if (!speaks) {
        exchange_pair(comm, own, 0, other, whole, total, other);
        in = total; /* its own among them */
    } else if (has_other) {
        exchange_pair(comm, whole, total, other, own, 0, other);
        out += total;
    }
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

void patron_comm_send(const patron_comm *comm, const void *data, uint64_t bytes, int to)
{
    const char *cursor = data;
    uint64_t out = bytes;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_SEND);
    while (bytes > 0) {
        int piece = piece_of(comm, bytes);
        MPI_Send(cursor, piece, MPI_BYTE, to, 0, comm->mpi);
        cursor += piece;
        bytes -= (uint64_t)piece;
    }
    patron_meter_leave(span, 0, out);
}

void patron_comm_receive(const patron_comm *comm, void *data, uint64_t bytes, int from)
{
    char *cursor = data;
    uint64_t in = bytes;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_RECEIVE);
    while (bytes > 0) {
        int piece = piece_of(comm, bytes);
        MPI_Recv(cursor, piece, MPI_BYTE, from, 0, comm->mpi, MPI_STATUS_IGNORE);
        cursor += piece;
        bytes -= (uint64_t)piece;
    }
    patron_meter_leave(span, in, 0);
}

void patron_comm_note(const patron_comm *comm, int kind, int to)
{
    MPI_Request request;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_NOTE);
    MPI_Isend(NULL, 0, MPI_BYTE, to, kind, comm->mpi, &request);
    MPI_Request_free(&request);
    patron_meter_leave(span, 0, 0);
}

bool patron_comm_noted(const patron_comm *comm, int kind, int *from)
{
    int is_there = 0;
    MPI_Status status;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_NOTE);
    MPI_Iprobe(MPI_ANY_SOURCE, kind, comm->mpi, &is_there, &status);
    if (is_there) {
        *from = status.MPI_SOURCE;
        MPI_Recv(NULL, 0, MPI_BYTE, *from, kind, comm->mpi, MPI_STATUS_IGNORE);
    }
    patron_meter_leave(span, 0, 0);
    return is_there != 0;
}

void patron_comm_come(const patron_comm *comm, patron_comm_gate *gate)
{
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_GATE);
    *gate = (patron_comm_gate){.is_metered = comm->is_metered};
    MPI_Ibarrier(comm->mpi, &gate->request);
    patron_meter_leave(span, 0, 0);
}

bool patron_comm_is_open(patron_comm_gate *gate)
{
    int is_over = 0;
    if (gate->is_open)
        return true;
    patron_span span = gate->is_metered ? patron_meter_enter(PATRON_STEP_GATE) : (patron_span){0};
    MPI_Test(&gate->request, &is_over, MPI_STATUS_IGNORE);
    patron_meter_leave(span, 0, 0);
    gate->is_open = is_over != 0;
    return gate->is_open;
}
