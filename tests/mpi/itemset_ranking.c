/* SPDX-License-Identifier: Apache-2.0 */
/* The threshold over the counts of all ranks against sorting them, where counts have one digit of
 * the search, and where they have several. */
#include "mpi_main.h"

#include "itemset/ranking.h"

#include <stdlib.h>

enum { SETS = 3000 };

/* Count `set` of those of all ranks: few that are high, and many low ones that come often. */
static uint64_t count_at(uint64_t first, uint64_t most, int set)
{
    uint64_t seed = (uint64_t)set * UINT64_C(6364136223846793005) + 1442695040888963407;
    uint64_t spread = most - first + 1;
    return first + (seed >> 33) % spread / (1 + (seed >> 7) % 97 * ((seed >> 20) % 89));
}

static int compare_falling(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a < b) - (a > b);
}

static void check(uint64_t first, uint64_t most, uint64_t wanted)
{
    uint64_t counts[SETS];
    itemset_ranking ranking = {0};
    itemset_threshold found = {0};
    patron_status created = itemset_ranking_create(&ranking, wanted, first, most);
    for (int set = 0; set < SETS; ++set) {
        counts[set] = count_at(first, most, set);
        if (created == PATRON_OK && set % test_comm.size == test_comm.rank)
            itemset_ranking_add(&ranking, counts[set], 1);
    }
    patron_status settled = itemset_ranking_settle(&test_comm, &ranking, &found);
    uint64_t held_counts = ranking.held_counts;
    itemset_ranking_free(&ranking);
    qsort(counts, SETS, sizeof *counts, compare_falling);
    assert_int_equal(created, PATRON_OK);
    assert_int_equal(settled, PATRON_OK);
    assert_int_equal(found.is_reached, wanted <= SETS);
    assert_int_equal(found.count, wanted <= SETS ? counts[wanted - 1] : first);
    uint64_t above = 0;
    while (above < SETS && (!found.is_reached || counts[above] > found.count))
        ++above;
    assert_int_equal(found.above, above);
    assert_true(held_counts <= wanted);
}

static void test_settle(void **state)
{
    (void)state;
    const uint64_t most[] = {1, 2, 255, 256, 257, 65537, UINT64_C(5000000000), UINT64_MAX >> 1};
    const uint64_t wanted[] = {1, 2, 50, SETS - 1, SETS, SETS + 1, ITEMSET_MOST_RANKED};
    for (size_t i = 0; i < sizeof most / sizeof *most; ++i)
        for (size_t j = 0; j < sizeof wanted / sizeof *wanted; ++j) {
            check(1, most[i], wanted[j]);
            check(most[i], most[i] + 300, wanted[j]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_settle)};
    return test_mpi_main("itemset_ranking", tests, sizeof tests / sizeof *tests);
}
