/* SPDX-License-Identifier: Apache-2.0 */
/* What goes from a rank to the one that is `row * columns + column` ranks behind it goes first to
 * the one that is `column` behind, together with all that has the same column, and from there,
 * together with what came from others, `row * columns` further.  Any number of ranks will do, as
 * they lie on a ring.  What is passed on is as long as the ranks before say in a message of
 * lengths. */
#include "runtime/routed.h"

#include "patron/memory.h"
#include "runtime/comm_pieces.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

/* The mean length of a rank's messages up to which it is routed: to send so much a second time
 * takes no longer than a message more. */
static const uint64_t SHORT_BYTES = 4096;

typedef struct route {
    const patron_comm *comm;
    int columns, rows;
    const char *send;
    const uint64_t *send_bytes, *receive_bytes;
    char *receive;
    uint64_t *send_starts, *receive_starts; /* by rank */
    uint64_t *lengths; /* columns x rows: of what this rank sends to the one that far behind it */
    uint64_t *passing; /* of what it has from the rank that is `column` before it, for each row */
    uint64_t *places;  /* where that is in held[] */
    char *held, *packed, *arrived;
    MPI_Request *requests;
    int under_way;
    uint64_t in, out;
} route;

/* ---- places ---- */

static int rank_behind(const route *r, int64_t distance)
{
    return (int)(((int64_t)r->comm->rank + distance) % r->comm->size);
}

static int rank_before(const route *r, int64_t distance)
{
    return rank_behind(r, r->comm->size - distance);
}

static int64_t distance_to(const route *r, int row, int column)
{
    return (int64_t)row * r->columns + column;
}

/* Rows that have a rank in this column, and columns that have one in this row. */
static int rows_of(const route *r, int column)
{
    return (r->comm->size - column + r->columns - 1) / r->columns;
}

static int columns_of(const route *r, int row)
{
    int64_t left = r->comm->size - distance_to(r, row, 0);
    return left < r->columns ? (int)left : r->columns;
}

static uint64_t cell(const route *r, int row, int column)
{
    return (uint64_t)column * (uint64_t)r->rows + (uint64_t)row;
}

/* ---- messages ---- */

static void send(route *r, const void *data, uint64_t bytes, int to)
{
    r->out += bytes;
    if (bytes > 0)
        MPI_Isend(data, (int)bytes, MPI_BYTE, to, 0, r->comm->mpi, &r->requests[r->under_way++]);
}

static void receive(route *r, void *data, uint64_t bytes, int from)
{
    r->in += bytes;
    if (bytes > 0)
        MPI_Irecv(data, (int)bytes, MPI_BYTE, from, 0, r->comm->mpi, &r->requests[r->under_way++]);
}

static void wait_for_all(route *r)
{
    MPI_Waitall(r->under_way, r->requests, MPI_STATUSES_IGNORE);
    r->under_way = 0;
}

/* ---- lengths ---- */

static void tell_lengths(route *r)
{
    for (int column = 0; column < r->columns; ++column)
        for (int row = 0; row < rows_of(r, column); ++row)
            r->lengths[cell(r, row, column)] =
                r->send_bytes[rank_behind(r, distance_to(r, row, column))];
    memcpy(r->passing, r->lengths, (uint64_t)r->rows * sizeof *r->passing);
    for (int column = 1; column < r->columns; ++column) {
        uint64_t first = cell(r, 0, column);
        uint64_t bytes = (uint64_t)rows_of(r, column) * sizeof *r->lengths;
        receive(r, r->passing + first, bytes, rank_before(r, column));
        send(r, r->lengths + first, bytes, rank_behind(r, column));
    }
    wait_for_all(r);
}

static uint64_t sum_of_column(const route *r, const uint64_t *cells, int column)
{
    return patron_comm_bytes_before(cells + cell(r, 0, column), rows_of(r, column));
}

static uint64_t sum_of_row(const route *r, const uint64_t *cells, int row)
{
    uint64_t sum = 0;
    for (int column = 0; column < columns_of(r, row); ++column)
        sum += cells[cell(r, row, column)];
    return sum;
}

/* Of what comes from the rank that is `row` rows before. */
static uint64_t length_from(const route *r, int row)
{
    uint64_t sum = 0;
    for (int column = 0; column < columns_of(r, row); ++column)
        sum += r->receive_bytes[rank_before(r, distance_to(r, row, column))];
    return sum;
}

/* Room for all that is under way; not where a message is too long for a call. */
static bool make_room(route *r)
{
    uint64_t held = 0, first = 0, second = 0, arrived = 0, longest = 0;
    for (int column = 1; column < r->columns; ++column) {
        uint64_t out = sum_of_column(r, r->lengths, column);
        for (int row = 0; row < rows_of(r, column); ++row) {
            r->places[cell(r, row, column)] = held;
            held += r->passing[cell(r, row, column)];
        }
        first += out;
        longest = out > longest ? out : longest;
    }
    for (int row = 1; row < r->rows; ++row) {
        uint64_t out = sum_of_row(r, r->passing, row);
        second += out;
        arrived += length_from(r, row);
        longest = out > longest ? out : longest;
    }
    r->held = patron_reallocate(NULL, held, 1);
    r->packed = patron_reallocate(NULL, first > second ? first : second, 1);
    r->arrived = patron_reallocate(NULL, arrived, 1);
    return r->held != NULL && r->packed != NULL && r->arrived != NULL &&
           longest <= (uint64_t)r->comm->piece;
}

/* ---- hops ---- */

static char *append(char *end, const char *block, uint64_t bytes)
{
    if (bytes > 0)
        memcpy(end, block, bytes);
    return end + bytes;
}

