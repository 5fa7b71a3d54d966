/* SPDX-License-Identifier: Apache-2.0 */
/* The same bits on any number of ranks and threads as on one process that holds all rows. */
#include "kmeans_plain.h"
#include "mpi_main.h"

#include <float.h>
#include <stdlib.h>

/* How rows are cut: evenly; one on the last rank but one and the rest on the last; all on the last.
 */
typedef enum cut { CUT_EVEN, CUT_SKEWED, CUT_LAST, CUTS } cut;

static uint64_t cut_at(cut how, uint64_t count, int rank)
{
    uint64_t size = (uint64_t)test_comm.size;
    if ((uint64_t)rank == size)
        return count;
    if (how == CUT_EVEN)
        return count * (uint64_t)rank / size;
    return how == CUT_SKEWED && rank > 0 && rank == test_comm.size - 1 ? 1 : 0;
}

static patron_kmeans_rows shard_of(const patron_kmeans_rows *rows, cut how)
{
    uint64_t first = cut_at(how, rows->count, test_comm.rank);
    uint64_t end = cut_at(how, rows->count, test_comm.rank + 1);
    return (patron_kmeans_rows){end - first, rows->columns, rows->values + first * rows->columns,
                                rows->weight == NULL ? NULL : rows->weight + first,
                                rows->row + first};
}

/* Fits all cuts with 1 and 2 threads; the first difference from the fit of one process, NULL if
 * there is none.  All ranks take the same steps. */
static const char *first_difference(const patron_kmeans_rows *rows, patron_kmeans_options options)
{
    const patron_comm self = patron_comm_self();
    patron_kmeans_result whole, part;
    const char *difference = NULL;
    options.threads = 1;
    if (patron_kmeans_fit(&self, rows, &options, &whole) != PATRON_OK)
        difference = "status of one process";
    for (int how = 0; how < CUTS; ++how) {
        patron_kmeans_rows shard = shard_of(rows, (cut)how);
        options.threads = how == CUT_EVEN ? 2 : 1;
        options.isa = how == CUT_EVEN ? PATRON_KMEANS_ISA_GENERIC : PATRON_KMEANS_ISA_AUTO;
        patron_status status = patron_kmeans_fit(&test_comm, &shard, &options, &part);
        if (status != PATRON_OK)
            difference = "status";
        else if (difference == NULL)
            difference = test_result_difference(
                &whole, &part, cut_at((cut)how, rows->count, test_comm.rank), shard.count);
        patron_kmeans_result_free(&part);
    }
    patron_kmeans_result_free(&whole);
    return difference;
}

static void check_all_data(patron_kmeans_options options, uint64_t count, uint32_t columns)
{
    const char *difference = NULL;
    for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_FEW; ++values) {
        for (int weights = TEST_WEIGHTS_NONE; weights <= TEST_WEIGHTS_SPARSE; ++weights) {
            patron_kmeans_rows rows = test_rows_make(count, columns, (test_values)values,
                                                     (test_weights)weights, options.seed);
            double *start = test_start(&rows, options.k, true);
            options.start = start;
            const char *fresh = first_difference(&rows, options);
            difference = difference != NULL ? difference : fresh;
            free(start);
            test_rows_free(&rows);
        }
    }
    if (difference != NULL)
        fail_msg("%s differs", difference);
}

static patron_kmeans_options options_of(patron_kmeans_init init, uint32_t k)
{
    return (patron_kmeans_options){
        .k = k, .init = init, .max_iterations = 20, .tolerance = 1e-4, .restarts = 1, .seed = 3};
}

/* Repeated centroids in the start: empty clusters take rows. */
static void test_given(void **state)
{
    (void)state;
    check_all_data(options_of(PATRON_KMEANS_GIVEN, 13), 700, 3);
}

static void test_random(void **state)
{
    (void)state;
    check_all_data(options_of(PATRON_KMEANS_RANDOM, 11), 600, 4);
}

