/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that choose rules: chi-squared, Fisher's exact test, Holm's correction, ranking. */
#include "itemset/significance.h"
#include "itemset/top_rules.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double found, double expected, double relative)
{
    if (!(fabs(found - expected) <= relative * fabs(expected)))
        fail_msg("%.17g, expected %.17g", found, expected);
}

/* Expected values: scipy.stats.chi2_contingency(correction=False); the exact fraction of binomial
 * coefficients, rounded (scipy.stats.fisher_exact agrees to 1e-12). */
static const struct {
    uint64_t baskets, both, antecedent, consequent;
    double chi_squared, p_value;
} known[] = {
    /* Fisher's tea */
    {8, 3, 4, 4, 2.0, 0.24285714285714285},
    {24, 11, 12, 12, 16.666666666666668, 5.362116682617423e-05},
    {9835, 300, 2513, 1000, 11.579817422801058, 0.00045336535949669235},
    {9835, 5, 2513, 30, 1.248771626463622, 0.9134727081376396},
    {9835, 40, 90, 1000, 116.83544322240652, 3.743463309029476e-17},
    {1000, 200, 500, 500, 40.0, 0.9999999999269075},
    {100, 2, 40, 7, 0.4096262160778286, 0.8507729347496841},
    {100, 1, 1, 1, 99.99999999999999, 0.01},
    {20, 10, 14, 14, 0.04535147392290248, 0.6126160990712074},
};

static void test_known_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        patron_itemset_measures m = patron_itemset_measure(
            known[i].baskets, known[i].both, known[i].antecedent, known[i].consequent);
        assert_near(m.chi_squared, known[i].chi_squared, 1e-11);
        assert_near(patron_itemset_p_value(known[i].baskets, known[i].both, known[i].antecedent,
                                           known[i].consequent),
                    known[i].p_value, 1e-12);
    }
}

/* The tail by long double logarithms of the gamma function, term by term. */
static double plain_tail(uint64_t n, uint64_t both, uint64_t a, uint64_t b)
{
    long double sum = 0.0L;
    for (uint64_t i = both; i <= (a < b ? a : b); ++i) {
        if (n - a < b - i)
            continue;
        const uint64_t above[] = {a, n - a, b, n - b};
        const uint64_t below[] = {n, i, a - i, b - i, n - a - b + i};
        long double log_chance = 0.0L;
        for (int k = 0; k < 4; ++k)
            log_chance += lgammal((long double)above[k] + 1);
        for (int k = 0; k < 5; ++k)
            log_chance -= lgammal((long double)below[k] + 1);
        sum += expl(log_chance);
    }
    return (double)sum;
}

static void test_every_small_table(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 24; ++n)
        for (uint64_t a = 1; a <= n; ++a)
            for (uint64_t b = 1; b <= n; ++b)
                for (uint64_t both = a + b > n ? a + b - n : 0; both <= (a < b ? a : b); ++both) {
                    double p = patron_itemset_p_value(n, both, a, b);
                    assert_near(p, plain_tail(n, both, a, b), 1e-13);
                    assert_true(p > 0.0 && p <= 1.0);
                    assert_true(p == patron_itemset_p_value(n, both, b, a));
                }
}

/* A billion baskets; a tail far below every double. */
static void test_large_tables(void **state)
{
    (void)state;
    const uint64_t billion = UINT64_C(1000000000);
    double even = patron_itemset_p_value(billion, billion / 4, billion / 2, billion / 2);
    assert_true(even > 0.5 && even < 0.5001);
    assert_true(patron_itemset_p_value(billion, billion / 2, billion / 2, billion / 2) == 0.0);
    assert_true(patron_itemset_p_value(billion, billion / 4 - 1000000, billion / 2, billion / 2) ==
                1.0);
    assert_near(patron_itemset_p_value(billion, 1, 1, 1), 1e-9, 1e-13);
    assert_near(patron_itemset_p_value(billion, 2, 2, 2), 2.0 / 1e9 / (1e9 - 1.0), 1e-13);
}

static void test_chi_squared_without_a_denominator(void **state)
{
    (void)state;
    assert_true(isnan(patron_itemset_measure(10, 4, 10, 4).chi_squared));
    assert_true(isnan(patron_itemset_measure(10, 4, 4, 10).chi_squared));
    assert_true(isnan(patron_itemset_measure(10, 10, 10, 10).chi_squared));
    assert_true(patron_itemset_measure(10, 4, 4, 4).chi_squared == 10.0);
    assert_true(patron_itemset_measure(100, 20, 40, 50).chi_squared == 0.0);
}

static uint64_t holm(const double *sorted, uint64_t count, double level)
{
    patron_comm comm = patron_comm_self();
    uint64_t rejected = 0;
    uint64_t all = itemset_holm(&comm, sorted, count, count, level, &rejected);
    assert_int_equal(all, rejected);
    return rejected;
}

