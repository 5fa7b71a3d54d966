/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithms and exponentials against the long double functions of libm, in units in the last
 * place. */
#include "patron/elementary.h"
#include "patron/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TRIES = 200000 };

/* Error of `got` in units in the last place of the true value. */
static double ulps(double got, long double truth)
{
    double nearest = fabs((double)truth);
    double unit = nearest < DBL_MIN ? DBL_TRUE_MIN : ldexp(1.0, ilogb(nearest) - 52);
    return (double)(fabsl((long double)got - truth) / (long double)unit);
}

static double unit_of(uint64_t i, uint32_t draw)
{
    return patron_random_unit(11, PATRON_PURPOSE_SAMPLE_ROW, i, draw);
}

static void worsen(double *worst, double got, long double truth)
{
    double error = ulps(got, truth);
    if (!(error <= *worst))
        *worst = error;
}

/* 2^e m over all exponents, and close to 1 where log changes its sign. */
static void test_log(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint64_t i = 0; i < TRIES; ++i) {
        double wide = ldexp(1.0 + unit_of(i, 0), (int)(unit_of(i, 1) * 2096.0) - 1073);
        if (wide > 0.0 && isfinite(wide))
            worsen(&worst, patron_log(wide), logl((long double)wide));
        double near = 1.0 + ldexp(unit_of(i, 2) - 0.5, -(int)(unit_of(i, 3) * 50.0));
        worsen(&worst, patron_log(near), logl((long double)near));
    }
    assert_true(worst <= 2.0);
    assert_true(patron_log(1.0) == 0.0);
    assert_true(ulps(patron_log(DBL_TRUE_MIN), logl((long double)DBL_TRUE_MIN)) <= 2.0);
    assert_true(ulps(patron_log(DBL_MAX), logl((long double)DBL_MAX)) <= 2.0);
}

static void test_log1p(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint64_t i = 0; i < TRIES; ++i) {
        double wide = ldexp(1.0 + unit_of(i, 0), (int)(unit_of(i, 1) * 2090.0) - 1068);
        worsen(&worst, patron_log1p(wide), log1pl((long double)wide));
        double small = ldexp(unit_of(i, 2) - 0.5, -(int)(unit_of(i, 3) * 60.0));
        worsen(&worst, patron_log1p(small), log1pl((long double)small));
        double above_minus_one = -1.0 + ldexp(unit_of(i, 4), -(int)(unit_of(i, 5) * 52.0));
        if (above_minus_one > -1.0)
            worsen(&worst, patron_log1p(above_minus_one), log1pl((long double)above_minus_one));
    }
    assert_true(worst <= 2.0);
    assert_true(patron_log1p(0.0) == 0.0);
    assert_true(patron_log1p(DBL_TRUE_MIN) == DBL_TRUE_MIN);
}

static void test_expm1(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint64_t i = 0; i < TRIES; ++i) {
        double wide = -50.0 + 759.78 * unit_of(i, 0);
        worsen(&worst, patron_expm1(wide), expm1l((long double)wide));
        double small = ldexp(unit_of(i, 1) - 0.5, 2 - (int)(unit_of(i, 2) * 60.0));
        worsen(&worst, patron_expm1(small), expm1l((long double)small));
    }
    assert_true(worst <= 2.0);
    assert_true(patron_expm1(0.0) == 0.0);
}

static void test_expm1_at_the_ends(void **state)
{
    (void)state;
    double last = 0x1.62e42fefa39efp+9; /* the greatest that does not overflow */
    assert_true(ulps(patron_expm1(last), expm1l((long double)last)) <= 2.0);
    assert_true(isinf(patron_expm1(nextafter(last, 1000.0))));
    assert_true(isinf(patron_expm1(DBL_MAX)));
    assert_true(patron_expm1(-1000.0) == -1.0);
    assert_true(patron_expm1(-DBL_MAX) == -1.0);
}

/* Down to where doubles are subnormal; below them, and above all, the ends. */
static void test_exp(void **state)
{
    (void)state;
    double worst = 0.0;
    for (uint64_t i = 0; i < TRIES; ++i) {
        double wide = -745.0 + 1454.78 * unit_of(i, 0);
        worsen(&worst, patron_exp(wide), expl((long double)wide));
        double small = ldexp(unit_of(i, 1) - 0.5, 2 - (int)(unit_of(i, 2) * 60.0));
        worsen(&worst, patron_exp(small), expl((long double)small));
    }
    assert_true(worst <= 2.0);
    assert_true(patron_exp(0.0) == 1.0);
    assert_true(patron_exp(-DBL_MAX) == 0.0 && patron_exp(-745.2) == 0.0);
    assert_true(isfinite(patron_exp(0x1.62e42fefa39efp+9)) && isinf(patron_exp(709.79)));
}

/* x -> log1p -> expm1 -> x: an error of 2 units in y = log1p(x) is 2 y of them in 1 + x. */
static void test_inverse(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < TRIES; ++i) {
        double x = ldexp(unit_of(i, 6), (int)(unit_of(i, 7) * 160.0) - 60);
        double y = patron_log1p(x);
        double back = patron_expm1(y);
        assert_true(fabs(back - x) <= 8.0 * (1.0 + y) * DBL_EPSILON * x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log),   cmocka_unit_test(test_log1p),
        cmocka_unit_test(test_expm1), cmocka_unit_test(test_expm1_at_the_ends),
        cmocka_unit_test(test_exp),   cmocka_unit_test(test_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
