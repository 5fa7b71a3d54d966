/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of blocks of any length, directly and in two hops. */
#include "mpi_main.h"
#include "patron/random.h"
#include "runtime/routed.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_RANKS = 16, MOST_BYTES = 4000 };

/* Blocks of every pair, of lengths that are drawn: many of none, some longer than others. */
typedef struct lengths {
    uint64_t of[MOST_RANKS][MOST_RANKS];
} lengths;

static lengths draw_lengths(int ranks, uint64_t round)
{
    static const uint64_t most[] = {1, 2, 40, MOST_BYTES};
    lengths drawn = {0};
    for (int from = 0; from < ranks; ++from)
        for (int to = 0; to < ranks; ++to) {
            uint64_t number = round * MOST_RANKS * MOST_RANKS + (uint64_t)(from * MOST_RANKS + to);
            uint64_t bits = patron_random_bits(7, PATRON_PURPOSE_SEED, number, 0);
            drawn.of[from][to] = bits % most[bits >> 32 & 3];
        }
    return drawn;
}

/* The i-th byte of what one rank sends to another. */
static char byte_of(int from, int to, uint64_t i)
{
    return (char)(31 * from + 7 * to + (int)(i % 251));
}

/* Whether what came is right; *routed: whether it came in two hops. */
static bool exchange(const patron_comm *comm, const lengths *drawn, bool *routed)
{
    static char send[MOST_RANKS * MOST_BYTES], receive[MOST_RANKS * MOST_BYTES + 1];
    uint64_t to[MOST_RANKS], from[MOST_RANKS], at = 0;
    for (int rank = 0; rank < comm->size; ++rank) {
        to[rank] = drawn->of[comm->rank][rank];
        from[rank] = drawn->of[rank][comm->rank];
        for (uint64_t i = 0; i < to[rank]; ++i)
            send[at++] = byte_of(comm->rank, rank, i);
    }
    memset(receive, 'x', sizeof receive);
    *routed = patron_exchange_routed(comm, send, to, receive, from);
    if (!*routed)
        patron_comm_exchange(comm, send, to, receive, from);
    at = 0;
    for (int rank = 0; rank < comm->size; ++rank)
        for (uint64_t i = 0; i < from[rank]; ++i)
            if (receive[at++] != byte_of(rank, comm->rank, i))
                return false;
    return receive[at] == 'x';
}

static void test_blocks_of_any_length(void **state)
{
    (void)state;
    enum { ROUNDS = 60 };
    patron_comm two_hops = test_comm, in_pieces = test_comm, narrow = test_comm;
    two_hops.routed_from = 2;
    in_pieces.routed_from = 2;
    in_pieces.piece = 50;
    narrow.window = 4;
    patron_comm narrow_pieces = narrow;
    narrow_pieces.piece = 50;
    int wrong = 0, routed = 0, direct = 0;
    for (uint64_t round = 0; round < ROUNDS; ++round) {
        const lengths drawn = draw_lengths(test_comm.size, round);
        const patron_comm *comms[] = {&test_comm, &two_hops, &in_pieces, &narrow, &narrow_pieces};
        for (int i = 0; i < 5; ++i) {
            bool is_routed = false;
            wrong += !exchange(comms[i], &drawn, &is_routed);
            routed += is_routed;
            direct += !is_routed;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(direct >= ROUNDS);
    assert_true(routed > 0 || test_comm.size < 4);
}

static bool is_routed(const patron_comm *comm, const lengths *drawn)
{
    bool routed = false;
    assert_true(exchange(comm, drawn, &routed));
    return routed;
}

/* Many short ones, from so many ranks on. */
static void test_what_is_routed(void **state)
{
    (void)state;
    patron_comm comm = test_comm;
    lengths each = {0}, next = {0};
    for (int from = 0; from < comm.size; ++from) {
        next.of[from][(from + 1) % comm.size] = 10;
        for (int to = 0; to < comm.size; ++to)
            each.of[from][to] = 10;
    }
    bool as_few = is_routed(&comm, &each);
    comm.routed_from = 4;
    bool short_ones = is_routed(&comm, &each), few_ones = is_routed(&comm, &next);
    assert_false(as_few);
    assert_int_equal(short_ones, comm.size >= 4);
    assert_false(few_ones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_of_any_length),
        cmocka_unit_test(test_what_is_routed),
    };
    return test_mpi_main("exchange", tests, sizeof tests / sizeof tests[0]);
}
