/* SPDX-License-Identifier: Apache-2.0 */
/* The filter and the kernels behind it, of every instruction set that this processor has, against
 * plain loops on data made to mislead float32. */
#include "kmeans/pass.h"
#include "kmeans_plain.h"
#include "patron/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef enum hostile {
    HOSTILE_NEAR_TIES,      /* centroids that differ by a few last bits */
    HOSTILE_EQUAL_ROWS,     /* one row, again and again */
    HOSTILE_BOTH_ENDS,      /* 1e30 and 1e-30 in one column */
    HOSTILE_FAR,            /* mean 1e6, spread 1 */
    HOSTILE_DENORMAL,       /* below the least normal float32 */
    HOSTILE_GREATEST,       /* close to the greatest float32 */
    HOSTILE_SQUARES_VANISH, /* squares below float32's range, not below float64's */
    HOSTILE_GRID,           /* many exact ties */
    HOSTILE_KINDS
} hostile;

static double draw(uint64_t seed, uint64_t row, uint64_t column)
{
    return patron_random_unit(seed, PATRON_PURPOSE_SAMPLE_ROW, row, (uint32_t)column);
}

static float hostile_value(hostile kind, uint64_t seed, uint64_t row, uint64_t column)
{
    double unit = draw(seed, row, column);
    switch (kind) {
    case HOSTILE_NEAR_TIES:
        return 1.0F + FLT_EPSILON * (float)floor(4.0 * unit);
    case HOSTILE_EQUAL_ROWS:
        return (float)draw(seed, 0, column);
    case HOSTILE_BOTH_ENDS:
        return (float)((unit - 0.5) * (row % 2 == 0 ? 1e30 : 1e-30));
    case HOSTILE_FAR:
        return (float)(1e6 + unit);
    case HOSTILE_DENORMAL:
        return (float)((unit - 0.5) * 1e-40);
    case HOSTILE_GREATEST:
        return (float)((unit - 0.5) * 1.9) * FLT_MAX;
    case HOSTILE_SQUARES_VANISH:
        return (float)((unit - 0.5) * 1e-22);
    case HOSTILE_GRID:
    default:
        return floorf((float)unit * 3.0F);
    }
}

static test_table hostile_table(hostile kind, uint64_t count, uint32_t columns,
                                test_weights weights)
{
    test_table table = test_table_make(count, columns, TEST_VALUES_SMOOTH, weights, count);
    for (uint64_t i = 0; i < count * columns; ++i)
        table.values[i] = hostile_value(kind, count, i / columns, i % columns);
    return table;
}

/* ---- labels and distances of one assignment ---- */

/* Rows of the data, each a little off, so that they are no float32 values. */
static double *hostile_centroids(const test_table *rows, uint32_t k)
{
    double *centroids = test_start(rows, k, false);
    for (uint64_t i = 0; i < (uint64_t)k * rows->columns; ++i)
        centroids[i] *= 1.0 + 0x1p-30 * (double)(i % 3);
    return centroids;
}

static double plain_distance(const float *row, const double *centroid, uint32_t columns)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < columns; ++j) {
        double difference = (double)row[j] - centroid[j];
        sum += difference * difference;
    }
    return sum;
}

static void assert_nearest(const test_table *table, const int32_t *labels, const double *centroids,
                           uint32_t k)
{
    uint32_t columns = table->columns;
    for (uint64_t i = 0; i < table->count; ++i) {
        const float *row = table->values + i * columns;
        double least = INFINITY;
        int32_t nearest = 0;
        for (uint32_t c = 0; c < k; ++c) {
            double distance = plain_distance(row, centroids + (uint64_t)c * columns, columns);
            if (distance < least) {
                least = distance;
                nearest = (int32_t)c;
            }
        }
        assert_int_equal(labels[i], nearest);
    }
}

/* An engine on one thread, and room to search among centroids. */
typedef struct bench {
    test_engine of;
    kmeans_search search;
} bench;

static void set_up(const test_table *table, uint32_t k, patron_kmeans_isa isa, bench *made)
{
    assert_int_equal(test_engine_create(table, 0, 1, isa, &made->of), PATRON_OK);
    assert_int_equal(kmeans_search_create(made->of.engine, k, &made->search), PATRON_OK);
}

