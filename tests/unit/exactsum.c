/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums against 128-bit integers, known roundings, and themselves in other orders. */
#include "patron/exactsum.h"
#include "patron/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef __int128 wide;

enum { TERMS = 1000 };

static uint64_t bits_of(uint64_t i, uint32_t draw)
{
    return patron_random_bits(3, PATRON_PURPOSE_SAMPLE_ROW, i, draw);
}

/* A random double of either sign with an exponent in [low, low + range). */
static double any_term(uint64_t i, uint32_t draw, int low, int range)
{
    uint64_t bits = bits_of(i, draw);
    double magnitude = 1.0 + (double)(bits >> 12) * 0x1p-52;
    int exponent = low + (int)(bits_of(i, draw + 1) % (uint64_t)range);
    return ldexp((bits & 1) != 0 ? -magnitude : magnitude, exponent);
}

static double sum_of(const double *terms, int count)
{
    patron_exactsum sum = {0};
    for (int i = 0; i < count; ++i)
        patron_exactsum_add(&sum, terms[i]);
    return patron_exactsum_round(&sum);
}

static void assert_same_bits(double left, double right)
{
    assert_memory_equal(&left, &right, sizeof left);
}

static void shuffle(double *terms, int count, uint32_t draw)
{
    for (int i = count - 1; i > 0; --i) {
        int other = (int)(bits_of((uint64_t)i, draw) % (uint64_t)(i + 1));
        double kept = terms[i];
        terms[i] = terms[other];
        terms[other] = kept;
    }
}

static void test_permutations(void **state)
{
    (void)state;
    double terms[TERMS];
    for (int i = 0; i < TERMS; ++i)
        terms[i] = any_term((uint64_t)i, 0, -1000, 2000);
    double first = sum_of(terms, TERMS);
    for (uint32_t round = 0; round < 20; ++round) {
        shuffle(terms, TERMS, 10 + round);
        assert_same_bits(sum_of(terms, TERMS), first);
    }
}

static void test_merged_parts(void **state)
{
    (void)state;
    double terms[TERMS];
    patron_exactsum parts[7] = {{{0}, 0}};
    for (int i = 0; i < TERMS; ++i) {
        terms[i] = any_term((uint64_t)i, 0, -300, 600);
        patron_exactsum_add(&parts[bits_of((uint64_t)i, 2) % 7], terms[i]);
    }
    for (int p = 1; p < 7; ++p)
        patron_exactsum_merge(&parts[0], &parts[p]);
    assert_same_bits(patron_exactsum_round(&parts[0]), sum_of(terms, TERMS));
}

static void test_cancellation(void **state)
{
    (void)state;
    double terms[2 * TERMS + 1];
    for (int i = 0; i < TERMS; ++i) {
        terms[2 * i] = any_term((uint64_t)i, 0, -500, 1500);
        terms[2 * i + 1] = -terms[2 * i];
    }
    terms[2 * TERMS] = -0x1.8p-1070;
    shuffle(terms, 2 * TERMS + 1, 5);
    assert_same_bits(sum_of(terms, 2 * TERMS + 1), -0x1.8p-1070);
}

static void test_zero_is_positive(void **state)
{
    (void)state;
    const double terms[] = {-0.0, 1e300, -0.0, -1e300};
    assert_same_bits(sum_of(terms, 0), 0.0);
    assert_same_bits(sum_of(terms, 1), 0.0);
    assert_same_bits(sum_of(terms, 4), 0.0);
}

/* Terms m 2^e, m of 31 bits, e in 0 .. 84: the conversion of 128-bit integers rounds to nearest. */
static void test_against_wide_integers(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 200; ++round) {
        patron_exactsum sum = {0};
        wide truth = 0;
        for (uint64_t i = 0; i < 200; ++i) {
            uint64_t bits = bits_of(round * 200 + i, 7);
            int64_t mantissa = (int64_t)(int32_t)(bits & 0xffffffff);
            int exponent = (int)((bits >> 32) % 85);
            truth += (wide)mantissa * ((wide)1 << exponent);
            patron_exactsum_add(&sum, ldexp((double)mantissa, exponent));
        }
        assert_same_bits(patron_exactsum_round(&sum), (double)truth);
    }
}

