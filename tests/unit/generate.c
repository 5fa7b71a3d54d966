/* SPDX-License-Identifier: Apache-2.0 */
/* What generated data are drawn from: normal quantiles, tables of choices, patterns, mixtures; and
 * that a range of baskets does not hang on where it begins. */
#include "generate/baskets.h"
#include "patron/elementary.h"
#include "patron/memory.h"
#include "patron/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- normal quantiles ---- */

static double quantile(double p)
{
    patron_normal_quantiles(1, &p);
    return p;
}

/* As published, to 16 digits. */
static void test_known_quantiles(void **state)
{
    (void)state;
    static const double known[][2] = {{0.5, 0.0},
                                      {0.75, 0.6744897501960817},
                                      {0.9, 1.2815515655446004},
                                      {0.975, 1.959963984540054},
                                      {0.995, 2.5758293035489004},
                                      {0.001, -3.090232306167813},
                                      {1e-10, -6.361340902404056},
                                      {1e-300, -37.0470962993612}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        assert_true(fabs(quantile(known[i][0]) - known[i][1]) <= 4e-15 * fabs(known[i][1]));
}

/* The probability below the quantile is the one that was asked for, over the whole range: p has the
 * relative error of z times z squared. */
static void test_quantiles_by_probability(void **state)
{
    (void)state;
    double p[200], z[200];
    for (int i = 0; i < 100; ++i) {
        p[i] = ldexp(1.0 + patron_random_unit(1, PATRON_PURPOSE_SAMPLE_ROW, i, 0), -2 - 10 * i);
        p[100 + i] = patron_random_unit(1, PATRON_PURPOSE_SAMPLE_ROW, i, 1);
    }
    memcpy(z, p, sizeof z);
    patron_normal_quantiles(200, z);
    for (int i = 0; i < 200; ++i) {
        long double found = 0.5L * erfcl(-(long double)z[i] / sqrtl(2.0L));
        long double allowed = 2e-15L * (1.0L + (long double)z[i] * (long double)z[i]);
        assert_true(fabsl(found - (long double)p[i]) <= allowed * (long double)p[i]);
        assert_true(z[i] == quantile(p[i])); /* alone as among others */
    }
}

static void test_quantiles_are_odd_and_rise(void **state)
{
    (void)state;
    double before = -10.0;
    for (int i = 1; i < 4096; ++i) {
        double z = quantile(ldexp(i, -12));
        assert_true(z > before);
        assert_true(z == -quantile(1.0 - ldexp(i, -12)));
        before = z;
    }
}

/* ---- choices ---- */

static void test_choice(void **state)
{
    (void)state;
    const double weights[] = {2.0, 1.0, 4.0, 1.0};
    patron_choice choice;
    assert_int_equal(patron_choice_create(weights, 4, &choice), PATRON_OK);
    const struct {
        double unit;
        uint32_t which;
    } known[] = {{1e-300, 0}, {0.2499, 0}, {0.25, 1},  {0.3749, 1},
                 {0.375, 2},  {0.8749, 2}, {0.875, 3}, {0.9999, 3}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        assert_int_equal(patron_choice_draw(&choice, known[i].unit), known[i].which);
    patron_choice_free(&choice);
    assert_int_equal(patron_choice_create(weights, 1, &choice), PATRON_OK);
    assert_int_equal(patron_choice_draw(&choice, 0.9999), 0);
    patron_choice_free(&choice);
}

/* Each probability is exp(-m) m^i / i!. */
static void test_poisson(void **state)
{
    (void)state;
    static const double means[] = {0.5, 3.0, 40.0, 700.0};
    for (size_t m = 0; m < sizeof means / sizeof means[0]; ++m) {
        patron_choice choice;
        assert_int_equal(patron_choice_create_poisson(means[m], &choice), PATRON_OK);
        for (uint32_t i = 1; i < choice.count; ++i) {
            double expected = exp(i * log(means[m]) - means[m] - lgamma(i + 1.0));
            double found = choice.sums[i] - choice.sums[i - 1];
            assert_true(fabs(found - expected) <= 1e-11 * expected + 1e-14);
        }
        assert_true(choice.sums[choice.count - 1] == 1.0);
        patron_choice_free(&choice);
    }
    patron_choice none;
    assert_int_equal(patron_choice_create_poisson(0.0, &none), PATRON_OK);
    assert_int_equal(patron_choice_draw(&none, 0.9999), 0);
    patron_choice_free(&none);
}

/* ---- patterns ---- */

static bool holds(const patron_patterns *patterns, uint32_t pattern, uint32_t item)
{
    for (uint64_t i = patterns->offsets[pattern]; i < patterns->offsets[pattern + 1]; ++i)
        if (patterns->items[i] == item)
            return true;
    return false;
}

/* Means of what is drawn, within five deviations. */
static void test_patterns(void **state)
{
    (void)state;
    const patron_pattern_options options = {.items = 5000,
                                            .patterns = 20000,
                                            .length = 4.0,
                                            .correlation = 0.5,
                                            .corruption = 0.5,
                                            .corruption_variance = 0.1,
                                            .classes = 3,
                                            .seed = 9};
    patron_patterns patterns;
    assert_int_equal(patron_patterns_create(&options, &patterns), PATRON_OK);
    double shared = 0.0, items = 0.0, corruption = 0.0;
    for (uint32_t p = 0; p < patterns.count; ++p) {
        uint64_t first = patterns.offsets[p], end = patterns.offsets[p + 1];
        assert_true(end > first && end - first <= patterns.longest);
        for (uint64_t i = first; i < end; ++i) {
            assert_true(patterns.items[i] < options.items);
            for (uint64_t j = first; j < i; ++j)
                assert_int_not_equal(patterns.items[i], patterns.items[j]);
            shared += p > 0 && holds(&patterns, p - 1, patterns.items[i]) ? 1.0 : 0.0;
        }
        items += (double)(end - first);
        corruption += patterns.corruption[p];
    }
    assert_true(fabs(items / 20000.0 - 4.0) < 5.0 * sqrt(3.0 / 20000.0));
    assert_true(fabs(corruption / 20000.0 - 0.5) < 0.02);
    /* the share is at most 1: its mean is (1 - exp(-2)) / 2 = 0.43; short patterns before cut it */
    assert_true(shared / items > 0.30 && shared / items < 0.44);
    for (uint32_t c = 0; c < 3; ++c)
        assert_int_equal(patterns.of_class[c].count, (20000 - c + 2) / 3);
    patron_patterns_free(&patterns);
}

static void test_patterns_of_all_items(void **state)
{
    (void)state;
    const patron_pattern_options options = {
        .items = 3, .patterns = 50, .length = 30.0, .correlation = 0.0, .corruption = 1.0};
    patron_patterns patterns;
    assert_int_equal(patron_patterns_create(&options, &patterns), PATRON_OK);
    assert_int_equal(patterns.longest, 3);
    for (uint32_t item = 0; item < 3; ++item)
        assert_true(holds(&patterns, 49, item));
    assert_true(patterns.corruption[7] < 1.0);
    patron_patterns_free(&patterns);
}

/* ---- baskets ---- */

enum { BASKETS = 1000 };

static patron_basket_options quest_options(void)
{
    return (patron_basket_options){.baskets = BASKETS,
                                   .patterns = {.items = 100,
                                                .patterns = 60,
                                                .length = 3.0,
                                                .correlation = 0.5,
                                                .corruption = 0.5,
                                                .corruption_variance = 0.1,
                                                .seed = 4},
                                   .length = 6.0,
                                   .density = 0.4,
                                   .density_spread = 0.5,
                                   .days = 10.0};
}

/* Draws all baskets in pieces of `step`, and compares them with those drawn at once. */
static void check_pieces(const patron_basket_model *model, const patron_basket_list *whole,
                         uint64_t step)
{
    patron_basket_list list = {0};
    for (uint64_t first = 0; first < BASKETS; first += step) {
        uint64_t count = BASKETS - first < step ? BASKETS - first : step;
        assert_int_equal(patron_baskets_draw(model, first, count, &list), PATRON_OK);
        assert_int_equal(list.count, count);
        const uint64_t *offsets = whole->offsets + first;
        for (uint64_t b = 0; b <= count; ++b)
            assert_true(list.offsets[b] == offsets[b] - offsets[0]);
        assert_memory_equal(list.items, whole->items + offsets[0],
                            list.offsets[count] * sizeof *list.items);
    }
    patron_basket_list_free(&list);
}

static void test_baskets_of_any_range(void **state)
{
    (void)state;
    for (int dense = 0; dense < 2; ++dense) {
        patron_basket_options options = quest_options();
        options.dense = dense == 1;
        patron_basket_model model;
        patron_basket_list whole = {0};
        assert_int_equal(patron_basket_model_create(&options, NULL, &model), PATRON_OK);
        assert_int_equal(patron_baskets_draw(&model, 0, BASKETS, &whole), PATRON_OK);
        static const uint64_t steps[] = {1, 7, 63, 64, 65, 300};
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; ++i)
            check_pieces(&model, &whole, steps[i]);
        patron_basket_list_free(&whole);
        patron_basket_model_free(&model);
    }
}

static void test_times_do_not_fall(void **state)
{
    (void)state;
    patron_basket_options options = quest_options();
    options.start = -1000;
    patron_basket_model model = {.options = options};
    int64_t before = -1000;
    for (uint64_t b = 0; b < BASKETS; ++b) {
        int64_t time = patron_basket_time(&model, b);
        assert_true(time >= before && time <= -1000 + 10 * 86400);
        before = time;
    }
    assert_true(before > -1000 + 9 * 86400);
    assert_true(patron_basket_customer(&model, 5) == UINT64_MAX);
}

/* ---- mixtures ---- */

/* Each row is finite, and the mean that is told of exp() is that of its quantiles. */
static void test_lognormal_mean(void **state)
{
    (void)state;
    const patron_mixture_options options = {.columns = 2,
                                            .clusters = 1,
                                            .separation = 1.0,
                                            .spread = 1.0,
                                            .imbalance = 1.0,
                                            .lognormal = 1,
                                            .seed = 6};
    patron_mixture mixture;
    assert_int_equal(patron_mixture_create(&options, &mixture), PATRON_OK);
    double sum = 0.0, squares = 0.0;
    enum { STEPS = 100000 };
    for (int i = 0; i < STEPS; ++i) {
        double value =
            exp(mixture.centres[1] + mixture.deviations[0] * quantile((i + 0.5) / STEPS));
        sum += value;
        squares += value * value;
    }
    double mean = sum / STEPS, deviation = sqrt(squares / STEPS - mean * mean);
    assert_true(fabs(patron_mixture_mean(&mixture, 0, 1) - mean) < 1e-3 * mean);
    assert_true(fabs(patron_mixture_deviation(&mixture, 0, 1) - deviation) < 2e-2 * deviation);
    assert_true(patron_mixture_mean(&mixture, 0, 0) == mixture.centres[0]);
    patron_mixture_free(&mixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_quantiles),
        cmocka_unit_test(test_quantiles_by_probability),
        cmocka_unit_test(test_quantiles_are_odd_and_rise),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_poisson),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_patterns_of_all_items),
        cmocka_unit_test(test_baskets_of_any_range),
        cmocka_unit_test(test_times_do_not_fall),
        cmocka_unit_test(test_lognormal_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
