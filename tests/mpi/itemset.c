/* SPDX-License-Identifier: Apache-2.0 */
/* Mining by several ranks: each one's slices are those of brute force over all baskets. */
#include "itemset_oracle.h"
#include "mpi_main.h"

enum { CASES = 200, PIECES_CASES = 50, WIDE_CASES = 2 };

static oracle_case drawn;

/* The rank that has no baskets; none is idle when it is `size`. */
static int idle_rank(uint64_t seed)
{
    return test_comm.size == 1 ? 1 : (int)(seed % ((uint64_t)test_comm.size + 1));
}

/* The first case whose slice differs on this rank, or `cases`. */
static uint64_t first_difference(const patron_comm *comm, uint64_t cases,
                                 void (*draw)(uint64_t, oracle_case *))
{
    uint64_t first = cases;
    for (uint64_t seed = 0; seed < cases; ++seed) {
        patron_itemset_result result;
        draw(seed, &drawn);
        patron_status status = oracle_mine(comm, &drawn, idle_rank(seed), &result);
        if (first == cases && (status != PATRON_OK || !oracle_agrees(&drawn, &result)))
            first = seed;
        patron_itemset_result_free(&result);
    }
    return first;
}

static void test_brute_force(void **state)
{
    (void)state;
    assert_int_equal(first_difference(&test_comm, CASES, oracle_draw), CASES);
}

static void test_brute_force_wide(void **state)
{
    (void)state;
    assert_int_equal(first_difference(&test_comm, WIDE_CASES, oracle_draw_wide), WIDE_CASES);
}

/* Small pieces make small batches of the subset exchange: many rounds, not as many on each rank. */
static void test_brute_force_in_pieces(void **state)
{
    (void)state;
    patron_comm comm = test_comm;
    comm.piece = 40;
    assert_int_equal(first_difference(&comm, PIECES_CASES, oracle_draw), PIECES_CASES);
}

/* Rank r starts where rank r - 1 ends: the slices concatenate. */
static void test_slices_follow_each_other(void **state)
{
    (void)state;
    patron_itemset_result result;
    oracle_draw_wide(0, &drawn);
    patron_status status = oracle_mine(&test_comm, &drawn, test_comm.size, &result);
    uint64_t sets_before = patron_comm_prefix_u64(&test_comm, result.sets.count);
    uint64_t rules_before = patron_comm_prefix_u64(&test_comm, result.rules.count);
    uint64_t sums[2] = {result.sets.count, result.rules.count};
    uint64_t least = result.sets.count;
    patron_comm_reduce_u64(&test_comm, sums, 2, PATRON_SUM);
    patron_comm_reduce_u64(&test_comm, &least, 1, PATRON_MIN);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(result.sets.first, sets_before);
    assert_int_equal(result.sets.total, sums[0]);
    assert_int_equal(result.rules.first, rules_before);
    assert_int_equal(result.rules.total, sums[1]);
    assert_true(least > 0);
    patron_itemset_result_free(&result);
}

/* One rank's bad baskets are every rank's failure. */
static void test_bad_baskets_of_one_rank(void **state)
{
    (void)state;
    const uint64_t offsets[] = {0, 1};
    const uint32_t item = test_comm.rank == test_comm.size - 1 ? 7 : 0;
    const patron_itemset_baskets baskets = {1, offsets, &item, 3};
    const patron_itemset_options options = {.min_count = 1, .min_length = 1, .threads = 1};
    patron_itemset_result result;
    patron_status status = patron_itemset_mine(&test_comm, &baskets, &options, &result);
    assert_int_equal(status, PATRON_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_brute_force_wide),
        cmocka_unit_test(test_brute_force_in_pieces),
        cmocka_unit_test(test_slices_follow_each_other),
        cmocka_unit_test(test_bad_baskets_of_one_rank),
    };
    return test_mpi_main("itemset", tests, sizeof tests / sizeof tests[0]);
}