static void test_ties_go_to_even(void **state)
{
    (void)state;
    const double half = 0x1p-53, unit = 0x1p-52, tiny = DBL_TRUE_MIN;
    for (int sign = -1; sign <= 1; sign += 2) {
        const double down[] = {sign * 1.0, sign * half};
        const double above[] = {sign * 1.0, sign * half, sign * tiny};
        const double up[] = {sign * (1.0 + unit), sign * half};
        const double below[] = {sign * (1.0 + unit), sign * half, sign * -tiny};
        assert_same_bits(sum_of(down, 2), sign * 1.0);
        assert_same_bits(sum_of(above, 3), sign * (1.0 + unit));
        assert_same_bits(sum_of(up, 2), sign * (1.0 + 2.0 * unit));
        assert_same_bits(sum_of(below, 3), sign * (1.0 + unit));
    }
}

static void test_subnormals(void **state)
{
    (void)state;
    const double tiny = DBL_TRUE_MIN;
    const double three[] = {tiny, tiny, tiny};
    const double across[] = {DBL_MIN, -tiny};
    const double up[] = {DBL_MIN - tiny, tiny};
    assert_same_bits(sum_of(three, 3), 3.0 * tiny);
    assert_same_bits(sum_of(across, 2), DBL_MIN - tiny);
    assert_same_bits(sum_of(up, 2), DBL_MIN);
}

static void test_overflow(void **state)
{
    (void)state;
    const double half_unit = 0x1p970;
    const double twice[] = {DBL_MAX, DBL_MAX};
    const double back[] = {DBL_MAX, DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX};
    const double tie[] = {DBL_MAX, half_unit};
    const double below_tie[] = {DBL_MAX, half_unit, -DBL_TRUE_MIN};
    const double negative[] = {-DBL_MAX, -half_unit};
    assert_true(isinf(sum_of(twice, 2)));
    assert_same_bits(sum_of(back, 5), DBL_MAX);
    assert_true(isinf(sum_of(tie, 2)) && sum_of(tie, 2) > 0.0);
    assert_same_bits(sum_of(below_tie, 3), DBL_MAX);
    assert_true(isinf(sum_of(negative, 2)) && sum_of(negative, 2) < 0.0);
}

/* 2^20 terms, doubled 13 times: 2^33 terms. */
static void test_many_terms_by_merging(void **state)
{
    (void)state;
    patron_exactsum sum = {0}, negative = {0};
    wide truth = 0;
    for (uint64_t i = 0; i < UINT64_C(1) << 20; ++i) {
        int64_t term = (int64_t)(bits_of(i, 9) >> 11);
        truth += term;
        patron_exactsum_add(&sum, (double)term);
        patron_exactsum_add(&negative, -(double)term);
    }
    for (int doubling = 0; doubling < 13; ++doubling) {
        patron_exactsum other = sum;
        patron_exactsum_merge(&sum, &other);
        other = negative;
        patron_exactsum_merge(&negative, &other);
    }
    assert_same_bits(patron_exactsum_round(&sum), (double)(truth * 8192));
    assert_same_bits(patron_exactsum_round(&negative), -(double)(truth * 8192));
}

/* 2^20 terms of full mantissas, their limbs doubled 10 times without a carry: 2^30 terms. */
static void test_spare_bits_last_until_a_carry(void **state)
{
    (void)state;
    patron_exact_window window = patron_exact_window_full();
    int64_t limbs[PATRON_EXACT_FULL_LIMBS] = {0};
    const double term = -(2.0 - DBL_EPSILON);
    for (int i = 0; i < 1 << 20; ++i)
        patron_exact_add(window, limbs, term);
    for (int i = 0; i < PATRON_EXACT_FULL_LIMBS; ++i)
        limbs[i] *= 1024;
    assert_same_bits(patron_exact_round(window, limbs), ldexp(term, 30));
}