/* Holm's steps one by one: the smallest against level / m, the next against level / (m - 1), ... */
static uint64_t plain_holm(const double *sorted, uint64_t count, double level)
{
    uint64_t step = 0;
    while (step < count && sorted[step] * (double)(count - step) <= level)
        ++step;
    return step;
}

static void test_holm(void **state)
{
    (void)state;
    /* R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") is 0.05 0.08 0.09 0.09 0.09 */
    const double five[] = {0.01, 0.02, 0.03, 0.04, 0.05};
    assert_int_equal(holm(five, 5, 0.049), 0);
    assert_int_equal(holm(five, 5, 0.05), 1);
    assert_int_equal(holm(five, 5, 0.081), 2);
    assert_int_equal(holm(five, 5, 0.091), 5);
    /* The third fails, so that the fourth, which would pass, does not come up. */
    const double gap[] = {0.001, 0.002, 0.03, 0.031};
    assert_int_equal(holm(gap, 4, 0.05), 2);
    /* Equal ones stand or fall together. */
    const double equal[] = {0.02, 0.02, 0.02};
    assert_int_equal(holm(equal, 3, 0.05), 0);
    assert_int_equal(holm(equal, 3, 0.06), 3);
    assert_int_equal(holm(equal, 0, 0.05), 0);
    const double none[] = {0.0, 1.0};
    assert_int_equal(holm(none, 2, 1e-300), 1);
    assert_int_equal(holm(none, 2, 1.0), 2);
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void test_holm_step_by_step(void **state)
{
    (void)state;
    uint64_t seen = 0;
    srand(1);
    for (int round = 0; round < 2000; ++round) {
        double values[40];
        uint64_t count = (uint64_t)rand() % 41;
        for (uint64_t i = 0; i < count; ++i) /* with ties */
            values[i] = pow(0.5, rand() % 8) * (rand() % 12 + 1) / 300.0;
        qsort(values, count, sizeof *values, compare_doubles);
        assert_int_equal(holm(values, count, 0.1), plain_holm(values, count, 0.1));
        seen += holm(values, count, 0.1);
    }
    assert_true(seen > 1000);
}

static void test_rank_keys(void **state)
{
    (void)state;
    const double ascending[] = {
        (double)NAN, -(double)INFINITY, -DBL_MAX, -1.0,    -DBL_TRUE_MIN,
        0.0,         DBL_TRUE_MIN,      1.0,      DBL_MAX, (double)INFINITY};
    for (size_t i = 1; i < sizeof ascending / sizeof ascending[0]; ++i)
        assert_true(itemset_rank_key(ascending[i - 1]) < itemset_rank_key(ascending[i]));
    assert_true(itemset_rank_key(-0.0) == itemset_rank_key(0.0));
    assert_true(itemset_rank_key(-(double)NAN) == itemset_rank_key((double)NAN));
}

/* The list of the best stays short while a million rules go by, and none of the best is lost. */
static void test_best_of_many(void **state)
{
    (void)state;
    enum { BASKETS = 2000000, MANY = 1000000, WANTED = 100 };
    uint64_t counts[] = {MANY + 1}, offsets[] = {0, 1}, longest = 0;
    uint32_t item = 0;
    const patron_itemset_sets sets = {
        .count = 1, .offsets = offsets, .items = &item, .support_count = counts};
    const patron_comm comm = patron_comm_self();
    const itemset_slice slice = {&comm, &sets, NULL, 1};
    itemset_top top = {WANTED, PATRON_MEASURE_CONFIDENCE, BASKETS, &sets, 0, 0};
    itemset_rule_list list = {0};
    for (uint32_t i = 0; i < MANY; ++i) {
        itemset_rule rule = {.count = 1 + (uint64_t)i * 7919 % MANY, .consequent_count = MANY};
        assert_int_equal(itemset_top_add(&top, &list, &rule, &i, 1), PATRON_OK);
        longest = list.count > longest ? list.count : longest;
    }
    assert_true(longest < 10000);
    assert_int_equal(itemset_top_cut(&slice, &top, &list), PATRON_OK);
    assert_int_equal(list.count, WANTED);
    for (uint64_t i = 0; i < list.count; ++i) {
        uint32_t length = 0;
        const uint32_t *items = itemset_rule_consequent(&list, i, &length);
        assert_true(list.rules[i].count > MANY - WANTED);
        assert_int_equal(1 + (uint64_t)items[0] * 7919 % MANY, list.rules[i].count);
    }
    itemset_rule_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_tables),
        cmocka_unit_test(test_every_small_table),
        cmocka_unit_test(test_large_tables),
        cmocka_unit_test(test_chi_squared_without_a_denominator),
        cmocka_unit_test(test_holm),
        cmocka_unit_test(test_holm_step_by_step),
        cmocka_unit_test(test_rank_keys),
        cmocka_unit_test(test_best_of_many),
    };
    MPI_Init(NULL, NULL);
    int failed = cmocka_run_group_tests_name("itemset_rules", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
