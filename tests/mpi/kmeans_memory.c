/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out on one rank, at each allocation in turn: every rank returns RESOURCE and
 * none is left waiting.  The allocation functions here stand in for the library's. */
#include "patron/memory.h"

#include "kmeans_plain.h"
#include "mpi_main.h"

#include <stdlib.h>
#include <string.h>

static int64_t allocations_left = INT64_MAX;

static bool is_granted(void)
{
    bool granted = allocations_left > 0;
    if (granted)
        --allocations_left;
    else
        patron_fail(PATRON_RESOURCE, "out of memory, as told");
    return granted;
}

void *patron_allocate(uint64_t count, uint64_t size)
{
    return is_granted() ? calloc(count > 0 ? count : 1, size > 0 ? size : 1) : NULL;
}

void *patron_reallocate(void *old, uint64_t count, uint64_t size)
{
    return is_granted() ? realloc(old, count > 0 && size > 0 ? count * size : 1) : NULL;
}

void *patron_allocate_aligned(uint64_t count, uint64_t size, void **memory)
{
    uint64_t bytes = (count * size / PATRON_ALIGNMENT + 1) * PATRON_ALIGNMENT;
    *memory = is_granted() ? aligned_alloc(PATRON_ALIGNMENT, bytes) : NULL;
    return *memory == NULL ? NULL : memset(*memory, 0, bytes);
}

char *patron_copy_text(const char *text)
{
    return is_granted() ? strdup(text) : NULL;
}

/* The next allocation to fail; those of the many small fits over cells are much alike. */
static int64_t next_after(int64_t granted)
{
    return granted + (granted < 300 ? 1 : 11);
}

/* Lets allocation after allocation of the last rank fail, until a fit succeeds. */
static void check_init(patron_kmeans_init init, test_values values)
{
    test_table table = test_table_make(200, 2, values, TEST_WEIGHTS_NONE, 4);
    double *start = test_start(&table, 6, true);
    const patron_rows_shape shape = {.first = table.count * (uint64_t)test_comm.rank,
                                     .count = table.count,
                                     .columns = table.columns,
                                     .threads = 1};
    const patron_kmeans_options options = {.k = 6,
                                           .init = init,
                                           .start = start,
                                           .max_iterations = 70,
                                           .tolerance = 1e-4,
                                           .restarts = 2,
                                           .refine = 1};
    int64_t granted = 0;
    bool as_expected = true;
    patron_status status = PATRON_RESOURCE;
    for (; status != PATRON_OK && as_expected && granted < 100000; granted = next_after(granted)) {
        patron_rows rows = {0};
        test_fit fit = {0};
        allocations_left = test_comm.rank == test_comm.size - 1 ? granted : INT64_MAX;
        status = patron_comm_agree(&test_comm, patron_rows_pack(table.values, NULL, &shape, &rows));
        if (status == PATRON_OK) {
            fit = test_fit_rows(&test_comm, &rows, PATRON_KMEANS_ISA_AUTO, &options);
            status = fit.status;
        }
        allocations_left = INT64_MAX;
        as_expected =
            status == PATRON_OK || (status == PATRON_RESOURCE && fit.result.centroids == NULL);
        int64_t all = as_expected;
        patron_comm_reduce_i64(&test_comm, &all, 1, PATRON_MIN);
        as_expected = all != 0;
        test_fit_free(&fit);
        patron_rows_free(&rows);
    }
    free(start);
    test_table_free(&table);
    assert_true(as_expected);
    assert_int_equal(status, PATRON_OK);
    assert_true(granted > 10);
}

static void test_given(void **state)
{
    (void)state;
    check_init(PATRON_KMEANS_GIVEN, TEST_VALUES_SMOOTH);
    check_init(PATRON_KMEANS_GIVEN, TEST_VALUES_FEW);
}

static void test_random(void **state)
{
    (void)state;
    check_init(PATRON_KMEANS_RANDOM, TEST_VALUES_LATTICE);
}

static void test_plusplus(void **state)
{
    (void)state;
    check_init(PATRON_KMEANS_PLUSPLUS, TEST_VALUES_FEW);
}

static void test_parallel(void **state)
{
    (void)state;
    check_init(PATRON_KMEANS_PARALLEL, TEST_VALUES_SMOOTH);
    check_init(PATRON_KMEANS_PARALLEL, TEST_VALUES_FEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_plusplus),
        cmocka_unit_test(test_parallel),
    };
    return test_mpi_main("kmeans_memory", tests, sizeof tests / sizeof tests[0]);
}