/* Any window that holds the terms gives the sum of the full one, merged ones too. */
static void test_windows(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 300; ++round) {
        int low = (int)(bits_of(round, 20) % 1800) - 1074;
        int range = 1 + (int)(bits_of(round, 21) % 200);
        patron_exact_window window = patron_exact_window_between(low, low + range);
        int64_t limbs[2][PATRON_EXACT_FULL_LIMBS] = {{0}};
        patron_exactsum full = {0};
        for (uint64_t i = 0; i < 100; ++i) {
            int bits = range < 53 ? range : 53;
            double mantissa = (double)(bits_of(i, (uint32_t)round + 30) >> (64 - bits));
            int exponent = low + (int)(bits_of(i, 22) % (uint64_t)(range - bits + 1));
            double term = ldexp((i & 1) != 0 ? -mantissa : mantissa, exponent);
            patron_exact_add(window, limbs[i % 3 == 0], term);
            patron_exactsum_add(&full, term);
        }
        assert_in_range(window.limbs, 3, PATRON_EXACT_FULL_LIMBS);
        for (int i = 0; i < window.limbs; ++i)
            limbs[0][i] += limbs[1][i];
        assert_same_bits(patron_exact_round(window, limbs[0]), patron_exactsum_round(&full));
    }
}

/* 2^62 times the greatest term fits a window. */
static void test_window_holds_its_terms(void **state)
{
    (void)state;
    for (int range = 1; range < 200; ++range) {
        patron_exact_window window = patron_exact_window_between(-40, range - 40);
        int64_t limbs[PATRON_EXACT_FULL_LIMBS] = {0};
        double greatest = ldexp(1.0 - 0x1p-53, range - 40);
        if (range < 53)
            greatest = ldexp(ldexp(1.0, range) - 1.0, -40);
        patron_exact_add(window, limbs, greatest);
        for (int doubling = 0; doubling < 62; ++doubling) {
            for (int i = 0; i < window.limbs; ++i)
                limbs[i] *= 2;
            patron_exact_carry(window, limbs);
        }
        assert_same_bits(patron_exact_round(window, limbs), ldexp(greatest, 62));
    }
}

static void test_terms_are_taken_out_without_drift(void **state)
{
    (void)state;
    patron_exact_window window = patron_exact_window_between(-100, 100);
    int64_t limbs[PATRON_EXACT_FULL_LIMBS] = {0};
    int64_t before[PATRON_EXACT_FULL_LIMBS];
    patron_exact_add(window, limbs, -0x1.23456789abcdep-7);
    patron_exact_carry(window, limbs);
    memcpy(before, limbs, sizeof limbs);
    for (uint64_t i = 0; i < TERMS; ++i)
        patron_exact_add(window, limbs, any_term(i, 0, -40, 100));
    patron_exact_carry(window, limbs);
    for (uint64_t i = 0; i < TERMS; ++i)
        patron_exact_add(window, limbs, -any_term(i, 0, -40, 100));
    patron_exact_carry(window, limbs);
    assert_memory_equal(before, limbs, sizeof limbs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permutations),
        cmocka_unit_test(test_merged_parts),
        cmocka_unit_test(test_cancellation),
        cmocka_unit_test(test_zero_is_positive),
        cmocka_unit_test(test_against_wide_integers),
        cmocka_unit_test(test_ties_go_to_even),
        cmocka_unit_test(test_subnormals),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_many_terms_by_merging),
        cmocka_unit_test(test_spare_bits_last_until_a_carry),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_window_holds_its_terms),
        cmocka_unit_test(test_terms_are_taken_out_without_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
