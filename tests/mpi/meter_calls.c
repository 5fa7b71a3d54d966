/* SPDX-License-Identifier: Apache-2.0 */
/* What the communicator asks of MPI, seen from below: every call is within a step, and the bytes
 * told of what it does by messages of its own are those of its messages. */
#include "runtime/meter.h"

#include "mpi_main.h"

#include <string.h>

/* MPI's functions here are ours, which the library finds first. */
static struct {
    int calls, outside; /* outside: not within a step of what ranks do together */
    uint64_t sent, received;
} seen;

static void see(void)
{
    patron_span probe = patron_meter_enter(PATRON_STEP_AGREE); /* none within another */
    ++seen.calls;
    seen.outside += probe.is_open;
    patron_meter_leave(probe, 0, 0);
}

static uint64_t bytes_of(int count, MPI_Datatype type, int partner)
{
    int size = 0;
    PMPI_Type_size(type, &size);
    return partner == MPI_PROC_NULL ? 0 : (uint64_t)count * (uint64_t)size;
}

// NOLINTBEGIN(readability-function-size): so many has MPI
int MPI_Sendrecv(const void *out, int count, MPI_Datatype type, int to, int tag, void *in, int most,
                 MPI_Datatype in_type, int from, int in_tag, MPI_Comm comm, MPI_Status *status)
{
    see();
    seen.sent += bytes_of(count, type, to);
    seen.received += bytes_of(most, in_type, from);
    return PMPI_Sendrecv(out, count, type, to, tag, in, most, in_type, from, in_tag, comm, status);
}
// NOLINTEND(readability-function-size)

int MPI_Isend(const void *out, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    see();
    seen.sent += bytes_of(count, type, to);
    return PMPI_Isend(out, count, type, to, tag, comm, request);
}

int MPI_Irecv(void *in, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    see();
    seen.received += bytes_of(count, type, from);
    return PMPI_Irecv(in, count, type, from, tag, comm, request);
}

int MPI_Send(const void *out, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
    see();
    seen.sent += bytes_of(count, type, to);
    return PMPI_Send(out, count, type, to, tag, comm);
}

int MPI_Recv(void *in, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm,
             MPI_Status *status)
{
    see();
    seen.received += bytes_of(count, type, from);
    return PMPI_Recv(in, count, type, from, tag, comm, status);
}

int MPI_Waitall(int count, MPI_Request *requests, MPI_Status *statuses)
{
    see();
    return PMPI_Waitall(count, requests, statuses);
}

int MPI_Iprobe(int from, int tag, MPI_Comm comm, int *flag, MPI_Status *status)
{
    see();
    return PMPI_Iprobe(from, tag, comm, flag, status);
}

int MPI_Test(MPI_Request *request, int *flag, MPI_Status *status)
{
    see();
    return PMPI_Test(request, flag, status);
}

int MPI_Ibarrier(MPI_Comm comm, MPI_Request *request)
{
    see();
    return PMPI_Ibarrier(comm, request);
}

int MPI_Allreduce(const void *out, void *in, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    see();
    return PMPI_Allreduce(out, in, count, type, op, comm);
}

int MPI_Iallreduce(const void *out, void *in, int count, MPI_Datatype type, MPI_Op op,
                   MPI_Comm comm, MPI_Request *request)
{
    see();
    return PMPI_Iallreduce(out, in, count, type, op, comm, request);
}

int MPI_Exscan(const void *out, void *in, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    see();
    return PMPI_Exscan(out, in, count, type, op, comm);
}

int MPI_Bcast(void *data, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
    see();
    return PMPI_Bcast(data, count, type, root, comm);
}

int MPI_Allgather(const void *out, int count, MPI_Datatype type, void *in, int most,
                  MPI_Datatype in_type, MPI_Comm comm)
{
    see();
    return PMPI_Allgather(out, count, type, in, most, in_type, comm);
}

int MPI_Alltoall(const void *out, int count, MPI_Datatype type, void *in, int most,
                 MPI_Datatype in_type, MPI_Comm comm)
{
    see();
    return PMPI_Alltoall(out, count, type, in, most, in_type, comm);
}

/* ---- what is asked of the communicator ---- */

enum { LENGTH = 10, NOTE = 7, MOST_RANKS = 16 };

static void do_reduce(const patron_comm *comm)
{
    uint64_t values[LENGTH] = {0};
    patron_comm_reduce_u64(comm, values, LENGTH, PATRON_SUM);
}

static void do_prefix(const patron_comm *comm)
{
    (void)patron_comm_prefix_u64(comm, 1);
}

static void do_prefixes(const patron_comm *comm)
{
    uint64_t values[LENGTH] = {0};
    patron_comm_prefixes_u64(comm, values, LENGTH);
}

static void do_broadcast(const patron_comm *comm)
{
    char text[LENGTH] = {0};
    patron_comm_broadcast(comm, text, sizeof text, 0);
}

static void do_agree(const patron_comm *comm)
{
    (void)patron_comm_agree(comm, PATRON_OK);
}

static void do_agree_idle(const patron_comm *comm)
{
    (void)patron_comm_agree_idle(comm, PATRON_OK);
}

static void do_gather_u64(const patron_comm *comm)
{
    uint64_t all[MOST_RANKS];
    patron_comm_gather_u64(comm, 1, all);
}