static void tear_down(bench *made)
{
    kmeans_search_free(&made->search);
    test_engine_free(&made->of);
}

static void compare_assignment(const test_table *table, uint32_t k, patron_kmeans_isa isa)
{
    double *centroids = hostile_centroids(table, k);
    kmeans_assignment assignment;
    bench made;
    set_up(table, k, isa, &made);
    kmeans_search_fill(made.of.engine, centroids, k, &made.search);
    for (int coarse = 0; coarse <= (made.of.engine->kernels.coarse != NULL ? 1 : 0); ++coarse) {
        kmeans_pass pass = {.engine = made.of.engine,
                            .search = &made.search,
                            .is_first = true,
                            .is_coarse = coarse != 0};
        memset(made.of.engine->labels, -1, table->count * sizeof *made.of.engine->labels);
        assert_int_equal(kmeans_assign(&pass, &assignment), PATRON_OK);
        assert_nearest(table, made.of.engine->labels, centroids, k);
        assert_int_equal(assignment.moved, table->count);
    }
    tear_down(&made);
    free(centroids);
}

/* Calls `compare` for every usable instruction set. */
static void each_isa(const test_table *rows, uint32_t k,
                     void (*compare)(const test_table *, uint32_t, patron_kmeans_isa))
{
    for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
        kmeans_kernel_set set = kmeans_kernel_set_at(number);
        if (set.is_usable)
            compare(rows, k, set.isa);
    }
}

static void test_assignment_equals_plain_loop(void **state)
{
    (void)state;
    const uint32_t columns[] = {1, 2, 3, 7, 16, 33, 128, 300};
    const uint64_t counts[] = {1, 63, 64, 65, 150};
    for (int kind = 0; kind < HOSTILE_KINDS; ++kind) {
        for (size_t d = 0; d < sizeof columns / sizeof columns[0]; ++d) {
            for (size_t n = 0; n < sizeof counts / sizeof counts[0]; ++n) {
                test_table rows =
                    hostile_table((hostile)kind, counts[n], columns[d], TEST_WEIGHTS_NONE);
                for (uint32_t k = 1; k <= counts[n] && k <= 40; k += k < 18 ? 1 : 11)
                    each_isa(&rows, k, compare_assignment);
                each_isa(&rows, (uint32_t)counts[n], compare_assignment);
                test_table_free(&rows);
            }
        }
    }
}

/* ---- fits ---- */

static void compare_fit(const test_table *rows, uint32_t k, patron_kmeans_isa isa)
{
    const patron_comm self = patron_comm_self();
    double *start = test_start(rows, k, false);
    patron_kmeans_options options = {
        .k = k, .init = PATRON_KMEANS_GIVEN, .start = start, .max_iterations = 25, .restarts = 1};
    test_fit plain = test_fit_plainly(rows, &options);
    test_fit fit = test_fit_table(&self, rows, 0, rows->count, 2, isa, &options);
    const char *difference = test_fit_difference(&plain, &fit, 0, rows->count);
    if (difference != NULL)
        fail_msg("%s differs: %u rows, %u columns, k %u, isa %d", difference, (unsigned)rows->count,
                 rows->columns, k, (int)isa);
    test_fit_free(&fit);
    test_fit_free(&plain);
    free(start);
}

static void test_fit_equals_plain_loop(void **state)
{
    (void)state;
    for (int kind = 0; kind < HOSTILE_KINDS; ++kind) {
        for (int weights = TEST_WEIGHTS_NONE; weights <= TEST_WEIGHTS_SPARSE; ++weights) {
            test_table rows = hostile_table((hostile)kind, 200, 3, (test_weights)weights);
            each_isa(&rows, 20, compare_fit);
            test_table_free(&rows);
        }
    }
}

/* Enough centroids for bounds and hot sets, and iterations until few rows move. */
static void test_pruned_fit_equals_plain_loop(void **state)
{
    (void)state;
    const struct {
        uint64_t count;
        uint32_t columns, k;
    } shapes[] = {{700, 16, 64}, {1500, 1, 1024}, {500, 90, 13}, {400, 40, 400}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; ++s) {
        for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_FEW; ++values) {
            test_table rows =
                test_table_make(shapes[s].count, shapes[s].columns, (test_values)values,
                                s % 2 == 0 ? TEST_WEIGHTS_NONE : TEST_WEIGHTS_MIXED, s);
            each_isa(&rows, shapes[s].k, compare_fit);
            test_table_free(&rows);
        }
    }
    for (int kind = 0; kind < HOSTILE_KINDS; ++kind) {
        test_table rows = hostile_table((hostile)kind, 300, 20, TEST_WEIGHTS_NONE);
        each_isa(&rows, 52, compare_fit);
        test_table_free(&rows);
    }
}

