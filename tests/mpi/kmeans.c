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

static uint64_t first_of(const test_table *table, cut how)
{
    return cut_at(how, table->count, test_comm.rank);
}

static uint64_t count_of(const test_table *table, cut how)
{
    return cut_at(how, table->count, test_comm.rank + 1) - first_of(table, how);
}

/* Fits all cuts with 1 and 2 threads; the first difference from the fit of one process, NULL if
 * there is none.  All ranks take the same steps. */
static const char *first_difference(const test_table *table, const patron_kmeans_options *options)
{
    const patron_comm self = patron_comm_self();
    test_fit whole =
        test_fit_table(&self, table, 0, table->count, 1, PATRON_KMEANS_ISA_AUTO, options);
    const char *difference = whole.status == PATRON_OK ? NULL : "status of one process";
    for (int how = 0; how < CUTS; ++how) {
        uint64_t first = first_of(table, (cut)how), count = count_of(table, (cut)how);
        patron_kmeans_isa isa =
            how == CUT_EVEN ? PATRON_KMEANS_ISA_GENERIC : PATRON_KMEANS_ISA_AUTO;
        test_fit part =
            test_fit_table(&test_comm, table, first, count, how == CUT_EVEN ? 2 : 1, isa, options);
        if (difference == NULL)
            difference = test_fit_difference(&whole, &part, first, count);
        test_fit_free(&part);
    }
    test_fit_free(&whole);
    return difference;
}

static void check_all_data(patron_kmeans_options options, uint64_t count, uint32_t columns)
{
    const char *difference = NULL;
    for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_FEW; ++values) {
        for (int weights = TEST_WEIGHTS_NONE; weights <= TEST_WEIGHTS_SPARSE; ++weights) {
            test_table rows = test_table_make(count, columns, (test_values)values,
                                              (test_weights)weights, options.seed);
            double *start = test_start(&rows, options.k, true);
            options.start = start;
            const char *fresh = first_difference(&rows, &options);
            difference = difference != NULL ? difference : fresh;
            free(start);
            test_table_free(&rows);
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

static void test_refinement(void **state)
{
    (void)state;
    patron_kmeans_options options = options_of(PATRON_KMEANS_RANDOM, 7);
    options.refine = 2;
    check_all_data(options, 700, 2);
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

/* More distinct rows than k always give k seeds; more restarts and refinement never give more
 * inertia. */
static void test_all_segments_are_found(void **state)
{
    (void)state;
    test_table rows = test_table_make(400, 3, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 21);
    uint64_t first = first_of(&rows, CUT_EVEN), count = count_of(&rows, CUT_EVEN);
    bool full = true, better = true;
    for (int init = PATRON_KMEANS_PARALLEL; init <= PATRON_KMEANS_RANDOM; ++init) {
        patron_kmeans_options options = options_of((patron_kmeans_init)init, 60);
        test_fit once =
            test_fit_table(&test_comm, &rows, first, count, 1, PATRON_KMEANS_ISA_AUTO, &options);
        options.restarts = 5;
        options.refine = 1;
        test_fit often =
            test_fit_table(&test_comm, &rows, first, count, 1, PATRON_KMEANS_ISA_AUTO, &options);
        full = full && once.status == PATRON_OK && often.status == PATRON_OK;
        full = full && once.result.k == 60 && often.result.k == 60;
        better = better && often.result.inertia <= once.result.inertia;
        test_fit_free(&once);
        test_fit_free(&often);
    }
    test_table_free(&rows);
    assert_true(full);
    assert_true(better);
}

/* Every rank gets the same verdict, also one without rows. */
static void test_errors(void **state)
{
    (void)state;
    test_table rows = test_table_make(4, 1, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 2);
    uint64_t first = first_of(&rows, CUT_LAST), count = count_of(&rows, CUT_LAST);
    patron_status status[3];
    float zeros[4] = {0.0F};
    patron_kmeans_options options = options_of(PATRON_KMEANS_PARALLEL, 5);
    for (int i = 0; i < 3; ++i) {
        test_table asked = {rows.count, rows.columns, rows.values, i == 2 ? zeros : NULL};
        options.k = i == 0 ? 5 : i == 1 ? 0 : 2;
        test_fit fit =
            test_fit_table(&test_comm, &asked, first, count, 1, PATRON_KMEANS_ISA_AUTO, &options);
        status[i] = fit.status;
        test_fit_free(&fit);
    }
    test_table_free(&rows);
    for (int i = 0; i < 3; ++i)
        assert_int_equal(status[i], PATRON_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_plusplus),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_refinement),
        cmocka_unit_test(test_no_iterations),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_all_segments_are_found),
        cmocka_unit_test(test_errors),
    };
    return test_mpi_main("kmeans", tests, sizeof tests / sizeof tests[0]);
}