static void test_plusplus(void **state)
{
    (void)state;
    check_all_data(options_of(PATRON_KMEANS_PLUSPLUS, 9), 500, 3);
}

static void test_parallel(void **state)
{
    (void)state;
    check_all_data(options_of(PATRON_KMEANS_PARALLEL, 12), 900, 5);
}

static void test_restarts(void **state)
{
    (void)state;
    patron_kmeans_options options = options_of(PATRON_KMEANS_RANDOM, 7);
    options.restarts = 4;
    check_all_data(options, 300, 2);
    options.init = PATRON_KMEANS_PARALLEL;
    check_all_data(options, 300, 2);
}

static void test_no_iterations(void **state)
{
    (void)state;
    patron_kmeans_options options = options_of(PATRON_KMEANS_GIVEN, 6);
    options.max_iterations = 0;
    check_all_data(options, 100, 2);
}

/* Fewer rows than ranks times k, and a cluster for every row. */
static void test_few_rows(void **state)
{
    (void)state;
    for (int init = PATRON_KMEANS_PARALLEL; init <= PATRON_KMEANS_GIVEN; ++init) {
        check_all_data(options_of((patron_kmeans_init)init, 1), 1, 2);
        check_all_data(options_of((patron_kmeans_init)init, 5), 5, 2);
    }
}

/* More distinct rows than k always give k seeds; more restarts never give more inertia. */
static void test_all_segments_are_found(void **state)
{
    (void)state;
    patron_kmeans_rows rows = test_rows_make(400, 3, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 21);
    patron_kmeans_rows shard = shard_of(&rows, CUT_EVEN);
    patron_kmeans_result once = {0}, often = {0};
    bool full = true, better = true;
    for (int init = PATRON_KMEANS_PARALLEL; init <= PATRON_KMEANS_RANDOM; ++init) {
        patron_kmeans_options options = options_of((patron_kmeans_init)init, 60);
        options.threads = 1;
        full = patron_kmeans_fit(&test_comm, &shard, &options, &once) == PATRON_OK && full;
        options.restarts = 5;
        full = patron_kmeans_fit(&test_comm, &shard, &options, &often) == PATRON_OK && full;
        full = full && once.k == 60 && often.k == 60;
        better = better && often.inertia <= once.inertia;
        patron_kmeans_result_free(&once);
        patron_kmeans_result_free(&often);
    }
    test_rows_free(&rows);
    assert_true(full);
    assert_true(better);
}

/* Every rank gets the same verdict, also one without rows. */
static void test_errors(void **state)
{
    (void)state;
    patron_kmeans_rows rows = test_rows_make(4, 1, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 2);
    patron_kmeans_rows shard = shard_of(&rows, CUT_LAST);
    patron_kmeans_result result;
    patron_kmeans_options options = options_of(PATRON_KMEANS_PARALLEL, 5);
    patron_status above = patron_kmeans_fit(&test_comm, &shard, &options, &result);
    options.k = 0;
    patron_status none = patron_kmeans_fit(&test_comm, &shard, &options, &result);
    options.k = 2;
    const float zeros[4] = {0.0F};
    shard.weight = zeros;
    patron_status weightless = patron_kmeans_fit(&test_comm, &shard, &options, &result);
    test_rows_free(&rows);
    assert_int_equal(above, PATRON_DATA);
    assert_int_equal(none, PATRON_DATA);
    assert_int_equal(weightless, PATRON_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given),    cmocka_unit_test(test_random),
        cmocka_unit_test(test_plusplus), cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_restarts), cmocka_unit_test(test_no_iterations),
        cmocka_unit_test(test_few_rows), cmocka_unit_test(test_all_segments_are_found),
        cmocka_unit_test(test_errors),
    };
    return test_mpi_main("kmeans", tests, sizeof tests / sizeof tests[0]);
}