/* No row lies nearer to another centroid than its bound says. */
static void assert_bounds(const test_table *table, const int32_t *labels, const float *lower,
                          const double *centroids, uint32_t k)
{
    uint32_t columns = table->columns;
    for (uint64_t i = 0; i < table->count; ++i)
        for (uint32_t c = 0; c < k; ++c)
            if (labels[i] != (int32_t)c)
                assert_true((double)lower[i] * (double)lower[i] <=
                            plain_distance(table->values + i * columns,
                                           centroids + (uint64_t)c * columns, columns) *
                                    (1.0 + 1e-12) +
                                0x1p-1000);
}

/* Bounds after each of some passes, between which centroids move, most of them little. */
static void compare_bounds(const test_table *table, uint32_t k, patron_kmeans_isa isa)
{
    double *centroids = hostile_centroids(table, k);
    kmeans_bounds bounds;
    kmeans_assignment assignment;
    bench made;
    set_up(table, k, isa, &made);
    assert_int_equal(kmeans_bounds_create(made.of.engine, k, &bounds), PATRON_OK);
    assert_true(bounds.is_kept);
    for (int number = 0; number < 4; ++number) {
        kmeans_pass pass = {.engine = made.of.engine,
                            .search = &made.search,
                            .bounds = &bounds,
                            .is_first = number == 0,
                            .is_coarse = number < 2 && made.of.engine->kernels.coarse != NULL};
        for (uint64_t i = 0; number > 0 && i < (uint64_t)k * table->columns; ++i)
            centroids[i] *= 1.0 + (i % 7 == 0 ? 1e-3 : 1e-9);
        kmeans_search_fill(made.of.engine, centroids, k, &made.search);
        assert_int_equal(kmeans_assign(&pass, &assignment), PATRON_OK);
        assert_bounds(table, made.of.engine->labels, bounds.lower, centroids, k);
    }
    kmeans_bounds_free(&bounds);
    tear_down(&made);
    free(centroids);
}

static void test_bounds_are_bounds(void **state)
{
    (void)state;
    for (int kind = 0; kind < HOSTILE_KINDS; ++kind) {
        test_table rows = hostile_table((hostile)kind, 300, 20, TEST_WEIGHTS_NONE);
        each_isa(&rows, 52, compare_bounds);
        test_table_free(&rows);
    }
    test_table rows = test_table_make(2000, 33, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 6);
    each_isa(&rows, 60, compare_bounds);
    test_table_free(&rows);
}

/* In the tail of a fit nearly all rows keep their labels by their bounds. */
static void test_bounds_hold_in_the_tail(void **state)
{
    (void)state;
    enum { COLUMNS = 16, K = 64 };
    test_table table = test_table_make(2048, COLUMNS, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 5);
    double *centroids = test_start(&table, K, false);
    kmeans_bounds bounds;
    kmeans_assignment assignment;
    bench made;
    set_up(&table, K, PATRON_KMEANS_ISA_AUTO, &made);
    assert_int_equal(kmeans_bounds_create(made.of.engine, K, &bounds), PATRON_OK);
    for (int number = 0; number < 4; ++number) {
        kmeans_pass pass = {.engine = made.of.engine,
                            .search = &made.search,
                            .bounds = &bounds,
                            .is_first = number == 0,
                            .is_coarse = number % 2 == 0};
        for (uint64_t j = 0; number > 0 && j < COLUMNS; ++j)
            centroids[j] += 1e-6 * pow(300.0, number);
        kmeans_search_fill(made.of.engine, centroids, K, &made.search);
        assert_int_equal(kmeans_assign(&pass, &assignment), PATRON_OK);
        assert_nearest(&table, made.of.engine->labels, centroids, K);
        assert_true(bounds.is_pruning == (number > 0));
        assert_true(number == 0 || bounds.hot.k < K / 4);
    }
    kmeans_bounds_free(&bounds);
    tear_down(&made);
    free(centroids);
    test_table_free(&table);
}

