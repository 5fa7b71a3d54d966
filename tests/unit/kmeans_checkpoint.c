/* SPDX-License-Identifier: Apache-2.0 */
/* A fit that goes on from any of its safe points ends with the same bits as one that was never
 * stopped. */
#include "kmeans_plain.h"
#include "patron/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST_POINTS = 400, ROWS = 300, COLUMNS = 3 };

/* What was saved at each safe point. */
typedef struct points {
    const patron_comm *comm;
    patron_checkpoint *at[MOST_POINTS];
    int count;
} points;

static patron_status save_nothing(void *argument, const patron_checkpoint *checkpoint)
{
    (void)argument;
    (void)checkpoint;
    return PATRON_OK;
}

static patron_status copy_records(void *argument, const patron_checkpoint *checkpoint)
{
    points *saved = argument;
    assert_true(saved->count < MOST_POINTS);
    patron_checkpoint *copy =
        patron_checkpoint_create(saved->comm, "copy", 1e9, save_nothing, NULL);
    for (uint64_t i = 0; i < patron_checkpoint_count(checkpoint); ++i) {
        patron_unpacking record;
        patron_packing packing = {0};
        const char *name = patron_checkpoint_at(checkpoint, i, &record);
        patron_pack(&packing, record.bytes, record.left);
        assert_int_equal(patron_checkpoint_keep(copy, name, &packing), PATRON_OK);
    }
    saved->at[saved->count++] = copy;
    return PATRON_OK;
}

/* Goes on from every safe point; returns how many there were, and in `rounds` the refinement's. */
static int go_on_from_everywhere(patron_kmeans_options options, uint32_t *rounds)
{
    const patron_comm self = patron_comm_self();
    points saved = {.comm = &self};
    test_table rows = test_table_make(ROWS, COLUMNS, TEST_VALUES_SMOOTH, TEST_WEIGHTS_MIXED, 21);
    test_fit plain = test_fit_table(&self, &rows, 0, ROWS, 1, PATRON_KMEANS_ISA_AUTO, &options);
    assert_int_equal(plain.status, PATRON_OK);
    *rounds = plain.result.refine_rounds;
    options.checkpoint = patron_checkpoint_create(&self, "all", 0.0, copy_records, &saved);
    test_fit kept = test_fit_table(&self, &rows, 0, ROWS, 1, PATRON_KMEANS_ISA_AUTO, &options);
    assert_null(test_fit_difference(&plain, &kept, 0, ROWS));
    test_fit_free(&kept);
    patron_checkpoint_free(options.checkpoint);
    for (int i = 0; i < saved.count; ++i) {
        options.checkpoint = saved.at[i];
        test_fit fit =
            test_fit_table(&self, &rows, 0, ROWS, 1 + i % 2, PATRON_KMEANS_ISA_AUTO, &options);
        const char *difference = test_fit_difference(&plain, &fit, 0, ROWS);
        if (difference != NULL)
            fail_msg("%s differs after safe point %d of %d", difference, i, saved.count);
        assert_int_equal(fit.result.refine_rounds, plain.result.refine_rounds);
        assert_int_equal(fit.result.refine_taken, plain.result.refine_taken);
        test_fit_free(&fit);
        patron_checkpoint_free(saved.at[i]);
    }
    test_fit_free(&plain);
    test_table_free(&rows);
    return saved.count;
}

static patron_kmeans_options options_of(patron_kmeans_init init, uint32_t restarts, uint32_t refine)
{
    return (patron_kmeans_options){.k = 7,
                                   .init = init,
                                   .max_iterations = 12,
                                   .restarts = restarts,
                                   .refine = refine,
                                   .seed = 3};
}

static void test_seedings(void **state)
{
    (void)state;
    uint32_t rounds = 0;
    const patron_kmeans_init inits[] = {PATRON_KMEANS_PARALLEL, PATRON_KMEANS_PLUSPLUS,
                                        PATRON_KMEANS_RANDOM};
    for (size_t i = 0; i < sizeof inits / sizeof inits[0]; ++i)
        assert_true(go_on_from_everywhere(options_of(inits[i], 1, 0), &rounds) > 3);
}

static void test_restarts(void **state)
{
    (void)state;
    uint32_t rounds = 0;
    assert_true(go_on_from_everywhere(options_of(PATRON_KMEANS_PARALLEL, 3, 0), &rounds) > 15);
}

static void test_refinement(void **state)
{
    (void)state;
    uint32_t rounds = 0;
    for (uint32_t restarts = 1; restarts <= 2; ++restarts) {
        assert_true(go_on_from_everywhere(options_of(PATRON_KMEANS_RANDOM, restarts, 2), &rounds) >
                    10);
        assert_true(rounds > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seedings),
                                       cmocka_unit_test(test_restarts),
                                       cmocka_unit_test(test_refinement)};
    return cmocka_run_group_tests_name("kmeans_checkpoint", tests, NULL, NULL);
}