static void go_to_columns(route *r)
{
    char *end = r->packed;
    for (int column = 1; column < r->columns; ++column) {
        uint64_t bytes = sum_of_column(r, r->passing, column);
        const char *start = end;
        receive(r, r->held + r->places[cell(r, 0, column)], bytes, rank_before(r, column));
        for (int row = 0; row < rows_of(r, column); ++row) {
            int to = rank_behind(r, distance_to(r, row, column));
            end = append(end, r->send + r->send_starts[to], r->send_bytes[to]);
        }
        send(r, start, (uint64_t)(end - start), rank_behind(r, column));
    }
    wait_for_all(r);
}

/* What this rank has from the one that is `column` before it, for the one `row` rows behind. */
static const char *find_block(const route *r, int row, int column)
{
    return column > 0 ? r->held + r->places[cell(r, row, column)]
                      : r->send + r->send_starts[rank_behind(r, distance_to(r, row, 0))];
}

static void go_to_rows(route *r)
{
    char *end = r->packed, *arrived = r->arrived;
    for (int row = 1; row < r->rows; ++row) {
        int64_t distance = distance_to(r, row, 0);
        uint64_t bytes = length_from(r, row);
        const char *start = end;
        receive(r, arrived, bytes, rank_before(r, distance));
        arrived += bytes;
        for (int column = 0; column < columns_of(r, row); ++column)
            end = append(end, find_block(r, row, column), r->passing[cell(r, row, column)]);
        send(r, start, (uint64_t)(end - start), rank_behind(r, distance));
    }
    wait_for_all(r);
}

static void unpack(route *r)
{
    const char *arrived = r->arrived;
    for (int row = 0; row < r->rows; ++row)
        for (int column = 0; column < columns_of(r, row); ++column) {
            int from = rank_before(r, distance_to(r, row, column));
            uint64_t bytes = r->receive_bytes[from];
            const char *block = row == 0 ? find_block(r, 0, column) : arrived;
            append(r->receive + r->receive_starts[from], block, bytes);
            arrived += row == 0 ? 0 : bytes;
        }
}

/* ---- the exchange ---- */

static bool prepare(route *r)
{
    uint64_t ranks = (uint64_t)r->comm->size, cells = (uint64_t)r->columns * (uint64_t)r->rows;
    uint64_t messages = 2 * (uint64_t)(r->columns > r->rows ? r->columns : r->rows);
    r->send_starts = patron_allocate(ranks, sizeof *r->send_starts);
    r->receive_starts = patron_allocate(ranks, sizeof *r->receive_starts);
    r->lengths = patron_allocate(cells, sizeof *r->lengths);
    r->passing = patron_allocate(cells, sizeof *r->passing);
    r->places = patron_allocate(cells, sizeof *r->places);
    r->requests = patron_allocate(messages, sizeof(MPI_Request));
    if (r->send_starts == NULL || r->receive_starts == NULL || r->lengths == NULL ||
        r->passing == NULL || r->places == NULL || r->requests == NULL)
        return false;
    for (uint64_t rank = 1; rank < ranks; ++rank) {
        r->send_starts[rank] = r->send_starts[rank - 1] + r->send_bytes[rank - 1];
        r->receive_starts[rank] = r->receive_starts[rank - 1] + r->receive_bytes[rank - 1];
    }
    return true;
}

static void free_route(route *r)
{
    free(r->send_starts);
    free(r->receive_starts);
    free(r->lengths);
    free(r->passing);
    free(r->places);
    free(r->requests);
    free(r->held);
    free(r->packed);
    free(r->arrived);
}

/* Whether it can be done, and is worth it: messages are many, and short.  Collective. */
static bool is_worthwhile(const route *r, bool can)
{
    int size = r->comm->size, own = r->comm->rank;
    uint64_t most[3] = {can ? 0 : 1, 0,
                        patron_comm_bytes_before(r->send_bytes, size) - r->send_bytes[own]};
    uint64_t messages = 2 * (uint64_t)(r->columns - 1) + (uint64_t)(r->rows - 1);
    for (int rank = 0; rank < size; ++rank)
        most[1] += rank != own && r->send_bytes[rank] > 0;
    patron_comm_reduce_u64(r->comm, most, 3, PATRON_MAX);
    return most[0] == 0 && most[1] >= messages && most[2] <= SHORT_BYTES * (uint64_t)(size - 1);
}

/* Whether all ranks have room.  Collective. */
static bool have_room(route *r)
{
    uint64_t missing = make_room(r) ? 0 : 1;
    patron_comm_reduce_u64(r->comm, &missing, 1, PATRON_MAX);
    return missing == 0;
}

bool patron_exchange_routed(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                            void *receive, const uint64_t *receive_bytes)
{
    route r = {.comm = comm,
               .columns = 1,
               .send = send,
               .receive = receive,
               .send_bytes = send_bytes,
               .receive_bytes = receive_bytes};
    if (comm->size < comm->routed_from)
        return false;
    while ((int64_t)r.columns * r.columns < comm->size)
        ++r.columns;
    r.rows = (comm->size + r.columns - 1) / r.columns;
    bool can = is_worthwhile(&r, prepare(&r));
    if (can) {
        patron_span span = patron_meter_arrive(comm, PATRON_STEP_EXCHANGE);
        tell_lengths(&r);
        patron_meter_depart(comm, span, true, r.in, r.out);
        can = have_room(&r);
    }
    if (can) {
        patron_span span = patron_meter_arrive(comm, PATRON_STEP_EXCHANGE);
        r.in = r.out = 0;
        go_to_columns(&r);
        go_to_rows(&r);
        unpack(&r);
        patron_meter_depart(comm, span, true, r.in, r.out);
    }
    free_route(&r);
    return can;
}