/* ---- the filter decides ---- */

/* How many of a block's rows the filter leaves open. */
static int count_open(const test_table *rows, uint32_t k, kmeans_kernel_set set, bool is_coarse)
{
    double *centroids = test_start(rows, k, false);
    kmeans_found found;
    bench made;
    set_up(rows, k, set.isa, &made);
    kmeans_search_fill(made.of.engine, centroids, k, &made.search);
    const patron_block block = {.lanes = UINT64_MAX, .values = made.of.rows.values};
    kmeans_view view = kmeans_view_of_block(made.of.engine, &block);
    bool was_coarse =
        kmeans_view_score(made.of.engine, &made.search.filter, &view, is_coarse, false, 0, &found);
    assert_true(was_coarse == is_coarse);
    tear_down(&made);
    free(centroids);
    return PATRON_BLOCK - __builtin_popcountll(found.certain);
}

/* Nearly all rows of harmless data are decided by scores, also those far from the origin. */
static void test_filter_decides(void **state)
{
    (void)state;
    test_table near = test_table_make(PATRON_BLOCK, 8, TEST_VALUES_SMOOTH, TEST_WEIGHTS_NONE, 3);
    test_table far = hostile_table(HOSTILE_FAR, PATRON_BLOCK, 8, TEST_WEIGHTS_NONE);
    for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
        kmeans_kernel_set set = kmeans_kernel_set_at(number);
        if (!set.is_usable)
            continue;
        assert_in_range(count_open(&near, 10, set, false), 0, 2);
        assert_in_range(count_open(&far, 10, set, false), 0, 2);
        if (set.coarse != NULL) {
            assert_in_range(count_open(&near, 10, set, true), 0, 4);
            assert_in_range(count_open(&far, 10, set, true), 0, 4);
        }
    }
    test_table_free(&near);
    test_table_free(&far);
}

/* ---- sums ---- */

static double total_term(uint64_t block, uint64_t lane, int kind)
{
    double unit = draw(7, block, lane);
    if (kind == 0)
        return unit;
    return kind == 1 ? ldexp(unit, (int)(block % 200) - 100) : ldexp(unit, (int)(lane * 30) - 1000);
}

static void test_total_equals_exact_sum(void **state)
{
    (void)state;
    for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
        kmeans_kernel_set set = kmeans_kernel_set_at(number);
        for (int kind = 0; set.is_usable && kind < 3; ++kind) {
            patron_blocksum total = {0};
            patron_exactsum truth = {0};
            for (uint64_t block = 0; block < 1500; ++block) {
                double terms[PATRON_BLOCK];
                for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane) {
                    terms[lane] = total_term(block, lane, kind);
                    patron_exactsum_add(&truth, terms[lane]);
                }
                patron_blocksum_add(&total, set.blocksum, terms);
            }
            patron_blocksum_flush(&total);
            assert_true(patron_exactsum_round(&total.sum) == patron_exactsum_round(&truth));
        }
    }
}

static void test_unknown_isa_is_refused(void **state)
{
    (void)state;
    kmeans_kernel_set set;
    assert_int_equal(kmeans_kernel_set_choose(PATRON_KMEANS_ISA_AUTO, &set), PATRON_OK);
    for (int isa = PATRON_KMEANS_ISA_GENERIC; isa <= PATRON_KMEANS_ISA_AVX512VNNI; ++isa) {
        bool is_usable = false;
        for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
            kmeans_kernel_set other = kmeans_kernel_set_at(number);
            is_usable = is_usable || (other.is_usable && (int)other.isa == isa);
        }
        assert_int_equal(kmeans_kernel_set_choose((patron_kmeans_isa)isa, &set),
                         is_usable ? PATRON_OK : PATRON_DATA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assignment_equals_plain_loop),
        cmocka_unit_test(test_fit_equals_plain_loop),
        cmocka_unit_test(test_pruned_fit_equals_plain_loop),
        cmocka_unit_test(test_bounds_are_bounds),
        cmocka_unit_test(test_bounds_hold_in_the_tail),
        cmocka_unit_test(test_filter_decides),
        cmocka_unit_test(test_total_equals_exact_sum),
        cmocka_unit_test(test_unknown_isa_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
