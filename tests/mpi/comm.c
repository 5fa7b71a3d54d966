/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives in pieces, and the agreement on a status. */
#include "mpi_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of 3 stand in for pieces of 2^28: every loop over pieces runs, with a remainder. */
static patron_comm in_small_pieces(void)
{
    patron_comm comm = test_comm;
    comm.piece = 3;
    return comm;
}

static void test_reduce_in_pieces(void **state)
{
    (void)state;
    patron_comm comm = in_small_pieces();
    int64_t values[10];
    for (int i = 0; i < 10; ++i)
        values[i] = (int64_t)i * (comm.rank + 1);
    patron_comm_reduce_i64(&comm, values, 10, PATRON_SUM);
    int64_t ranks = (int64_t)comm.size * (comm.size + 1) / 2;
    for (int i = 0; i < 10; ++i)
        assert_int_equal(values[i], i * ranks);
}

static void test_reduce_so_far(void **state)
{
    (void)state;
    uint64_t ranks = (uint64_t)test_comm.size, own = (uint64_t)test_comm.rank + 1;
    uint64_t sum[] = {own, 7 * own, 99}, most[] = {own, 99};
    patron_status fine = patron_comm_reduce_so_far(&test_comm, PATRON_OK, sum, 2, PATRON_SUM);
    assert_int_equal(fine, PATRON_OK);
    assert_int_equal(sum[0], ranks * (ranks + 1) / 2);
    assert_int_equal(sum[1], 7 * ranks * (ranks + 1) / 2);
    fine = patron_comm_reduce_so_far(&test_comm, PATRON_OK, most, 1, PATRON_MAX);
    assert_int_equal(fine, PATRON_OK);
    assert_int_equal(most[0], ranks);
    bool is_last = test_comm.rank == test_comm.size - 1;
    patron_status local = is_last ? patron_fail(PATRON_DATA, "wrong") : PATRON_OK;
    patron_status failed = patron_comm_reduce_so_far(&test_comm, local, most, 1, PATRON_MAX);
    assert_int_equal(failed, PATRON_DATA);
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(failed, text, sizeof text);
    assert_non_null(strstr(text, "wrong"));
}

static void test_gather_in_pieces(void **state)
{
    (void)state;
    patron_comm comm = in_small_pieces();
    char mine[8], all[64];
    uint64_t bytes_of[8];
    uint64_t bytes = (uint64_t)comm.rank * 2 + 1;
    memset(mine, 'a' + comm.rank, sizeof mine);
    patron_comm_gather_u64(&comm, bytes, bytes_of);
    patron_comm_gather_bytes(&comm, mine, bytes_of, all);
    const char *expected = "abbbcccccddddddd";
    assert_memory_equal(all, expected, (size_t)comm.size * (size_t)comm.size);
}

static void test_gather_of_unknown_lengths(void **state)
{
    (void)state;
    patron_comm comm = in_small_pieces();
    char mine[8];
    void *all = NULL;
    uint64_t total = 0, bytes = (uint64_t)comm.rank * 2 + 1;
    memset(mine, 'a' + comm.rank, sizeof mine);
    assert_int_equal(patron_comm_gather(&comm, PATRON_OK, mine, bytes, &all, &total), PATRON_OK);
    assert_int_equal(total, comm.size * comm.size);
    assert_memory_equal(all, "abbbcccccddddddd", total);
    free(all);
    patron_status own = comm.rank == comm.size - 1 ? patron_fail(PATRON_DATA, "wrong") : PATRON_OK;
    assert_int_equal(patron_comm_gather(&comm, own, mine, bytes, &all, &total), PATRON_DATA);
    assert_null(all);
}

/* Rank s sends to rank r the byte 'A' + 4 s + r, s + 2 r + 1 times. */
static void test_exchange_in_pieces(void **state)
{
    (void)state;
    patron_comm comm = in_small_pieces();
    char send[64], receive[64], expected[64];
    uint64_t to[4], from[4], sent = 0, total = 0;
    for (int r = 0; r < comm.size; ++r) {
        to[r] = (uint64_t)comm.rank + 2 * (uint64_t)r + 1;
        memset(send + sent, 'A' + 4 * comm.rank + r, to[r]);
        sent += to[r];
    }
    patron_comm_exchange_counts(&comm, to, from);
    patron_comm_exchange(&comm, send, to, receive, from);
    for (int s = 0; s < comm.size; ++s) {
        uint64_t bytes = (uint64_t)s + 2 * (uint64_t)comm.rank + 1;
        assert_int_equal(from[s], bytes);
        memset(expected + total, 'A' + 4 * s + comm.rank, bytes);
        total += bytes;
    }
    assert_memory_equal(receive, expected, total);
}

static void test_prefix(void **state)
{
    (void)state;
    uint64_t rank = (uint64_t)test_comm.rank;
    uint64_t before = patron_comm_prefix_u64(&test_comm, rank + 1);
    assert_int_equal(before, rank * (rank + 1) / 2);
    patron_comm small = in_small_pieces();
    uint64_t values[5], expected[5];
    for (uint64_t i = 0; i < 5; ++i) {
        values[i] = (rank + 1) * (i + 1);
        expected[i] = (i + 1) * before;
    }
    patron_comm_prefixes_u64(&small, values, 5);
    assert_memory_equal(values, expected, sizeof values);
}

static void test_agree_on_lowest_failing_rank(void **state)
{
    (void)state;
    patron_status local = PATRON_OK;
    if (test_comm.rank >= 1)
        local = patron_fail(test_comm.rank == 1 ? PATRON_DATA : PATRON_IO, "rank %d's own text",
                            test_comm.rank);
    patron_status eager = patron_comm_agree(&test_comm, local);
    char text[1024];
    patron_fail_text(eager, text, sizeof text);
    patron_status idle = patron_comm_agree_idle(&test_comm, local);
    patron_status expected = test_comm.size > 1 ? PATRON_DATA : PATRON_OK;
    assert_int_equal(eager, expected);
    assert_int_equal(idle, expected);
    if (test_comm.size > 1) {
        char sentence[64];
        snprintf(sentence, sizeof sentence, "rank 1's own text [rank 1 of %d]", test_comm.size);
        assert_string_equal(text, sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduce_in_pieces),
        cmocka_unit_test(test_reduce_so_far),
        cmocka_unit_test(test_gather_in_pieces),
        cmocka_unit_test(test_gather_of_unknown_lengths),
        cmocka_unit_test(test_exchange_in_pieces),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_agree_on_lowest_failing_rank),
    };
    return test_mpi_main("comm", tests, sizeof tests / sizeof tests[0]);
}