/* Rank r has 3 r + 1 bytes. */
static void do_gather_bytes(const patron_comm *comm)
{
    uint64_t bytes[MOST_RANKS];
    char own[3 * MOST_RANKS + 1] = {0}, all[(3 * MOST_RANKS + 1) * MOST_RANKS];
    for (int r = 0; r < comm->size; ++r)
        bytes[r] = 3 * (uint64_t)r + 1;
    patron_comm_gather_bytes(comm, own, bytes, all);
}

/* Rank r sends r + s bytes to rank s. */
static void do_exchange(const patron_comm *comm)
{
    uint64_t bytes[MOST_RANKS];
    char out[2 * MOST_RANKS * MOST_RANKS] = {0}, in[2 * MOST_RANKS * MOST_RANKS];
    for (int r = 0; r < comm->size; ++r)
        bytes[r] = (uint64_t)(comm->rank + r);
    patron_comm_exchange(comm, out, bytes, in, bytes);
}

static void do_exchange_counts(const patron_comm *comm)
{
    uint64_t to[MOST_RANKS] = {0}, from[MOST_RANKS];
    patron_comm_exchange_counts(comm, to, from);
}

/* From each rank to the next, in order. */
static void do_send(const patron_comm *comm)
{
    char text[LENGTH] = {0};
    if (comm->rank > 0)
        patron_comm_receive(comm, text, sizeof text, comm->rank - 1);
    if (comm->rank + 1 < comm->size)
        patron_comm_send(comm, text, sizeof text, comm->rank + 1);
}

static void do_note(const patron_comm *comm)
{
    int from = 0;
    patron_comm_note(comm, NOTE, (comm->rank + 1) % comm->size);
    while (!patron_comm_noted(comm, NOTE, &from))
        ;
}

static void do_gate(const patron_comm *comm)
{
    patron_comm_gate gate;
    patron_comm_come(comm, &gate);
    while (!patron_comm_is_open(&gate))
        ;
}

static const struct {
    void (*act)(const patron_comm *comm);
    patron_step step;
    bool by_messages; /* of our own, whose bytes are seen */
    bool alone;       /* one rank asks MPI, too */
} acts[] = {{do_reduce, PATRON_STEP_ALLREDUCE, false, false},
            {do_prefix, PATRON_STEP_PREFIX, false, false},
            {do_prefixes, PATRON_STEP_PREFIX, false, false},
            {do_broadcast, PATRON_STEP_BROADCAST, false, false},
            {do_agree, PATRON_STEP_AGREE, false, false},
            {do_agree_idle, PATRON_STEP_AGREE, false, true},
            {do_gather_u64, PATRON_STEP_GATHER, false, false},
            {do_gather_bytes, PATRON_STEP_GATHER, true, false},
            {do_exchange, PATRON_STEP_EXCHANGE, true, false},
            {do_exchange_counts, PATRON_STEP_EXCHANGE, false, false},
            {do_send, PATRON_STEP_SEND, true, false},
            {do_note, PATRON_STEP_NOTE, true, true},
            {do_gate, PATRON_STEP_GATE, false, true}};

enum { ACTS = sizeof acts / sizeof acts[0] };

/* What MPI saw of an act, and what the meter tells. */
typedef struct result {
    int calls, outside;
    uint64_t sent, received, out, in, steps;
} result;

static result act(int which, int piece)
{
    patron_comm comm = test_comm;
    uint64_t figures[PATRON_STEPS][PATRON_FIGURES];
    bool only_receives = acts[which].act == do_send && comm.rank == comm.size - 1;
    patron_step step = only_receives ? PATRON_STEP_RECEIVE : acts[which].step;
    patron_meter_start();
    patron_meter_join(&comm);
    comm.piece = piece;
    memset(&seen, 0, sizeof seen);
    acts[which].act(&comm);
    result r = {seen.calls, seen.outside, seen.sent, seen.received, 0, 0, 0};
    patron_meter_read(figures);
    r.steps = figures[step][PATRON_FIGURE_CALLS];
    for (int s = PATRON_STEP_AGREE; s < PATRON_STEP_WAIT; ++s) {
        r.in += figures[s][PATRON_FIGURE_IN];
        r.out += figures[s][PATRON_FIGURE_OUT];
    }
    return r;
}

enum { WHOLE = 1 << 20, SMALL = 2 };

/* One rank alone sends nothing, and what it asks of MPI then is not metered. */
static void test_every_call_is_within_a_step(void **state)
{
    (void)state;
    result results[ACTS];
    for (int i = 0; i < ACTS; ++i)
        results[i] = act(i, WHOLE);
    for (int i = 0; i < ACTS; ++i) {
        bool asks = test_comm.size > 1 || acts[i].alone;
        assert_int_equal(results[i].calls > 0, asks);
        if (test_comm.size == 1)
            continue;
        assert_int_equal(results[i].outside, 0);
        assert_true(results[i].steps > 0);
    }
}

/* Also in pieces that are shorter than what is sent. */
static void test_bytes_are_those_of_messages(void **state)
{
    (void)state;
    result results[2 * ACTS];
    for (int i = 0; i < 2 * ACTS; ++i)
        results[i] = act(i % ACTS, i < ACTS ? WHOLE : SMALL);
    for (int i = 0; i < 2 * ACTS; ++i)
        if (acts[i % ACTS].by_messages) {
            assert_int_equal(results[i].in, results[i].received);
            assert_int_equal(results[i].out, results[i].sent);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_call_is_within_a_step),
                                       cmocka_unit_test(test_bytes_are_those_of_messages)};
    return test_mpi_main("meter_calls", tests, sizeof tests / sizeof tests[0]);
}
