/* SPDX-License-Identifier: Apache-2.0 */
/* Mining by one process against brute force, and the numbers that go with it. */
#include "itemset_oracle.h"

#include "patron/itemset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const patron_itemset_options ALL = {.min_count = 1, .min_length = 1, .threads = 2};

static oracle_case drawn;

static void check_case(uint64_t seed, void (*draw)(uint64_t, oracle_case *))
{
    patron_comm comm = patron_comm_self();
    patron_itemset_result result;
    draw(seed, &drawn);
    assert_int_equal(oracle_mine(&comm, &drawn, 1, &result), PATRON_OK);
    bool agrees = oracle_agrees(&drawn, &result);
    patron_itemset_result_free(&result);
    if (!agrees)
        fail_msg("case %llu differs from brute force", (unsigned long long)seed);
}

static void test_brute_force(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 400; ++seed)
        check_case(seed, oracle_draw);
}

static void test_brute_force_wide(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; ++seed)
        check_case(seed, oracle_draw_wide);
}

static void test_no_baskets(void **state)
{
    (void)state;
    patron_comm comm = patron_comm_self();
    patron_itemset_baskets none = {0};
    patron_itemset_options options = ALL;
    options.rules = true;
    patron_itemset_result result;
    assert_int_equal(patron_itemset_mine(&comm, &none, &options, &result), PATRON_OK);
    assert_int_equal(result.baskets, 0);
    assert_int_equal(result.longest, 0);
    assert_int_equal(result.count_by_length[0], 0);
    assert_int_equal(result.sets.total, 0);
    assert_int_equal(result.rules.total, 0);
    patron_itemset_result_free(&result);
}

static void test_empty_baskets_count(void **state)
{
    (void)state;
    patron_comm comm = patron_comm_self();
    const uint64_t offsets[] = {0, 0, 0, 0};
    patron_itemset_baskets empty = {.count = 3, .offsets = offsets, .item_count = 4};
    patron_itemset_result result;
    assert_int_equal(patron_itemset_mine(&comm, &empty, &ALL, &result), PATRON_OK);
    assert_int_equal(result.baskets, 3);
    assert_int_equal(result.sets.total, 0);
    patron_itemset_result_free(&result);
}

/* Sixty-two items in each of three baskets: 2^62 - 1 sets, which only counting can take. */
static void test_items_of_every_basket(void **state)
{
    (void)state;
    enum { WIDTH = 62 };
    patron_comm comm = patron_comm_self();
    uint64_t offsets[] = {0, WIDTH, 2 * WIDTH, 3 * WIDTH};
    uint32_t items[3 * WIDTH];
    for (uint32_t i = 0; i < 3 * WIDTH; ++i)
        items[i] = i % WIDTH;
    patron_itemset_baskets baskets = {3, offsets, items, WIDTH};
    patron_itemset_options options = ALL;
    options.min_count = 3;
    options.threads = 1;
    options.count_only = true;
    patron_itemset_result result;
    assert_int_equal(patron_itemset_mine(&comm, &baskets, &options, &result), PATRON_OK);
    assert_int_equal(result.longest, WIDTH);
    assert_int_equal(result.count_by_length[1], WIDTH);
    assert_int_equal(result.count_by_length[2], WIDTH * (WIDTH - 1) / 2);
    assert_int_equal(result.count_by_length[WIDTH], 1);
    uint64_t sum = 0;
    for (uint32_t length = 1; length <= WIDTH; ++length)
        sum += result.count_by_length[length];
    assert_int_equal(sum, (UINT64_C(1) << WIDTH) - 1);
    patron_itemset_result_free(&result);
}

static void test_more_sets_than_64_bits_count(void **state)
{
    (void)state;
    enum { WIDTH = 80 };
    patron_comm comm = patron_comm_self();
    uint64_t offsets[] = {0, WIDTH};
    uint32_t items[WIDTH];
    for (uint32_t i = 0; i < WIDTH; ++i)
        items[i] = i;
    patron_itemset_baskets baskets = {1, offsets, items, WIDTH};
    patron_itemset_options options = ALL;
    options.count_only = true;
    patron_itemset_result result;
    assert_int_equal(patron_itemset_mine(&comm, &baskets, &options, &result), PATRON_RESOURCE);
    options.max_length = 2;
    assert_int_equal(patron_itemset_mine(&comm, &baskets, &options, &result), PATRON_OK);
    assert_int_equal(result.count_by_length[2], WIDTH * (WIDTH - 1) / 2);
    patron_itemset_result_free(&result);
}

