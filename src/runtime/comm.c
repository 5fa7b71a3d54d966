/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives and messages with 64-bit counts: MPI-3 counts are int, so large transfers go in
 * pieces. */
#include "patron/comm.h"

#include "runtime/comm_pieces.h"
#include "runtime/meter.h"

#include <limits.h>
#include <string.h>

enum { DEFAULT_PIECE = 1 << 28, DEFAULT_ROUTED_FROM = 128, DEFAULT_WINDOW = 32 };

/* Counts whose sums below a rank are made at a time. */
enum { PREFIX_PIECE = 512 };

patron_comm patron_comm_duplicate(MPI_Comm mpi)
{
    patron_comm comm = {
        .piece = DEFAULT_PIECE, .routed_from = DEFAULT_ROUTED_FROM, .window = DEFAULT_WINDOW};
    MPI_Comm_dup(mpi, &comm.mpi);
    MPI_Comm_rank(comm.mpi, &comm.rank);
    MPI_Comm_size(comm.mpi, &comm.size);
    return comm;
}

patron_comm patron_comm_self(void)
{
    return (patron_comm){.mpi = MPI_COMM_SELF,
                         .rank = 0,
                         .size = 1,
                         .piece = DEFAULT_PIECE,
                         .routed_from = DEFAULT_ROUTED_FROM,
                         .window = DEFAULT_WINDOW};
}

void patron_comm_free(patron_comm *comm)
{
    if (comm->mpi != MPI_COMM_NULL && comm->mpi != MPI_COMM_SELF)
        MPI_Comm_free(&comm->mpi);
    comm->mpi = MPI_COMM_NULL;
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
        int piece = patron_comm_piece(comm, count);
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

/* By doubling (Hillis, Steele, "Data parallel algorithms", Communications of the ACM 29, 1986):
 * after each step a rank has the sum over twice as many ranks below it.  Common MPI_Exscan go from
 * rank to rank, or from each rank to all above it.  Returns the bytes that were received; *out:
 * sent. */
static uint64_t sum_below(const patron_comm *comm, uint64_t *values, int count, uint64_t *out)
{
    uint64_t with_own[PREFIX_PIECE], came[PREFIX_PIECE], bytes = (uint64_t)count * sizeof *values;
    uint64_t in = 0;
    memcpy(with_own, values, bytes);
    memset(values, 0, bytes);
    for (int64_t distance = 1; distance < comm->size; distance *= 2) {
        bool sends = comm->rank + distance < comm->size, receives = comm->rank >= distance;
        int to = sends ? (int)(comm->rank + distance) : MPI_PROC_NULL;
        int from = receives ? (int)(comm->rank - distance) : MPI_PROC_NULL;
        MPI_Sendrecv(with_own, count, MPI_UINT64_T, to, 0, came, count, MPI_UINT64_T, from, 0,
                     comm->mpi, MPI_STATUS_IGNORE);
        for (int i = 0; receives && i < count; ++i) {
            values[i] += came[i];
            with_own[i] += came[i];
        }
        *out += sends ? bytes : 0;
        in += receives ? bytes : 0;
    }
    return in;
}

void patron_comm_prefixes_u64(const patron_comm *comm, uint64_t *values, uint64_t count)
{
    uint64_t in = 0, out = 0;
    if (comm->size == 1) {
        memset(values, 0, count * sizeof *values);
        return;
    }
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_PREFIX);
    while (count > 0) {
        int piece = patron_comm_piece(comm, count < PREFIX_PIECE ? count : PREFIX_PIECE);
        in += sum_below(comm, values, piece, &out);
        values += piece;
        count -= (uint64_t)piece;
    }
    patron_meter_depart(comm, span, true, in, out);
}

uint64_t patron_comm_prefix_u64(const patron_comm *comm, uint64_t value)
{
    patron_comm_prefixes_u64(comm, &value, 1);
    return value;
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
        int piece = patron_comm_piece(comm, bytes);
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

void patron_comm_send(const patron_comm *comm, const void *data, uint64_t bytes, int to)
{
    const char *cursor = data;
    uint64_t out = bytes;
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_SEND);
    while (bytes > 0) {
        int piece = patron_comm_piece(comm, bytes);
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
        int piece = patron_comm_piece(comm, bytes);
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
