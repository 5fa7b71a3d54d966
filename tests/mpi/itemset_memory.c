/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of one rank fails in its turn: all ranks end with the same status, none waits.
 * The allocator below takes the place of the library's. */
#include "group_oracle.h"
#include "mpi_main.h"

#include "patron/memory.h"

#include <stdlib.h>

/* Allocations until one fails; below 0: none does. */
static long left = -1;

static bool fails(void)
{
    if (__atomic_load_n(&left, __ATOMIC_SEQ_CST) < 0 ||
        __atomic_fetch_sub(&left, 1, __ATOMIC_SEQ_CST) != 0)
        return false;
    patron_fail(PATRON_RESOURCE, "out of memory by order of the test");
    return true;
}

void *patron_allocate(uint64_t count, uint64_t size)
{
    return fails() ? NULL : calloc(count + 1, size);
}

void *patron_reallocate(void *old, uint64_t count, uint64_t size)
{
    return fails() ? NULL : realloc(old, (count + 1) * size);
}

void patron_expect_filled(void *memory, uint64_t bytes)
{
    (void)memory;
    (void)bytes;
}

char *patron_copy_text(const char *text)
{
    (void)text;
    return NULL;
}

static oracle_case drawn;

/* One run of `drawn`, and whether it is right where it ends well. */
typedef patron_status (*one_run)(bool *is_right);

static patron_status mine(bool *is_right)
{
    patron_itemset_result result;
    patron_status status = oracle_mine(&test_comm, &drawn, test_comm.size, &result);
    *is_right = status != PATRON_OK || oracle_agrees(&drawn, &result);
    patron_itemset_result_free(&result);
    return status;
}

static patron_status mine_groups(bool *is_right)
{
    grouped_result result;
    patron_status status = grouped_run(&test_comm, &drawn, &result);
    *is_right = status != PATRON_OK || result.rules.rules.total > 0;
    grouped_free(&result);
    return status;
}

/* Fails every step-th allocation of `rank` until `run` needs fewer; returns how many it needs,
 * or 0 where some rank did not report the failure. */
static long fail_each(one_run run, int rank, long step)
{
    for (long allocation = 0;; allocation += step) {
        bool is_right = false;
        __atomic_store_n(&left, test_comm.rank == rank ? allocation : -1, __ATOMIC_SEQ_CST);
        patron_status status = run(&is_right);
        int64_t reached = test_comm.rank == rank && __atomic_load_n(&left, __ATOMIC_SEQ_CST) < 0;
        patron_comm_reduce_i64(&test_comm, &reached, 1, PATRON_MAX);
        __atomic_store_n(&left, -1, __ATOMIC_SEQ_CST);
        int64_t right = reached != 0 ? status == PATRON_RESOURCE : status == PATRON_OK;
        right = right && is_right;
        patron_comm_reduce_i64(&test_comm, &right, 1, PATRON_MIN);
        if (right == 0)
            return 0;
        if (reached == 0)
            return allocation;
    }
}

static void test_every_allocation(void **state)
{
    (void)state;
    long needed = 1;
    oracle_draw(5, &drawn);
    drawn.options.rules = true;
    drawn.options.kind = PATRON_ITEMSET_CLOSED;
    drawn.options.min_confidence = drawn.options.min_lift = 0.0;
    drawn.options.max_consequent = 3;
    drawn.options.prune_redundant = true;
    drawn.options.significance = 0.9;
    drawn.options.top_rules = 2;
    drawn.options.count_only = false;
    for (int threads = 1; threads <= 2 && needed > 0; ++threads) {
        drawn.options.threads = threads;
        for (int rank = 0; rank < test_comm.size && needed > 0; ++rank)
            needed = fail_each(mine, rank, 1);
    }
    assert_true(needed > 60);
}

static void test_allocations_of_groups(void **state)
{
    (void)state;
    oracle_draw(2, &drawn);
    drawn.options.rules = true;
    drawn.options.min_count = 1;
    drawn.options.min_confidence = drawn.options.min_lift = 0.0;
    drawn.options.count_only = false;
    drawn.options.threads = 1;
    assert_true(fail_each(mine_groups, test_comm.size - 1, 5) > 200);
}

static void test_every_allocation_of_judged_sets(void **state)
{
    (void)state;
    oracle_draw(5, &drawn);
    drawn.options.rules = false;
    drawn.options.kind = PATRON_ITEMSET_CLOSED;
    drawn.options.count_only = false;
    drawn.options.threads = 1;
    long needed = 1;
    for (int rank = 0; rank < test_comm.size && needed > 0; ++rank)
        needed = fail_each(mine, rank, 1);
    assert_true(needed > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation),
        cmocka_unit_test(test_every_allocation_of_judged_sets),
        cmocka_unit_test(test_allocations_of_groups),
    };
    return test_mpi_main("itemset_memory", tests, sizeof tests / sizeof tests[0]);
}
