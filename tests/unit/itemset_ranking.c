/* SPDX-License-Identifier: Apache-2.0 */
/* The ranking of counts against sorting them; numbers of subsets against Pascal's triangle. */
#include "itemset/ranking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_subsets(void **state)
{
    (void)state;
    enum { MOST = 40 };
    uint64_t triangle[MOST + 1][MOST + 1] = {{0}};
    for (uint64_t n = 0; n <= MOST; ++n)
        for (uint64_t k = 0; k <= n; ++k)
            triangle[n][k] = k == 0 || k == n ? 1 : triangle[n - 1][k - 1] + triangle[n - 1][k];
    for (uint64_t n = 0; n <= MOST; ++n)
        for (uint64_t low = 0; low <= MOST; ++low) {
            uint64_t sum = 0;
            for (uint64_t high = low; high <= MOST; ++high) {
                sum += high <= n ? triangle[n][high] : 0;
                assert_int_equal(itemset_count_subsets(n, low, high), sum);
            }
            assert_int_equal(itemset_count_subsets(n, low, UINT32_MAX), sum);
        }
}

static void test_subsets_that_are_too_many(void **state)
{
    (void)state;
    assert_int_equal(itemset_count_subsets(63, 0, 63), UINT64_C(1) << 63);
    assert_int_equal(itemset_count_subsets(64, 0, 64), UINT64_MAX);
    assert_int_equal(itemset_count_subsets(200, 100, 100), UINT64_MAX);
    assert_int_equal(itemset_count_subsets(200, 199, UINT32_MAX), 201);
    assert_int_equal(itemset_count_subsets(200, 0, 2), 1 + 200 + 19900);
    assert_int_equal(itemset_count_subsets(UINT32_MAX, UINT32_MAX, UINT32_MAX), 1);
}

static int compare_falling(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a < b) - (a > b);
}

static void test_ranking(void **state)
{
    (void)state;
    enum { SETS = 500, FIRST = 3, MOST = 60 };
    const patron_comm self = patron_comm_self();
    const uint64_t wanted[] = {1, 2, 10, SETS - 1, SETS, SETS + 1, ITEMSET_MOST_RANKED};
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; ++i) {
        uint64_t counts[SETS];
        itemset_ranking ranking = {0};
        assert_int_equal(itemset_ranking_create(&ranking, wanted[i], FIRST, MOST), PATRON_OK);
        for (int set = 0; set < SETS; ++set) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            counts[set] = FIRST + (seed >> 33) % (MOST - FIRST + 1) * ((seed >> 60) % 2);
            itemset_ranking_add(&ranking, counts[set], 1);
        }
        qsort(counts, SETS, sizeof *counts, compare_falling);
        itemset_threshold found;
        assert_int_equal(itemset_ranking_settle(&self, &ranking, &found), PATRON_OK);
        assert_int_equal(found.is_reached, wanted[i] <= SETS);
        assert_int_equal(found.count, wanted[i] <= SETS ? counts[wanted[i] - 1] : FIRST);
        uint64_t above = 0;
        while (above < SETS && (!found.is_reached || counts[above] > found.count))
            ++above;
        assert_int_equal(found.above, above);
        itemset_ranking_free(&ranking);
    }
}

static void test_many_sets_of_one_count(void **state)
{
    (void)state;
    const patron_comm self = patron_comm_self();
    itemset_ranking ranking = {0};
    assert_int_equal(itemset_ranking_create(&ranking, 5, 1, 9), PATRON_OK);
    itemset_ranking_add(&ranking, 9, 4);
    assert_int_equal(itemset_ranking_least(&ranking), 1);
    itemset_ranking_add(&ranking, 2, UINT64_MAX);
    assert_int_equal(itemset_ranking_least(&ranking), 3);
    itemset_ranking_add(&ranking, 2, UINT64_MAX);
    itemset_ranking_add(&ranking, 7, UINT64_MAX);
    itemset_ranking_add(&ranking, 7, UINT64_MAX);
    assert_int_equal(itemset_ranking_least(&ranking), 8);
    itemset_threshold found;
    assert_int_equal(itemset_ranking_settle(&self, &ranking, &found), PATRON_OK);
    assert_int_equal(found.count, 7);
    assert_int_equal(found.above, 4);
    itemset_ranking_free(&ranking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subsets), cmocka_unit_test(test_subsets_that_are_too_many),
        cmocka_unit_test(test_ranking), cmocka_unit_test(test_many_sets_of_one_count)};
    return cmocka_run_group_tests_name("itemset_ranking", tests, NULL, NULL);
}
