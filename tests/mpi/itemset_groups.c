/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets by group: counts by one process against looking at every basket, and slices of several
 * ranks against those of one. */
#include "group_oracle.h"
#include "mpi_main.h"

enum { CASES = 40, WIDE_CASES = 1 };

static oracle_case drawn;

/* A group has fewer baskets than all together. */
static void draw_rules(uint64_t seed, void (*draw)(uint64_t, oracle_case *))
{
    draw(seed, &drawn);
    drawn.options.rules = true;
    drawn.options.count_only = false;
    drawn.options.min_count = (drawn.options.min_count + 1) / 2;
}

/* The first case that differs on this rank, or `cases`; *rules is the number of rules of all. */
static uint64_t first_difference(const patron_comm *comm, uint64_t cases,
                                 void (*draw)(uint64_t, oracle_case *), uint64_t *rules)
{
    const patron_comm self = patron_comm_self();
    uint64_t first = cases;
    *rules = 0;
    for (uint64_t seed = 0; seed < cases; ++seed) {
        grouped_result whole, slice;
        draw_rules(seed, draw);
        bool agrees = grouped_run(&self, &drawn, &whole) == PATRON_OK;
        agrees = grouped_run(comm, &drawn, &slice) == PATRON_OK && agrees;
        agrees = agrees && grouped_is_slice(&slice, &whole) &&
                 (test_comm.rank > 0 || grouped_agrees(&drawn, &whole));
        if (first == cases && !agrees)
            first = seed;
        *rules += whole.rules.rules.count;
        grouped_free(&whole);
        grouped_free(&slice);
    }
    return first;
}

static void test_brute_force(void **state)
{
    (void)state;
    uint64_t rules = 0;
    assert_int_equal(first_difference(&test_comm, CASES, oracle_draw, &rules), CASES);
    assert_true(rules > CASES);
}

static void test_brute_force_wide(void **state)
{
    (void)state;
    uint64_t rules = 0;
    assert_int_equal(first_difference(&test_comm, WIDE_CASES, oracle_draw_wide, &rules),
                     WIDE_CASES);
    assert_true(rules > 100);
}

/* Rules are shown four at a time. */
static void test_brute_force_in_pieces(void **state)
{
    (void)state;
    uint64_t rules = 0;
    patron_comm comm = test_comm;
    comm.piece = 40;
    assert_int_equal(first_difference(&comm, CASES / 2, oracle_draw, &rules), CASES / 2);
    assert_true(rules > CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brute_force),
        cmocka_unit_test(test_brute_force_wide),
        cmocka_unit_test(test_brute_force_in_pieces),
    };
    return test_mpi_main("itemset_groups", tests, sizeof tests / sizeof tests[0]);
}