/* The one closed set of a single basket is as long as it. */
static void test_long_set(void **state)
{
    (void)state;
    enum { WIDTH = 300 };
    patron_comm comm = patron_comm_self();
    uint64_t offsets[] = {0, WIDTH};
    uint32_t items[WIDTH];
    for (uint32_t i = 0; i < WIDTH; ++i)
        items[i] = i;
    patron_itemset_baskets baskets = {1, offsets, items, WIDTH};
    patron_itemset_options options = ALL;
    options.min_length = WIDTH - 1;
    patron_itemset_result result;
    assert_int_equal(patron_itemset_mine(&comm, &baskets, &options, &result), PATRON_OK);
    assert_int_equal(result.longest, WIDTH);
    assert_int_equal(result.count_by_length[WIDTH - 1], WIDTH);
    assert_int_equal(result.count_by_length[WIDTH], 1);
    assert_memory_equal(result.sets.items + result.sets.offsets[WIDTH], items, sizeof items);
    patron_itemset_result_free(&result);
}

static void test_bad_input(void **state)
{
    (void)state;
    patron_comm comm = patron_comm_self();
    const uint64_t offsets[] = {0, 2, 3};
    const uint64_t backwards[] = {0, 2, 1};
    const uint64_t late[] = {1, 2, 3};
    const uint32_t items[] = {0, 1, 1};
    const uint32_t twice[] = {1, 1, 0};
    const uint32_t beyond[] = {2};
    patron_itemset_result result;
    patron_itemset_baskets good = {2, offsets, items, 2};
    patron_itemset_baskets bad[] = {{2, backwards, items, 2},
                                    {2, late, items, 2},
                                    {2, offsets, twice, 2},
                                    {2, offsets, items, 1}};
    for (int i = 0; i < 4; ++i)
        assert_int_equal(patron_itemset_mine(&comm, &bad[i], &ALL, &result), PATRON_DATA);
    patron_itemset_options options[] = {ALL, ALL, ALL, ALL, ALL};
    options[0].min_count = 0;
    options[1].min_length = 0;
    options[2].threads = 0;
    options[3].include = options[4].exclude = beyond;
    options[3].include_count = options[4].exclude_count = 1;
    for (int i = 0; i < 5; ++i)
        assert_int_equal(patron_itemset_mine(&comm, &good, &options[i], &result), PATRON_USAGE);
    patron_itemset_result_free(&result);
}

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* 10 baskets; 4 hold the antecedent, 5 the consequent, 3 both. */
static void test_measures(void **state)
{
    (void)state;
    patron_itemset_measures m = patron_itemset_measure(10, 3, 4, 5);
    assert_near(m.support, 0.3);
    assert_near(m.confidence, 0.75);
    assert_near(m.lift, 1.5);
    assert_near(m.leverage, 0.1);
    assert_near(m.conviction, 2.0);
    assert_near(m.zhangs_metric, 0.1 / 0.18);
    assert_near(m.jaccard, 0.5);
}

static void test_measures_at_their_edges(void **state)
{
    (void)state;
    patron_itemset_measures sure = patron_itemset_measure(10, 4, 4, 5);
    assert_true(isinf(sure.conviction) && sure.conviction > 0.0);
    assert_near(sure.zhangs_metric, 0.2 / 0.24);
    patron_itemset_measures always = patron_itemset_measure(10, 10, 10, 10);
    assert_true(always.zhangs_metric == 0.0 && always.leverage == 0.0 && always.lift == 1.0);
    assert_true(isinf(always.conviction));
    patron_itemset_measures against = patron_itemset_measure(10, 1, 5, 5);
    assert_near(against.zhangs_metric, -0.15 / 0.2);
}

static void assert_min_count(double support, uint64_t baskets)
{
    uint64_t count = patron_itemset_min_count(support, baskets);
    double all = (double)baskets;
    if (count < 1 || (double)count / all < support ||
        (count > 1 && (double)(count - 1) / all >= support))
        fail_msg("%.17g of %llu baskets: %llu", support, (unsigned long long)baskets,
                 (unsigned long long)count);
}

static void test_min_count(void **state)
{
    (void)state;
    assert_int_equal(patron_itemset_min_count(0.001, 88162), 89);
    assert_int_equal(patron_itemset_min_count(1.0, 88162), 88162);
    assert_int_equal(patron_itemset_min_count(1e-300, 88162), 1);
    assert_int_equal(patron_itemset_min_count(0.5, 0), 1);
    static const uint64_t baskets[] = {1, 2, 3, 7, 10, 100000, 999999937, UINT64_C(1) << 53};
    for (size_t i = 0; i < sizeof baskets / sizeof baskets[0]; ++i)
        for (int k = 1; k <= 1000; ++k) {
            assert_min_count(k / 1000.0, baskets[i]);
            assert_min_count(nextafter(k / 1000.0, 0.0), baskets[i]);
        }
    assert_int_equal(patron_itemset_min_count(1.0, (UINT64_C(1) << 60) + 1) >> 53, 127);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_brute_force_wide),
        cmocka_unit_test(test_no_baskets),
        cmocka_unit_test(test_empty_baskets_count),
        cmocka_unit_test(test_items_of_every_basket),
        cmocka_unit_test(test_more_sets_than_64_bits_count),
        cmocka_unit_test(test_long_set),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_measures_at_their_edges),
        cmocka_unit_test(test_min_count),
    };
    MPI_Init(NULL, NULL);
    int failed = cmocka_run_group_tests_name("itemset", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
